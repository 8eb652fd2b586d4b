"""Clients that write runs, metrics, batches, tags and experiments."""

from __future__ import annotations

import threading
import uuid
from typing import Any, Literal

from tests.faults.client import Client, Write

Kind = Literal["run", "metric", "batch", "tag", "experiment"]

BATCH_METRICS = 20
LOOSE_METRIC = "loss"
_KINDS: tuple[Kind, ...] = ("run", "metric", "metric", "batch", "tag", "experiment")


class Writer(Client):
    """One client, with a run of its own."""

    once = frozenset({"run", "experiment"})
    run_id = ""

    def begin(self) -> None:
        """Make its run."""
        own = Write("run", 0)
        self.insist(own)
        self.run_id = own.answer.get("run", {}).get("info", {}).get("run_id", "")

    def next_write(self) -> Write:
        """Choose any kind."""
        return Write(self.choose.choice(_KINDS), len(self.journal))

    def request(self, write: Write) -> tuple[str, dict[str, Any]]:
        """Return a Call in which the write's key or number stands everywhere."""
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
        raise AssertionError(write.kind)


def writers(count: int, port: int, up: threading.Event, **options: Any) -> list[Writer]:
    """Start that many writers; their names are new, so that journals of several tests never mix."""
    mark = uuid.uuid4().hex[:6]
    started = [Writer(f"w{index}-{mark}", port, up, index, **options) for index in range(count)]
    for writer in started:
        writer.start()
    return started
