"""A client that writes without pause and notes down what the server acknowledged.

Each write can be recognized in the database and is independent of all others, so that afterwards each can be asked for:
is it there once, not at all, or in part?
"""

from __future__ import annotations

import random
import threading
import time
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any

from tests.faults.wire import NoAnswer, Wire

_AFTER_A_REFUSAL_SECONDS = 0.02
_STEPS = 100_003  # prime: multiplying by anything else visits every step once, in an order that jumps back and forth


@dataclass
class Write:
    """One thing that was sent.

    Attributes:
        kind: what it makes.
        number: which of its writer's writes it is, from 0.
        about: what else there is to know of it.
        acknowledged: the server said that it is done.
        answer: what the server said then.
    """

    kind: str
    number: int
    about: Any = None
    acknowledged: bool = False
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def step(self) -> int:
        """The step of its metrics, different for each write, and not rising with them."""
        return self.number * 40_009 % _STEPS


class Client(threading.Thread):
    """What it wrote is in `journal`; `fault` is what must not have happened, None when nothing did.

    Args:
        name: different for each client.
        port: of the server.
        up: set while the server runs; the client waits for it when an answer did not come.
        seed: of its choices.
        tolerated: error codes after which a write counts as unanswered and the client goes on.
    """

    once: frozenset[str] = frozenset()
    """The kinds of writes that are sent with an idempotency key."""

    def __init__(
        self, name: str, port: int, up: threading.Event, seed: int, tolerated: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.journal: list[Write] = []
        self.fault: BaseException | None = None
        self.choose = random.Random(seed)
        self._wire = Wire(port)
        self._up = up
        self._enough = threading.Event()
        self._tolerated = tolerated

    @abstractmethod
    def begin(self) -> None:
        """Write what must be there before all else."""

    @abstractmethod
    def next_write(self) -> Write:
        """Choose what is written next."""

    @abstractmethod
    def request(self, write: Write) -> tuple[str, dict[str, Any]]:
        """Return the path and body of a write."""

    def run(self) -> None:
        """Write until told to finish."""
        try:
            self.begin()
            while not self._enough.is_set():
                write = self.next_write()
                self._send(write)
                # A client either tries again, or goes its way and never learns what became of it.
                while not write.acknowledged and self.choose.random() < 0.6 and not self._enough.is_set():
                    self._send(write)
        except BaseException as fault:
            self.fault = fault
        finally:
            self._wire.close()

    def insist(self, write: Write) -> None:
        """Send a write until it is acknowledged or all is over."""
        while not (write.acknowledged or self._enough.is_set()):
            self._send(write)

    def finish(self) -> None:
        """End after the write that is on its way, and raise what went wrong."""
        self._enough.set()
        self._up.set()
        self.join(60)
        assert not self.is_alive(), f"{self.name} is stuck"
        if self.fault is not None:
            raise self.fault

    def key(self, write: Write) -> str:
        """Return the text that only this write has."""
        return f"{self.name}-{write.number}"

    def _send(self, write: Write) -> None:
        if not self.journal or self.journal[-1] is not write:
            self.journal.append(write)
        path, body = self.request(write)
        once = f"key-{self.key(write)}" if write.kind in self.once else None
        try:
            answer = self._wire.post(path, body, once)
        except NoAnswer:
            self._up.wait(60)
            return
        if answer.status == 200:
            write.acknowledged, write.answer = True, answer.body
            return
        assert answer.error_code in self._tolerated, f"{path} of {self.key(write)} was answered {answer}"
        time.sleep(_AFTER_A_REFUSAL_SECONDS)
