"""Clients that write without pause and note down what the server acknowledged.

Each write can be recognized in the database and is independent of all others, so that afterwards each can be asked for:
is it there once, not at all, or in part?
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.faults.wire import NoAnswer, Wire

Kind = Literal["run", "metric", "batch", "tag", "experiment"]

BATCH_METRICS = 20
LOOSE_METRIC = "loss"
_AFTER_A_REFUSAL_SECONDS = 0.02
_STEPS = 100_003  # prime: multiplying by anything else visits every step once, in an order that jumps back and forth


@dataclass
class Write:
    """One thing that was sent.

    Attributes:
        kind: what it makes.
        number: which of its writer's writes it is, from 0.
        acknowledged: the server said that it is done.
        answer: what the server said then.
    """

    kind: Kind
    number: int
    acknowledged: bool = False
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def step(self) -> int:
        """The step of its metrics, different for each write, and not rising with them."""
        return self.number * 40_009 % _STEPS


class Writer(threading.Thread):
    """One client. What it wrote is in `journal`; `fault` is what must not have happened, None when nothing did.

    Args:
        name: different for each writer.
        port: of the server.
        up: set while the server runs; the writer waits for it when an answer did not come.
        seed: of its choices.
        tolerated: error codes after which a write counts as unanswered and the writer goes on.
    """

    def __init__(
        self, name: str, port: int, up: threading.Event, seed: int, tolerated: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.journal: list[Write] = []
        self.run_id = ""
        self.fault: BaseException | None = None
        self._wire = Wire(port)
        self._up = up
        self._choose = random.Random(seed)
        self._enough = threading.Event()
        self._tolerated = tolerated

    def run(self) -> None:
        """Write until told to finish."""
        try:
            own = Write("run", 0)
            while not (own.acknowledged or self._enough.is_set()):
                self._send(own)
            self.run_id = own.answer.get("run", {}).get("info", {}).get("run_id", "")
            kinds: tuple[Kind, ...] = ("run", "metric", "metric", "batch", "tag", "experiment")
            while not self._enough.is_set():
                write = Write(self._choose.choice(kinds), len(self.journal))
                self._send(write)
                # A client either tries again, or goes its way and never learns what became of it.
                while not write.acknowledged and self._choose.random() < 0.6 and not self._enough.is_set():
                    self._send(write)
        except BaseException as fault:
            self.fault = fault
        finally:
            self._wire.close()

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
        path, body = self._request(write)
        once = f"key-{self.key(write)}" if write.kind in ("run", "experiment") else None
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

    def _request(self, write: Write) -> tuple[str, dict[str, Any]]:
        key, number = self.key(write), write.number
        point = {"value": number / 2, "timestamp": 1_000 + number, "step": write.step}
        match write.kind:
            case "run":
                tags = [{"key": "journal", "value": key}, {"key": "second", "value": key}]
                return "runs/create", {"experiment_id": "0", "run_name": key, "start_time": number, "tags": tags}
            case "experiment":
                return "experiments/create", {"name": key, "tags": [{"key": "journal", "value": key}]}
            case "tag":
                return "runs/set-tag", {"run_id": self.run_id, "key": "counter", "value": str(number)}
            case "metric":
                return "runs/log-metric", {"run_id": self.run_id, "key": LOOSE_METRIC, **point}
            case "batch":
                return "runs/log-batch", {
                    "run_id": self.run_id,
                    "params": [{"key": f"param-{number}-{i}", "value": key} for i in range(2)],
                    # Their names are new from time to time, so that making names is under fire too.
                    "metrics": [{"key": f"m{i}-{number // 100}", **point} for i in range(BATCH_METRICS)],
                    "tags": [{"key": f"tag-{number}-{i}", "value": key} for i in range(2)],
                }


def writers(count: int, port: int, up: threading.Event, **options: Any) -> list[Writer]:
    """Start that many writers; their names are new, so that journals of several tests never mix."""
    mark = uuid.uuid4().hex[:6]
    started = [Writer(f"w{index}-{mark}", port, up, index, **options) for index in range(count)]
    for writer in started:
        writer.start()
    return started
