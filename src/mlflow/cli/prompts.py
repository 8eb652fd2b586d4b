"""`mlflow prompts …`: show, register and delete prompts; further commands of the group are beside this module."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from mlflow.cli.errors import FAILED, UsageProblem
from mlflow.cli.groups import Group
from mlflow.cli.output import on_terminal, print_json
from mlflow.cli.prompt_aliases import alias, history, rollback
from mlflow.cli.prompt_diff import diff, version_of
from mlflow.cli.prompt_files import pull, push
from mlflow.cli.prompt_input import read_prompt, sure, warn_of_problems
from mlflow.cli.prompt_lists import how_many, list_prompts
from mlflow.cli.prompt_shown import as_json, print_prompt
from mlflow.cli.source import client
from mlflow.cli.tags import key_and_value
from mlflow.exceptions import MlflowException, NotFound

if TYPE_CHECKING:
    from mlflow.client import MlflowClient
    from mlflow.entities.prompt_version import PromptVersion

COUNTED = 1000
"""Versions and runs are counted up to here before something is deleted."""


@click.group(cls=Group)
def prompts() -> None:
    """Register, find and compare prompts, and keep them as files.

    A prompt is named `qa`, or `team/qa` in a folder. Where a version is asked for, a number, an alias or `latest` does.
    """


for command in (list_prompts, diff, alias, history, rollback, pull, push):
    prompts.add_command(command)


@prompts.command()
@click.argument("name_or_uri")
@click.option("--raw", is_flag=True, help="Leave includes as they are written.")
@click.option("--json", "json_wanted", is_flag=True, help="Print all that is known of the version as JSON.")
def get(name_or_uri: str, raw: bool, json_wanted: bool) -> None:
    """Print a prompt: its latest version, or `qa/2`, `qa@production`.

    In a pipe it is the template to the letter, or the messages of a chat as JSON, as `register` takes them. On a
    terminal, what goes with it stands above.
    """
    from mlflow.client.prompts.loading import address_of

    source = client()
    address = address_of(name_or_uri)
    found: PromptVersion | None
    if raw:
        found = version_of(source, address.name, str(address.version or address.alias or "latest"))
    else:
        found = source.load_prompt(address.uri, cache_ttl_seconds=0)
    if found is None:
        raise NotFound(f"Prompt with name={address} not found")
    if json_wanted:
        print_json(as_json(found))
    elif on_terminal():
        print_prompt(found)
    elif isinstance(found.template, str):
        click.echo(found.template, nl=False, color=True)  # to the letter, control characters too
    else:
        print_json(found.template)


@prompts.command()
@click.argument("name")
@click.option("--file", "-f", "path", help="File with the template, to the letter; `-` reads standard input.")
@click.option("--template", "-t", "text", help="The template itself.")
@click.option("--chat", is_flag=True, help="It is a chat: JSON of its messages, or text below `<!-- role: user -->`.")
@click.option("--commit-message", "-m", help="What is new in this version.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag. May be given several times.")
@click.option("--alias", "aliases", multiple=True, help="Point this alias to the version. May be given several times.")
def register(
    name: str,
    path: str | None,
    text: str | None,
    chat: bool,
    commit_message: str | None,
    tags: Sequence[str],
    aliases: Sequence[str],
) -> None:
    """Register a version of a prompt, and print its URI.

    A file whose name ends with .prompt.md is read as `pull` writes it, with all that stands above the template.
    """
    from mlflow.api.names import check_free_alias

    if (path is None) == (text is None):
        raise UsageProblem("Give the template with --file or with --template, and not with both")
    for each in aliases:
        check_free_alias(each)  # before the version is there
    own_tags = dict(key_and_value(tag) for tag in tags)
    given = read_prompt(name, path, text, chat)
    source = client()
    made = source.register_prompt(
        name,
        given.template,
        commit_message or given.commit_message,
        {**given.tags, **own_tags},
        given.response_format,
        given.model_config,
        given.declared_variables or None,
    )
    warn_of_problems(made)
    for each in aliases:
        source.set_prompt_alias(name, each, made.version)
    pointing = f"; {' and '.join(aliases)} {'points' if len(aliases) == 1 else 'point'} to it now" if aliases else ""
    click.echo(f"Registered {made.uri}{pointing}." if on_terminal() else made.uri)


@prompts.command()
@click.argument("name")
@click.option("--version", "-v", help="Delete this version alone: a number, an alias or `latest`.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(name: str, version: str | None, yes: bool) -> None:
    """Delete a prompt with all its versions, or one version; for good.

    Says first what goes with it, and asks.
    """
    source = client()
    number = version_of(source, name, version).version if version is not None else None
    aliases = [each for each, of in source.get_prompt_aliases(name).items() if number is None or of == number]
    what = _called(name, number)
    if not yes:
        click.echo(_what_goes(source, name, number, aliases), err=True)
        if not sure(f"Delete {what} for good?"):
            click.echo("Nothing was deleted.", err=True)
            raise click.exceptions.Exit(FAILED)
    if number is None:
        source.delete_prompt(name)
    else:
        source.delete_prompt_version(name, number)
    last = number is not None and source.get_prompt(name) is None
    click.echo(f"Deleted {what}{f', its last one, and so {name}' if last else ''}.")


def _what_goes(source: MlflowClient, name: str, number: int | None, aliases: Sequence[str]) -> str:
    """Return what is lost with a prompt or a version, and who may miss it, line by line."""
    lines = [f"With {_called(name, number)} go:"]
    if number is None:
        versions = source.search_prompt_versions(name, max_results=COUNTED)
        lines.append(f"  versions  {len(versions)}{' or more' if versions.token else ''}")
    lines.append(f"  aliases   {', '.join(aliases) or 'none'}")
    with suppress(MlflowException):  # MLflow's own server cannot tell
        runs = source.list_prompt_runs(name, number, max_results=COUNTED)
        lines.append(f"  used by   {how_many(len(runs), 'run', bool(runs.token))}")
    return "\n".join(lines)


def _called(name: str, number: int | None) -> str:
    return name if number is None else f"version {number} of {name}"
