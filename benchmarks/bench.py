"""What a workload is given: a running server, how long to measure, and content that is stored when first asked for."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from benchmarks import content, mlflow_fill, prompt_content
from benchmarks.databases import analyze
from benchmarks.load import Load, SessionFactory, Timing, call, drive, get, post
from benchmarks.peers import MLFLOW
from benchmarks.progress import say
from benchmarks.servers import Server


@dataclass(frozen=True)
class Settings:
    """How much work a run of the benchmark is."""

    timing: Timing = field(default_factory=Timing)
    import_repeats: int = 3
    filled_runs: int = 10_000
    filled_prompts: int = 10_000
    listed_runs: int = 1_000
    history_points: int = 100_000
    history_repeats: int = 3
    large_file_bytes: int = 256 << 20
    small_files: int = 200
    small_file_bytes: int = 10_000
    growth_sizes: tuple[int, ...] = (1_000, 10_000, 100_000)

    @classmethod
    def quick(cls) -> Settings:
        """For a first look; its numbers are not comparable with those of a full run."""
        return cls(
            timing=Timing(seconds=1.5, warmup_seconds=0.3, min_requests=4, max_seconds=8.0),
            import_repeats=1,
            filled_runs=2_000,
            filled_prompts=2_000,
            history_points=20_000,
            history_repeats=1,
            large_file_bytes=64 << 20,
            growth_sizes=(1_000, 10_000),
        )


class WrongAnswer(Exception):
    """A server answered 200 and something that is not true."""


class Bench:
    """One server under test."""

    def __init__(self, server: Server, settings: Settings) -> None:
        self.server = server
        self.settings = settings
        self.port = server.port
        self.notes: list[str] = []
        self.cpu_us_per_request: float | None = None

    def drive(self, factories: list[SessionFactory]) -> Load:
        """A timed load, one connection per factory. Failed requests become a note beside the result.

        `cpu_us_per_request` then says what a request cost the server, in microseconds of processor time.
        """
        before = self.server.cpu_seconds()
        load = drive(self.port, factories, self.settings.timing)
        if load.answered:
            self.cpu_us_per_request = 1e6 * (self.server.cpu_seconds() - before) / load.answered
        if load.errors:
            self.notes.append(f"{load.errors} requests failed, the first with {load.first_error[:120]}")
        return load

    def post(self, path: str, message: dict[str, Any]) -> dict[str, Any]:
        """One POST outside the clock; returns the decoded reply."""
        return dict(json.loads(call(self.port, post(self.port, path, message))))

    def get(self, path: str) -> dict[str, Any]:
        """One GET outside the clock; returns the decoded reply."""
        return dict(json.loads(call(self.port, get(self.port, path))))

    def new_experiment(self) -> str:
        """The id of a new experiment."""
        return str(self.post("/experiments/create", {"name": f"bench-{uuid.uuid4().hex}"})["experiment_id"])

    def new_runs(self, count: int) -> list[str]:
        """The ids of `count` new runs in a new experiment."""
        experiment_id = self.new_experiment()
        message = {"experiment_id": experiment_id, "start_time": content.FIRST_START_MS}
        return [str(self.post("/runs/create", message)["run"]["info"]["run_id"]) for _ in range(count)]

    @cached_property
    def filled_experiment(self) -> str:
        """The id of an experiment with `settings.filled_runs` runs."""
        experiment_id = self.new_experiment()
        count = self.settings.filled_runs
        say(f"    storing {count:,} runs to search in")
        if self.server.peer.name == MLFLOW:
            mlflow_fill.fill_runs(self.server.database, experiment_id, content.runs(count))
        else:
            content.fill_runs(self.port, experiment_id, content.runs(count))
        analyze(self.server.database)
        return experiment_id

    @cached_property
    def filled_prompts(self) -> int:
        """How many prompts there are to search among; `prompt_content` says which."""
        count = self.settings.filled_prompts
        say(f"    storing {count:,} prompts to search in")
        contents = prompt_content.prompts(count)
        if self.server.peer.name == MLFLOW:
            mlflow_fill.fill_prompts(self.server.database, contents)
        else:
            prompt_content.fill_prompts(self.port, contents)
        analyze(self.server.database)
        return count

    @cached_property
    def run_with_history(self) -> str:
        """The id of a run whose metric `loss` has `settings.history_points` points."""
        run_id = self.new_runs(1)[0]
        points = self.settings.history_points
        say(f"    storing a metric of {points:,} points")
        if self.server.peer.name == MLFLOW:
            mlflow_fill.fill_history(self.server.database, run_id, points)
        else:
            content.fill_history(self.port, run_id, points)
        analyze(self.server.database)
        return run_id


def expect(truth: bool, what: str) -> None:
    """Stop a measure whose answers are wrong.

    Raises:
        WrongAnswer: `truth` is false; `what` says what should have been.
    """
    if not truth:
        raise WrongAnswer(f"expected {what}")
