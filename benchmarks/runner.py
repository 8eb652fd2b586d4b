"""The rounds: every server in turn, alone on the machine, the same workloads on each."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench import Bench, Settings
from benchmarks.databases import empty_database
from benchmarks.peers import HEADRACE, Peer
from benchmarks.progress import say
from benchmarks.results import Entry, Growth, Results
from benchmarks.servers import Server, start
from benchmarks.workloads import growth
from benchmarks.workloads.base import Values, Workload


@dataclass(frozen=True)
class Plan:
    """What is to be run."""

    peers: Sequence[Peer]
    backends: Sequence[str]
    workloads: Sequence[Workload]
    with_growth: bool
    rounds: int
    settings: Settings


def run(plan: Plan, results: Results) -> None:
    """Run the whole plan. A measure or server that fails is noted and the rest goes on."""
    for backend in plan.backends:
        for number in range(1, plan.rounds + 1):
            for peer in plan.peers:
                say(f"{backend}, round {number} of {plan.rounds}: {peer.name} {peer.version}")
                _Visit(plan, results, backend, number, peer).run()
        if plan.with_growth:
            _grow(plan, results, backend)


@dataclass
class _Visit:
    """One server in one round."""

    plan: Plan
    results: Results
    backend: str
    number: int
    peer: Peer

    def run(self) -> None:
        wanted = [workload for workload in self.plan.workloads if self.peer.name not in workload.lacking]
        for workload in wanted:
            if measure := workload.on_installation:
                try:
                    values, error = measure(self.peer, self.plan.settings), ""
                except Exception as failure:
                    values, error = {}, _reason(failure)
                self._keep(workload, values, error)
        on_server = [workload for workload in wanted if workload.on_server]
        if not on_server:
            return
        try:
            with running(self.peer, self.backend) as server:
                self._measure(server, on_server)
        except Exception as failure:  # it did not start: nothing of this visit can be measured
            for workload in on_server:
                self._keep(workload, {}, _reason(failure))

    def _measure(self, server: Server, workloads: Sequence[Workload]) -> None:
        bench = Bench(server, self.plan.settings)
        say(f"  answers after {server.cold_start_seconds:.2f} s")
        settled = False
        for workload in workloads:
            assert workload.on_server is not None
            bench.notes, bench.cpu_us_per_request = [], None
            if not settled and not workload.while_starting:
                server.settle()
                settled = True
            try:
                values, error = workload.on_server(bench), ""
            except Exception as failure:
                values, error = {}, _reason(failure)
            self._keep(workload, values, error, bench)

    def _keep(self, workload: Workload, values: Values, error: str, bench: Bench | None = None) -> None:
        entry = Entry(
            self.backend,
            self.number,
            self.peer.name,
            workload.name,
            values,
            error,
            notes=bench.notes if bench else [],
            load_average=round(os.getloadavg()[0], 2),
            cpu_us_per_request=bench.cpu_us_per_request if bench else None,
        )
        self.results.entries.append(entry)
        self.results.save()
        if error:
            say(f"  {workload.name} failed: {error}")
            return
        for measure in workload.measures:
            say(f"  {measure.title:<44} {values[measure.key]:,.{measure.digits}f} {measure.unit}")


def _grow(plan: Plan, results: Results, backend: str) -> None:
    peer = next((peer for peer in plan.peers if peer.name == HEADRACE), None)
    if peer is None:
        return
    say(f"{backend}, growth: {peer.name}")
    try:
        with running(peer, backend) as server:
            for size, values in growth.grow(Bench(server, plan.settings)):
                results.growth.append(Growth(backend, size, values))
                results.save()
                say("  " + ", ".join(f"{measure.key} {values[measure.key]:.3f} ms" for measure in growth.MEASURES))
    except Exception as failure:
        results.entries.append(Entry(backend, 0, peer.name, "growth", {}, _reason(failure)))
        results.save()
        say(f"  failed: {_reason(failure)}")


@contextmanager
def running(peer: Peer, backend: str) -> Iterator[Server]:
    """A server with an empty database, stopped and swept away at the end.

    Raises:
        ServerDidNotStart: it did not answer.
    """
    folder = Path(tempfile.mkdtemp(prefix="headrace-bench-"))
    try:
        with empty_database(backend, folder) as database:
            server = start(peer, database, folder)
            try:
                yield server
            finally:
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.sync()  # the next server starts with a quiet disk
        time.sleep(0.5)


def _reason(failure: Exception) -> str:
    return f"{type(failure).__name__}: {' '.join(str(failure).split())}"[:400]
