"""Whether a request costs the same when the database has grown: Headrace alone, at 1,000 to 100,000 runs."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import content
from benchmarks.bench import Bench
from benchmarks.databases import analyze
from benchmarks.load import SessionFactory, post
from benchmarks.progress import say
from benchmarks.workloads.base import Measure, Values
from benchmarks.workloads.logging import log_metric_session
from benchmarks.workloads.reading import get_session, repeat, search_message

MEASURES = (
    Measure("log-metric", "log-metric, 16 connections", "ms", False, digits=3),
    Measure("runs-get", "runs/get, 16 connections", "ms", False, digits=3),
    Measure("search", "filtered search, a page of 100, 4 connections", "ms", False, digits=3),
)


def grow(bench: Bench) -> Iterator[tuple[int, Values]]:
    """Fill one experiment step by step; at each size yield milliseconds of server time per request (1,000 / rate)."""
    experiment_id = bench.new_experiment()
    port, stored = bench.port, 0
    for size in bench.settings.growth_sizes:
        say(f"    growing to {size:,} runs")
        content.fill_runs(port, experiment_id, content.runs(size - stored, first=stored))
        stored = size
        analyze(bench.server.database)
        page = bench.post("/runs/search", {"experiment_ids": [experiment_id], "max_results": 64})["runs"]
        run_ids = [str(run["info"]["run_id"]) for run in page]
        loads: dict[str, list[SessionFactory]] = {
            "log-metric": [_logging(port, run_id) for run_id in run_ids[:16]],
            "runs-get": [_getting(port, run_ids)] * 16,
            "search": [_searching(port, experiment_id)] * 4,
        }
        yield size, {key: 1000 / bench.drive(factories).per_second for key, factories in loads.items()}


def _logging(port: int, run_id: str) -> SessionFactory:
    return lambda: log_metric_session(port, run_id)


def _getting(port: int, run_ids: list[str]) -> SessionFactory:
    return lambda: get_session(port, run_ids)


def _searching(port: int, experiment_id: str) -> SessionFactory:
    return lambda: repeat(post(port, "/runs/search", search_message(experiment_id)))
