"""`mlflow prompts list`: folders and what is in them, or the prompts that a filter or words find."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from mlflow.cli.errors import UsageProblem
from mlflow.cli.output import echo, on_terminal, print_json, print_table
from mlflow.cli.source import client
from mlflow.exceptions import MlflowException

if TYPE_CHECKING:
    from mlflow.api.prompts import PromptSummary
    from mlflow.client import MlflowClient
    from mlflow.entities.prompt import Prompt

MATCHES = 100
"""How many matches of a search for words are shown."""


@click.command("list")
@click.argument("folder", default="")
@click.option("--all", "-a", "everything", is_flag=True, help="Go into folders too; with --search, into old versions.")
@click.option("--filter", "filter_string", help="List the prompts that this finds: \"name LIKE 'qa%' AND task = 'x'\".")
@click.option("--search", "words", help='Find prompts whose text has all these words; "in quotes" as a phrase.')
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
def list_prompts(
    folder: str, everything: bool, filter_string: str | None, words: str | None, json_wanted: bool
) -> None:
    """List the folders and prompts in FOLDER.

    Without one, what is in no folder.
    """
    if filter_string is not None and words is not None:
        raise UsageProblem("--filter and --search do not go together")
    folder = folder.strip("/")
    if words is not None:
        _print_matches(client(), folder, words, everything, json_wanted)
    elif filter_string is not None:
        _print_found(client(), folder, filter_string, json_wanted)
    else:
        _print_folder(client(), folder, everything, json_wanted)


def _print_folder(source: MlflowClient, folder: str, everything: bool, json_wanted: bool) -> None:
    try:
        rows = list(_rows(source, folder, everything))
    except MlflowException as error:
        if error.error_code != "ENDPOINT_NOT_FOUND":
            raise
        _print_found(source, folder, None, json_wanted)  # MLflow's own server knows no folders
        return
    if json_wanted:
        print_json([row.as_json for row in rows])
    elif on_terminal() and rows:
        _print_tree(rows)
    else:
        # A script wants prompts or folders, and with --all every prompt once.
        shown = [row[1:4] for row in rows if not (everything and row.path.endswith("/"))]
        print_table(["Name", "Latest", "Aliases"], shown, empty=f"No prompts{f' in {folder}' if folder else ''}.")


class _Row(NamedTuple):
    """A folder or a prompt; `depth` counts folders below the one that is listed."""

    depth: int
    path: str  # of a folder with a slash at its end
    latest: str  # of a folder how many prompts are inside
    aliases: str
    as_json: dict[str, Any]


def how_many(count: int, noun: str, more: bool = False) -> str:
    """Return a count in words: `1 run`, `3 runs`, `1000 runs or more`."""
    return f"{count} {noun}{'' if count == 1 else 's'}{' or more' if more else ''}"


def _rows(source: MlflowClient, folder: str, everything: bool, depth: int = 0) -> Iterator[_Row]:
    from mlflow.api.prompts import PromptFolder

    token: str | None = None
    while True:
        page = source.list_prompt_folder(folder, page_token=token)
        for found in page:
            if isinstance(found, PromptFolder):
                count = how_many(found.prompts, "prompt")
                yield _Row(depth, f"{found.path}/", count, "", {"folder": found.path, "prompts": found.prompts})
                if everything:
                    yield from _rows(source, found.path, everything, depth + 1)
            else:
                yield _prompt_row(found, depth)
        token = page.token
        if not token:
            return


def _prompt_row(prompt: PromptSummary, depth: int) -> _Row:
    aliases = {alias.alias: int(alias.version) for alias in prompt.aliases}
    as_json = {
        "name": prompt.name,
        "latest_version": int(prompt.latest_version) if prompt.latest_version else None,
        "aliases": aliases,
        "description": prompt.description,
        "tags": {tag.key: tag.value for tag in prompt.tags},
        "last_updated_timestamp": prompt.last_updated_timestamp,
    }
    pointing = ", ".join(f"{alias}={version}" for alias, version in aliases.items())
    return _Row(depth, prompt.name, prompt.latest_version or "", pointing, as_json)


def _print_tree(rows: Sequence[_Row]) -> None:
    names = ["  " * row.depth + re.sub(r"^.*/(?=.)", "", row.path) for row in rows]
    width = max(map(len, names))
    for name, row in zip(names, rows, strict=True):
        is_folder = row.path.endswith("/")
        latest = row.latest if is_folder else f"version {row.latest}" if row.latest else "no version"
        shown = click.style(name.ljust(width), fg="blue", bold=True) if is_folder else name.ljust(width)
        echo(f"{shown}  {latest:<11}  {click.style(row.aliases, fg='green') if row.aliases else ''}".rstrip())


def _print_matches(source: MlflowClient, folder: str, words: str, all_versions: bool, json_wanted: bool) -> None:
    page = source.search_prompt_text(words, all_versions, max_results=MATCHES)
    matches = [match for match in page if match.name.startswith(f"{folder}/" if folder else "")]
    if json_wanted:
        print_json([{"name": one.name, "version": int(one.version), "snippet": one.snippet} for one in matches])
        return
    rows = [(one.name, one.version, one.snippet) for one in matches]
    print_table(["Name", "Version", "Text"], rows, empty="No prompt has all these words.")
    if page.token:
        click.echo(f"Only the best {MATCHES} matches are looked at; more words find fewer.", err=True)


def _print_found(source: MlflowClient, folder: str, filter_string: str | None, json_wanted: bool) -> None:
    found = [one for one in _find(source, filter_string) if one.name.startswith(f"{folder}/" if folder else "")]
    if json_wanted:
        print_json(
            [
                {
                    "name": one.name,
                    "description": one.description,
                    "tags": _user_tags(one),
                    "creation_timestamp": one.creation_timestamp,
                }
                for one in found
            ]
        )
        return
    rows = [
        (one.name, ", ".join(f"{key}={value}" for key, value in _user_tags(one).items()), one.description or "")
        for one in found
    ]
    print_table(["Name", "Tags", "Description"], rows, empty="No prompt is found.")


def _user_tags(prompt: Prompt) -> dict[str, str]:
    from mlflow.entities.prompt_tags import EXPERIMENT_IDS

    return {key: value for key, value in prompt.tags.items() if key != EXPERIMENT_IDS}


def _find(source: MlflowClient, filter_string: str | None) -> Iterator[Prompt]:
    token: str | None = None
    while True:
        page = source.search_prompts(filter_string, page_token=token)
        yield from page
        token = page.token
        if not token:
            return
