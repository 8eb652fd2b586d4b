"""`mlflow prompts diff`: what changed between two versions, for the eyes, as a patch or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mlflow.cli.errors import printable
from mlflow.cli.output import echo, on_terminal, print_json
from mlflow.cli.source import client

if TYPE_CHECKING:
    from mlflow.client import MlflowClient
    from mlflow.entities.prompt_version import PromptVersion
    from mlflow.templates.diff import TemplateDiff
    from mlflow.templates.diff_lines import Line

CONTEXT = 3
"""Lines shown around a change."""


@click.command()
@click.argument("name")
@click.argument("from_version", metavar="FROM")
@click.argument("to_version", metavar="TO", default="latest")
@click.option("--unified", "-u", is_flag=True, help="A plain unified diff of the templates, also on a terminal.")
@click.option("--json", "json_wanted", is_flag=True, help="Print line by line what changed, as JSON.")
def diff(name: str, from_version: str, to_version: str, unified: bool, json_wanted: bool) -> None:
    """Show what changed from one version of a prompt to another.

    FROM and TO are numbers or aliases; TO is the latest version when it is left out.
    """
    source = client()
    before, after = version_of(source, name, from_version), version_of(source, name, to_version)

    from mlflow.client.prompts.files.document import settings_of
    from mlflow.templates.diff import diff_templates

    templates = diff_templates(before.template, after.template)
    settings = diff_templates(settings_of(before), settings_of(after))
    if json_wanted:
        import msgspec

        print_json(
            {
                "name": name,
                "from": before.version,
                "to": after.version,
                "template": msgspec.to_builtins(templates),
                "settings": msgspec.to_builtins(settings),
            }
        )
        return
    for title, found in (("settings", settings), ("template", templates)):
        if not found.changed:
            continue
        if unified or not on_terminal():
            labels = [f"{each.uri} {title}" for each in (before, after)]
            click.echo(f"--- {labels[0]}\n+++ {labels[1]}\n{found.as_text()}", nl=False)
        else:
            echo(click.style(f"{title}, version {before.version} → {after.version}", bold=True))
            print_diff(found)
    if not templates.changed and not settings.changed:
        click.echo(f"Versions {before.version} and {after.version} of {name} say the same.", err=True)


def version_of(source: MlflowClient, name: str, text: str) -> PromptVersion:
    """Return the version that a number, an alias or `latest` means, as it was registered.

    Raises:
        MlflowException: there is no such prompt, version or alias.
    """
    if not text.isdecimal():
        return _by_alias(source, name, text)
    return source.get_prompt_version(name, text)


def _by_alias(source: MlflowClient, name: str, alias: str) -> PromptVersion:
    from mlflow.exceptions import MlflowException, NotFound

    try:
        return source.get_prompt_version_by_alias(name, alias)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":  # said of a registered model
            raise NotFound(f"Prompt with name={name} not found, or it has no version yet") from None
        raise


def print_diff(diff: TemplateDiff) -> None:
    """Print changes with colours, changed words marked; also readable without."""
    for message in diff.messages:
        if message.kind == "same":
            continue
        roles = dict.fromkeys(role for role in (message.old_role, message.new_role) if role is not None)
        if roles:
            number = message.new if message.new is not None else message.old
            echo(click.style(f"message {number}, {printable(' → '.join(roles))}: {message.kind}", fg="cyan", bold=True))
        shown = _with_context(message.lines)
        for number, line in enumerate(message.lines):
            if number in shown:
                echo(_styled(line))
            elif number - 1 in shown:
                echo(click.style("  …", dim=True))


def _with_context(lines: list[Line]) -> set[int]:
    shown: set[int] = set()
    for number, line in enumerate(lines):
        if line.kind != "same":
            shown.update(range(number - CONTEXT, number + CONTEXT + 1))
    return shown


_SIGNS: dict[str, tuple[str, dict[str, Any]]] = {
    "same": (" ", {}),
    "removed": ("-", {"fg": "red"}),
    "added": ("+", {"fg": "green"}),
}


def _styled(line: Line) -> str:
    sign, style = _SIGNS[line.kind]
    if not line.text or all(span.changed for span in line.spans):  # a whole line needs no marks
        return click.style(f"{sign} {printable(line.text)}", **style)
    marked = [
        click.style(printable(span.text), underline=span.changed, bold=span.changed, **style) for span in line.spans
    ]
    return click.style(f"{sign} ", **style) + "".join(marked)
