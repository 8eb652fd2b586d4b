"""A client of the stream of events, and what makes events."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from mlflow.api.aliases import SetAlias
from mlflow.api.model_versions import CreateModelVersion
from mlflow.api.registered_models import CreateRegisteredModel
from mlflow.entities.model_version import ModelVersionTag
from mlflow.entities.prompt_tags import IS_PROMPT, SOURCE, TEXT
from mlflow.entities.registered_model import RegisteredModelTag
from mlflow.store.base import Store

PATH = "/api/3.0/headrace/events"


@dataclass
class Heard:
    """One event, and when it came, in monotonic seconds."""

    id: str
    kind: str
    data: Any
    at: float


class Listening:
    """A stream that is open while the block lasts, read by a thread.

    Args:
        url: the server's address, with its prefix.
        query: such as `entities=prompt_alias`.
        headers: of the request.
        read: False leaves what comes unread until `start_reading`.
    """

    def __init__(
        self, url: str, query: str = "", headers: dict[str, str] | None = None, *, read: bool = True, path: str = PATH
    ) -> None:
        self.events: list[Heard] = []
        self.comments = 0
        self.place = ""
        self.ended = False
        self.was_cut = True
        self.answer: http.client.HTTPResponse | None = None
        self._changed = threading.Condition()
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.netloc)
        self._socket = self._connection.sock = socket.socket()
        if not read:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.settimeout(60)
        self._socket.connect((parts.hostname, parts.port))
        self._connection.request("GET", f"{parts.path}{path}?{query}", headers=headers or {})
        self._thread = threading.Thread(target=self._read, daemon=True)
        if read:
            self.start_reading()

    def __enter__(self) -> Listening:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.cut()

    def start_reading(self) -> None:
        """Read what comes, from now on."""
        self._thread.start()

    def cut(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._thread.ident is not None:
            self._thread.join(10)
        self._connection.close()
        self._socket.close()
        if self.answer is not None:
            self.answer.close()

    def ids(self) -> list[int]:
        return [int(event.id) for event in self.events]

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def until(self, condition: Callable[[], Any], seconds: float = 10) -> Listening:
        """Wait until something is so."""
        with self._changed:
            assert self._changed.wait_for(condition, seconds), (self.place, self.kinds()[-5:], len(self.events))
        return self

    def until_it_began(self) -> Listening:
        """Wait until the server has said where the stream begins."""
        return self.until(lambda: self.place)

    def until_events(self, count: int, seconds: float = 10) -> list[Heard]:
        """Wait for so many events."""
        return self.until(lambda: len(self.events) >= count, seconds).events

    def until_end(self) -> None:
        """Wait until the server has hung up."""
        self.until(lambda: self.ended)

    def _read(self) -> None:
        with suppress(OSError, http.client.HTTPException, ValueError):
            self.answer = self._connection.getresponse()
            received = b""
            while data := self.answer.read1(65536):
                *blocks, received = (received + data).split(b"\n\n")
                for block in blocks:
                    self._understand(block.decode())
            self.was_cut = False
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def _understand(self, block: str) -> None:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        with self._changed:
            self.comments += "" in fields
            self.place = fields.get("id", self.place)
            if "data" in fields:
                self.events.append(Heard(self.place, fields["event"], json.loads(fields["data"]), time.monotonic()))
            self._changed.notify_all()


def make_prompt(store: Store, name: str) -> None:
    """Make a prompt with two versions."""
    store.call(CreateRegisteredModel(name=name, tags=[RegisteredModelTag(IS_PROMPT, "true")]))
    for text in ("Hi {{name}}", "Dear {{name}}"):
        tags = [ModelVersionTag(IS_PROMPT, "true"), ModelVersionTag(TEXT, text)]
        store.call(CreateModelVersion(name=name, source=SOURCE, tags=tags))


def move_alias(store: Store, name: str, version: int, alias: str = "production") -> None:
    """Point the prompt's alias to a version."""
    store.call(SetAlias(name=name, alias=alias, version=str(version)))
