"""What is paid before any work is done: the import, the start, the memory of an idle server."""

from __future__ import annotations

import os
import statistics
import subprocess
import time

from benchmarks.bench import Bench, Settings
from benchmarks.peers import FASTTRACKML, Peer
from benchmarks.workloads.base import Measure, Values, Workload

_IDLE_AFTER_SECONDS = 5.0


def import_time(peer: Peer, settings: Settings) -> Values:
    """Wall time of `python -c "import mlflow"`, interpreter included, after one that compiles and warms the cache."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    taken = []
    for _ in range(1 + settings.import_repeats):
        started = time.perf_counter()
        subprocess.run([peer.python, "-c", "import mlflow"], cwd="/", env=environment, check=True, capture_output=True)
        taken.append(time.perf_counter() - started)
    return {"import": statistics.median(taken[1:])}


def start(bench: Bench) -> Values:
    """Cold start with an empty database, then the memory of all processes five seconds after the first search.

    MLflow's helpers go on loading for half a minute after that, and take up to a third more.
    """
    server = bench.server
    time.sleep(max(0.0, server.answering_since + _IDLE_AFTER_SECONDS - time.monotonic()))
    return {
        "cold-start": server.cold_start_seconds,
        "first-search": server.first_search_seconds,
        "idle-memory": server.memory_bytes() / 1e6,
        "processes": len(server.process_ids()),
    }


WORKLOADS = (
    Workload(
        "import",
        (Measure("import", "`import mlflow`", "s", False, against_mlflow=30, digits=3),),
        on_installation=import_time,
        lacking=frozenset({FASTTRACKML}),
    ),
    Workload(
        "start",
        (
            Measure("cold-start", "cold start, to the first `/health`", "s", False, against_mlflow=20, digits=2),
            Measure("first-search", "cold start, to the first search", "s", False, digits=2),
            Measure("idle-memory", "idle memory (PSS, all processes, after 5 s)", "MB", False, against_mlflow=15),
            Measure("processes", "processes when idle", "", False),
        ),
        on_server=start,
        while_starting=True,
    ),
)
