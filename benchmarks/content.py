"""What the databases are filled with: the same runs for every server, made from their number alone."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.load import Session, drive, post

FIRST_START_MS = 1_700_000_000_000
SEARCH_FILTER = "metrics.m3 > 0.5 and params.p1 = 'a'"
SEARCH_ORDER = "metrics.m2 DESC"
SEARCH_PAGE = 100
HISTORY_KEY = "loss"
_METRICS_PER_BATCH = 1000
_FILL_CONNECTIONS = 4


@dataclass(frozen=True)
class RunContent:
    """One run to be stored. Metrics have one point each, at step 0 and the start time."""

    name: str
    start_ms: int
    metrics: dict[str, float]
    params: dict[str, str]
    tags: dict[str, str]


def runs(count: int, first: int = 0) -> Iterator[RunContent]:
    """Runs number `first` to `first + count - 1`: 10 metrics, 5 params, 3 tags each."""
    for number in range(first, first + count):
        dice = random.Random(number)
        yield RunContent(
            name=f"run-{number:06d}",
            start_ms=FIRST_START_MS + number * 1000,
            metrics={f"m{i}": round(dice.random(), 9) for i in range(10)},
            params={f"p{i}": dice.choice("abcd") for i in range(5)},
            tags={f"t{i}": f"{dice.choice('xyz')}{number % 100}" for i in range(3)},
        )


def names_found(count: int) -> list[str]:
    """The names the filtered search must find first among the runs 0 to `count - 1`, in order."""
    matching = [run for run in runs(count) if run.metrics["m3"] > 0.5 and run.params["p1"] == "a"]
    matching.sort(key=lambda run: -run.metrics["m2"])
    return [run.name for run in matching[:SEARCH_PAGE]]


def fill_runs(port: int, experiment_id: str, contents: Iterator[RunContent]) -> None:
    """Store runs over REST, several connections at once, two requests a run.

    Raises:
        RequestFailed: the server refused one.
    """
    drive(port, [lambda: _store_runs(port, experiment_id, contents)] * _FILL_CONNECTIONS, None)


def _store_runs(port: int, experiment_id: str, contents: Iterator[RunContent]) -> Session:
    for content in contents:  # shared by all connections: each takes the next one
        created = yield post(port, "/runs/create", create_message(experiment_id, content))
        yield post(port, "/runs/log-batch", batch_message(run_id_of(created), content))


def run_id_of(created: bytes) -> str:
    """The id in the reply of `runs/create`."""
    return str(json.loads(created)["run"]["info"]["run_id"])


def create_message(experiment_id: str, content: RunContent) -> dict[str, Any]:
    """The `runs/create` message of a run, tags included."""
    return {
        "experiment_id": experiment_id,
        "run_name": content.name,
        "start_time": content.start_ms,
        "tags": _pairs(content.tags),
    }


def batch_message(run_id: str, content: RunContent) -> dict[str, Any]:
    """The `runs/log-batch` message with all metrics and params of a run."""
    metrics = [
        {"key": key, "value": value, "timestamp": content.start_ms, "step": 0} for key, value in content.metrics.items()
    ]
    return {"run_id": run_id, "metrics": metrics, "params": _pairs(content.params)}


def _pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def history_value(step: int) -> float:
    """The value of the long metric at a step."""
    return round(1.0 / (1 + step % 977), 9)


def fill_history(port: int, run_id: str, points: int) -> None:
    """Store a metric of `points` points (a multiple of 1,000) over REST, one per step from 0.

    Raises:
        RequestFailed: the server refused a batch.
    """
    firsts = iter(range(0, points, _METRICS_PER_BATCH))
    drive(port, [lambda: _store_history(port, run_id, firsts)] * 2, None)


def _store_history(port: int, run_id: str, firsts: Iterator[int]) -> Session:
    for first in firsts:
        metrics = [
            {"key": HISTORY_KEY, "value": history_value(step), "timestamp": FIRST_START_MS + step, "step": step}
            for step in range(first, first + _METRICS_PER_BATCH)
        ]
        yield post(port, "/runs/log-batch", {"run_id": run_id, "metrics": metrics})
