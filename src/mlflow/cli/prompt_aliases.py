"""`mlflow prompts alias`, `history` and `rollback`: which version an alias points to, and pointed to before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlflow.cli.groups import Group
from mlflow.cli.output import on_terminal, print_json, print_table
from mlflow.cli.prompt_diff import version_of
from mlflow.cli.source import client

if TYPE_CHECKING:
    from mlflow.api.prompts import AliasChange
    from mlflow.client import MlflowClient
    from mlflow.entities.prompt_version import PromptVersion

json_option = click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")


@click.group(cls=Group)
def alias() -> None:
    """Point aliases such as `production` to versions of a prompt."""


@alias.command("set")
@click.argument("name")
@click.argument("alias_name", metavar="ALIAS")
@click.argument("version")
def set_alias(name: str, alias_name: str, version: str) -> None:
    """Point an alias to a version: a number, another alias or `latest`."""
    source = client()
    before = source.get_prompt_aliases(name).get(alias_name)
    found = version_of(source, name, version)
    source.set_prompt_alias(name, alias_name, found.version)
    was = f" (before: {before})" if before else ""
    click.echo(f"{alias_name} points to version {found.version} of {name}{was}.")


@alias.command("delete")
@click.argument("name")
@click.argument("alias_name", metavar="ALIAS")
def delete_alias(name: str, alias_name: str) -> None:
    """Remove an alias; `rollback` brings it back."""
    source = client()
    before = source.get_prompt_aliases(name).get(alias_name)
    source.delete_prompt_alias(name, alias_name)
    click.echo(
        f"{alias_name} of {name} is removed (before: version {before})."
        if before
        else f"{name} has no alias {alias_name}; nothing to remove."
    )


@alias.command("list")
@click.argument("name")
@json_option
def list_aliases(name: str, json_wanted: bool) -> None:
    """List the aliases of a prompt and the versions they point to."""
    found = client().get_prompt_aliases(name)
    if json_wanted:
        print_json(found)
    else:
        rows = [(each, str(version)) for each, version in sorted(found.items())]
        print_table(["Alias", "Version"], rows, empty=f"{name} has no aliases.")


@click.command()
@click.argument("name")
@click.argument("alias_name", metavar="[ALIAS]", required=False)
@click.option("--max-results", type=click.IntRange(min=1), help="Stop after this many. [default: all]")
@json_option
def history(name: str, alias_name: str | None, max_results: int | None, json_wanted: bool) -> None:
    """List a prompt's versions, or every move of an alias.

    The last one comes first.
    """
    source = client()
    if alias_name is None:
        _print_versions(_versions(source, name, max_results), json_wanted)
    else:
        _print_moves(_moves(source, name, alias_name, max_results), name, alias_name, json_wanted)


@click.command()
@click.argument("name")
@click.argument("alias_name", metavar="ALIAS")
def rollback(name: str, alias_name: str) -> None:
    """Point an alias to the version it pointed to before.

    Done again, to the one before that.
    """
    source = client()
    before = source.get_prompt_aliases(name).get(alias_name)
    found = source.roll_back_prompt_alias(name, alias_name)
    was = f" (before: {before})" if before else ""
    click.echo(f"{alias_name} points to version {found.version} of {name} again{was}.")


def _versions(source: MlflowClient, name: str, at_most: int | None) -> list[PromptVersion]:
    found: list[PromptVersion] = []
    token: str | None = None
    while True:
        page = source.search_prompt_versions(name, page_token=token)
        found += page
        token = page.token
        if not token or (at_most is not None and len(found) >= at_most):
            return found[:at_most]


def _moves(source: MlflowClient, name: str, alias_name: str, at_most: int | None) -> list[AliasChange]:
    found: list[AliasChange] = []
    token: str | None = None
    while True:
        page = source.get_prompt_alias_history(name, alias_name, page_token=token)
        found += page
        token = page.token
        if not token or (at_most is not None and len(found) >= at_most):
            return found[:at_most]


def _print_versions(versions: list[PromptVersion], json_wanted: bool) -> None:
    if json_wanted:
        print_json(
            [
                {
                    "version": version.version,
                    "commit_message": version.commit_message,
                    "aliases": version.aliases,
                    "creation_timestamp": version.creation_timestamp,
                    "user_id": version.user_id,
                }
                for version in versions
            ]
        )
        return
    rows = [
        (
            str(version.version),
            _time(version.creation_timestamp),
            ", ".join(version.aliases),
            " ".join((version.commit_message or "").split()),
        )
        for version in versions
    ]
    print_table(["Version", "Registered", "Aliases", "Message"], rows, empty="It has no versions.")


def _print_moves(moves: list[AliasChange], name: str, alias_name: str, json_wanted: bool) -> None:
    if json_wanted:
        import msgspec

        print_json([{"rolled_back": move.rolled_back, **msgspec.to_builtins(move)} for move in moves])
        return
    rows = [
        (
            _time(move.timestamp),
            move.from_version or "-",
            move.to_version or "-",
            move.user_id or "",
            "rolled back" if move.rolled_back else "",
        )
        for move in moves
    ]
    empty = f"{name} never had an alias {alias_name}."
    print_table(["When", "From", "To", "Who", "How"], rows, empty=empty)


def _time(moment_ms: int) -> str:
    from mlflow.cli.times import local_time

    shown = local_time(moment_ms)
    return shown[:16] if on_terminal() else shown
