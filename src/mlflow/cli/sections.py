"""Long help, in sections: options of one topic stand together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class SectionedOption(click.Option):
    """An option that knows the section of the help it belongs to."""

    def __init__(self, *args: Any, section: str, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.section = section


class SectionedCommand(click.Command):
    """A command whose help lists the options by section; options without one come last."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list for each section, in the order they first appear."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                sections.setdefault(getattr(parameter, "section", "Other"), []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def section(title: str) -> Callable[..., Callable[[F], F]]:
    """Return a decorator like `click.option` whose options stand under `title` and show variable and default."""

    def option(*names: str, **settings: Any) -> Callable[[F], F]:
        shown = {"show_default": settings.get("default") is not None, "show_envvar": True, **settings}
        return click.option(*names, cls=SectionedOption, section=title, **shown)

    return option
