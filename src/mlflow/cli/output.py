"""What commands print: tables that people read on a terminal and scripts parse from a pipe, and JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from mlflow.cli.errors import printable

output_option = click.option(
    "--output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print the result.",
)

view_option = click.option(
    "--view",
    "-v",
    type=click.Choice(["active_only", "deleted_only", "all"], case_sensitive=False),
    default="active_only",
    show_default=True,
    help="Which to show: those in use, those that were deleted, or both.",
)


def on_terminal() -> bool:
    """Tell whether a person reads standard output, not a script."""
    return sys.stdout.isatty()


def echo(text: str, *, end: str = "\n") -> None:
    """Print a text that may be coloured; the colours are for terminals, unless NO_COLOR is set."""
    click.echo(text + end, nl=False, color=False if os.environ.get("NO_COLOR") else None)


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """Print a table; in a pipe exactly as MLflow does, so that scripts keep working.

    Args:
        headers: titles of the columns.
        rows: texts, one for each column.
        empty: said on a terminal, on standard error, when there are no rows.
    """
    if not on_terminal():
        click.echo(plain_table(headers, rows))
    elif rows:
        _print_rich(headers, rows)
    else:
        click.echo(empty, err=True)


def plain_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return columns padded with spaces, two between, dashes under the titles; one empty line when there is no row."""
    if not rows:
        return "\n"
    # MLflow's tables leave at least two spaces beside a title within its column.
    widths = [max(len(title) + 2, *map(len, cells)) for title, *cells in zip(headers, *rows, strict=True)]
    lines = [headers, ["-" * width for width in widths], *rows]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _print_rich(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for header in headers:
        # Ids, dates and states are useless when cut or folded; names and paths can take another line.
        table.add_column(header, overflow="fold", no_wrap=header in ("ID", "Started", "Status", "Experiment Id"))
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console().print(table)


def print_json(value: Any, indent: int = 2) -> None:
    """Print a value as JSON; not-a-number stays `NaN`, as MLflow prints it."""
    click.echo(json.dumps(value, indent=indent))
