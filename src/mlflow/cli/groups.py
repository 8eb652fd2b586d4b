"""Command groups that import a command when it is used, and the root that turns every failure into two lines."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import click

from mlflow.cli import errors
from mlflow.version import VERSION


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives, and its line in the list of commands.

    Attributes:
        at: `module:name` of the click command.
        short_help: what it does; kept here so that the list needs no import.
        hidden: left out of the list.
    """

    at: str
    short_help: str
    hidden: bool = False

    def load(self) -> click.Command:
        """Import the command."""
        module, _, name = self.at.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


class Group(click.Group):
    """A group that knows which of MLflow's commands it does not have yet.

    Args:
        commands_at: commands that are imported when they are used.
        not_yet: names that are answered with "not yet" instead of "no such command".
        **settings: as of `click.Group`.
    """

    def __init__(
        self,
        *args: Any,
        commands_at: Mapping[str, Entry] | None = None,
        not_yet: frozenset[str] = frozenset(),
        **settings: Any,
    ) -> None:
        super().__init__(*args, **settings)
        self.commands_at = dict(commands_at or {})
        self.not_yet = not_yet

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        return sorted([*super().list_commands(ctx), *self.commands_at])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now if it was not before."""
        entry = self.commands_at.get(cmd_name)
        return entry.load() if entry else super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first word names, and tell when it is one that is still to come."""
        if args and args[0] in self.not_yet:
            raise errors.UsageProblem(
                f"Headrace {VERSION} does not have `{ctx.command_path} {args[0]}` yet",
                hint=f"`{ctx.command_path} --help` lists the commands there are",
                ctx=ctx,
            )
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            near = get_close_matches(args[0], self.list_commands(ctx), n=1)
            raise errors.UsageProblem(
                f"There is no command `{ctx.command_path} {args[0]}`",
                hint=f"Did you mean `{ctx.command_path} {near[0]}`?"
                if near
                else f"`{ctx.command_path} --help` lists the commands there are",
                ctx=ctx,
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        if not self.commands_at:
            super().format_commands(ctx, formatter)
            return
        rows = [(name, self.commands_at[name].short_help) for name in self.list_commands(ctx) if self._shows(name)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _shows(self, name: str) -> bool:
        return not self.commands_at[name].hidden


class Root(Group):
    """The outermost group: prints failures as `error:` and `hint:`, and never a traceback unless asked for one."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **settings: Any) -> Any:
        """Run the command line; always ends in `SystemExit`."""
        settings["standalone_mode"] = False
        try:
            status = super().main(args, *rest, **settings)
        except Exception as error:
            sys.exit(errors.report(error))
        # Outside standalone mode click returns the status of `ctx.exit(status)`; commands themselves return None.
        sys.exit(status if isinstance(status, int) else 0)
