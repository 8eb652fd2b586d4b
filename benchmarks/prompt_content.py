"""The prompts that databases are filled with: the same for every server, made from their number alone."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from benchmarks.content import FIRST_START_MS
from benchmarks.load import Session, drive, get, post

SEARCH_PAGE = 100
SOURCE = "dummy-source"
_ONLY_PROMPTS = "tags.`mlflow.prompt.is_prompt` = 'true'"
SEARCH_FILTER = f"{_ONLY_PROMPTS} AND name LIKE 'support-%' AND tags.task = 'qa'"
_AREAS = ("billing", "legal", "ops", "research", "sales", "search", "support", "team", "tools", "travel")
_TASKS = ("classify", "extract", "qa", "summarize")
_FILL_CONNECTIONS = 4
_VARIABLES = 10


@dataclass(frozen=True)
class PromptContent:
    """One prompt with one version."""

    name: str
    template: str
    created_ms: int
    tags: dict[str, str]


def prompts(count: int) -> Iterator[PromptContent]:
    """Prompts number 0 to `count - 1`: two tags each, a template of about 600 characters."""
    for number in range(count):
        dice = random.Random(number)
        yield PromptContent(
            name=f"{dice.choice(_AREAS)}-{dice.randrange(10**6):06d}-{number:05d}",
            template=template(number),
            created_ms=FIRST_START_MS + number * 1000,
            tags={"task": dice.choice(_TASKS), "team": f"team {number % 20}"},
        )


def template(number: int) -> str:
    """Return a text of about 600 characters with ten variables."""
    lines = [f"- Take care of {{{{ variable_{index} }}}}, as was said in rule {number}." for index in range(_VARIABLES)]
    return "\n".join(["You answer questions of customers.", *lines])


def values() -> dict[str, str]:
    """Return a value for each variable of a template."""
    return {f"variable_{index}": f"the value number {index}" for index in range(_VARIABLES)}


def names_found(count: int) -> list[str]:
    """The names that the search must find first among the prompts 0 to `count - 1`, in order."""
    matching = [one.name for one in prompts(count) if one.name.startswith("support-") and one.tags["task"] == "qa"]
    return sorted(matching)[:SEARCH_PAGE]


def search_request(port: int) -> bytes:
    """The search that is measured, as MLflow's clients ask it."""
    query = urlencode({"filter": SEARCH_FILTER, "max_results": SEARCH_PAGE})
    return get(port, f"/registered-models/search?{query}")


def fill_prompts(port: int, contents: Iterator[PromptContent]) -> None:
    """Store prompts over REST, several connections at once, two requests a prompt.

    Raises:
        RequestFailed: the server refused one.
    """
    drive(port, [lambda: _store(port, contents)] * _FILL_CONNECTIONS, None)


def _store(port: int, contents: Iterator[PromptContent]) -> Session:
    for content in contents:  # shared by all connections: each takes the next one
        yield post(port, "/registered-models/create", create_message(content.name, content.tags))
        yield post(port, "/model-versions/create", version_message(content.name, content.template))


def create_message(name: str, tags: dict[str, str] | None = None) -> dict[str, Any]:
    """The `registered-models/create` message of a prompt."""
    return {"name": name, "tags": _pairs({"mlflow.prompt.is_prompt": "true", **(tags or {})})}


def version_message(name: str, template: str) -> dict[str, Any]:
    """The `model-versions/create` message of a prompt's version, as MLflow's clients send it."""
    return {"name": name, "source": SOURCE, "tags": _pairs(version_tags(template))}


def version_tags(template: str) -> dict[str, str]:
    """The tags in which a version of a prompt travels."""
    return {"mlflow.prompt.is_prompt": "true", "_mlflow_prompt_type": "text", "mlflow.prompt.text": template}


def version_of(reply: bytes) -> int:
    """The number in the reply of `model-versions/create`."""
    return int(json.loads(reply)["model_version"]["version"])


def _pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]
