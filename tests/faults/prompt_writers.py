"""Clients that register versions of the same prompts and move aliases, each its own and all of them one."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from mlflow.entities.prompt_tags import IS_PROMPT, SOURCE, TEXT, TYPE
from tests.faults.client import Client, Write

SHARED_ALIAS = "live"


class Move(NamedTuple):
    """An alias is pointed to a version; no other move of that alias leads there."""

    prompt: str
    alias: str
    version: str


class PromptWriter(Client):
    """One client. Of a version, `about` is the prompt's name; of a move, the move.

    Args:
        prompts: names of prompts that are there.
    """

    once = frozenset({"version", "move"})

    def __init__(self, name: str, port: int, up: threading.Event, seed: int, prompts: Sequence[str]) -> None:
        super().__init__(name, port, up, seed)
        self._prompts = prompts
        self._to_make: list[Move] = []

    def begin(self) -> None:
        """Nothing: the prompts are there."""

    def next_write(self) -> Write:
        """Make one of the moves that a new version allows, or a version."""
        last = self.journal[-1] if self.journal else None
        if last and last.kind == "version" and last.acknowledged:
            version = last.answer["model_version"]["version"]
            self._to_make += [Move(last.about, alias, version) for alias in (self.name, SHARED_ALIAS)]
        number = len(self.journal)
        if self._to_make and self.choose.random() < 0.6:
            return Write("move", number, self._to_make.pop(self.choose.randrange(len(self._to_make))))
        return Write("version", number, self.choose.choice(self._prompts))

    def request(self, write: Write) -> tuple[str, dict[str, Any]]:
        """Return a Call in which the write's key stands everywhere."""
        if write.kind == "move":
            move: Move = write.about
            return "registered-models/alias", {"name": move.prompt, "alias": move.alias, "version": move.version}
        key = self.key(write)
        tags = {IS_PROMPT: "true", TYPE: "text", TEXT: text_of(key), "journal": key, "second": key}
        return "model-versions/create", {
            "name": write.about,
            "source": SOURCE,
            "description": key,
            "tags": [{"key": name, "value": value} for name, value in tags.items()],
        }


def text_of(key: str) -> str:
    """Return the template that only this version has."""
    return f"The words of {key.replace('-', ' ')} for {{{{ somebody }}}}."


def prompt_writers(count: int, port: int, up: threading.Event, prompts: Sequence[str]) -> list[PromptWriter]:
    """Start that many writers."""
    mark = uuid.uuid4().hex[:6]
    started = [PromptWriter(f"w{index}-{mark}", port, up, index, prompts) for index in range(count)]
    for writer in started:
        writer.start()
    return started
