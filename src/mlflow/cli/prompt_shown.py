"""A version of a prompt as people read it, and as JSON."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import click

from mlflow.cli.errors import printable
from mlflow.cli.output import echo

if TYPE_CHECKING:
    from mlflow.entities.prompt_version import PromptVersion


def as_json(version: PromptVersion) -> dict[str, Any]:
    """Return all that is known of a version; times are milliseconds since the Unix epoch."""
    return {
        **dict(version),
        "variables": sorted(version.variables),
        "declared_variables": version.declared_variables,
        "includes": [f"prompts:/{name}/{number}" for name, number in version.includes],
        "raw_template": version.raw_template,
    }


def print_prompt(version: PromptVersion) -> None:
    """Print a version for the eyes: what goes with it, then its template."""
    said = [version.uri]
    if version.aliases:
        said.append(f"({', '.join(version.aliases)})")
    echo(click.style(" ".join(said), bold=True))
    for title, text in _about(version):
        echo(f"{click.style(f'{title:<10}', dim=True)} {printable(text)}")
    echo(click.style("─" * min(shutil.get_terminal_size().columns, 80), dim=True))
    template = version.template
    echo(printable(template) if isinstance(template, str) else chat_text(template))


def chat_text(messages: list[dict[str, Any]]) -> str:
    """Return messages, each below its role."""
    from mlflow.client.prompts.files.sections import sections

    return "\n\n".join(
        f"{click.style(printable(role), fg='cyan', bold=True)}\n{printable(text)}" for role, text in sections(messages)
    )


def _about(version: PromptVersion) -> list[tuple[str, str]]:
    from mlflow.cli.times import local_time

    by = f" by {version.user_id}" if version.user_id else ""
    rows = [
        ("message", version.commit_message or ""),
        ("registered", f"{local_time(version.creation_timestamp)}{by}"),
        ("tags", ", ".join(f"{key}={value}" for key, value in version.tags.items())),
        ("variables", ", ".join(_variable(version, name) for name in sorted(version.variables))),
        ("includes", ", ".join(f"{name} version {number}" for name, number in version.includes)),
        ("model", _settings(version.model_config)),
        ("answer", _fields(version.response_format)),
    ]
    return [(title, text) for title, text in rows if text]


def _variable(version: PromptVersion, name: str) -> str:
    declared = version.declared_variables.get(name)
    if declared is None:
        return name
    default = f" = {json.dumps(declared['default'], ensure_ascii=False)}" if "default" in declared else ""
    return f"{name}: {declared.get('type', 'string')}{default}"


def _settings(model_config: dict[str, Any] | None) -> str:
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in (model_config or {}).items()}
    return ", ".join(f"{key} {value}" for key, value in texts.items())


def _fields(response_format: dict[str, Any] | None) -> str:
    if response_format is None:
        return ""
    fields = response_format.get("properties")
    names = f" with {', '.join(fields)}" if isinstance(fields, dict) and fields else ""
    return f"JSON{names}"
