"""What was measured, kept on disk after every measure so that a run that is cut short is not lost."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.workloads.base import Measure


@dataclass(frozen=True)
class Entry:
    """One workload on one server in one round: its values, or why there are none.

    `load_average` is the machine's over the last minute, to tell a disturbed round from a quiet one.
    """

    backend: str
    round: int
    peer: str
    workload: str
    values: dict[str, float]
    error: str = ""
    notes: list[str] = field(default_factory=list)
    load_average: float = 0.0
    cpu_us_per_request: float | None = None


@dataclass(frozen=True)
class Growth:
    """Headrace at one size of its database: milliseconds per request, by measure."""

    backend: str
    runs: int
    values: dict[str, float]


@dataclass
class Results:
    """Everything one run of the benchmark found out. `versions` is by peer; a peer that is missing says why."""

    path: Path
    command: str
    quick: bool
    started: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"))
    machine: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)
    total_time: str = ""

    def save(self) -> None:
        """Write it all, whole or not at all."""
        document = {**asdict(self), "path": str(self.path.name)}
        unfinished = self.path.with_suffix(".json.part")
        unfinished.write_text(json.dumps(document, indent=1) + "\n")
        unfinished.replace(self.path)

    @classmethod
    def load(cls, path: Path) -> Results:
        """Read what `save` wrote."""
        document: dict[str, Any] = json.loads(path.read_text())
        document["path"] = path
        document["entries"] = [Entry(**entry) for entry in document["entries"]]
        document["growth"] = [Growth(**entry) for entry in document["growth"]]
        return cls(**document)

    def values(self, backend: str, peer: str, key: str) -> dict[int, float]:
        """What a measure gave, by round."""
        return {
            entry.round: entry.values[key]
            for entry in self.entries
            if entry.backend == backend and entry.peer == peer and key in entry.values
        }

    def median(self, backend: str, peer: str, key: str) -> float | None:
        """The median over the rounds, None when nothing was measured."""
        values = self.values(backend, peer, key)
        return statistics.median(values.values()) if values else None

    def ratio(self, backend: str, measure: Measure, ours: str, theirs: str) -> float | None:
        """How many times better `ours` is than `theirs`: the median of the ratios of each round that has both."""
        mine, other = self.values(backend, ours, measure.key), self.values(backend, theirs, measure.key)
        pairs = [(mine[number], other[number]) for number in mine.keys() & other.keys()]
        better = [a / b if measure.higher_is_better else b / a for a, b in pairs if a and b]
        return statistics.median(better) if better else None

    def cpu(self, backend: str, peer: str, workload: str) -> float | None:
        """Processor time of the server per request of a workload, in microseconds; the median over the rounds."""
        costs = [
            entry.cpu_us_per_request
            for entry in self.entries
            if (entry.backend, entry.peer, entry.workload) == (backend, peer, workload)
            and entry.cpu_us_per_request is not None
        ]
        return statistics.median(costs) if costs else None

    def failures(self, backend: str) -> Iterator[Entry]:
        """The entries that have no values because something went wrong."""
        return (entry for entry in self.entries if entry.backend == backend and entry.error)


def machine(work_folder: Path) -> dict[str, str]:
    """What the numbers depend on, as far as Linux tells."""
    memory_kb = int(_after("/proc/meminfo", "MemTotal").split()[0])
    return {
        "Processor": _after("/proc/cpuinfo", "model name"),
        "Cores": str(len(os.sched_getaffinity(0))),
        "Memory": f"{memory_kb / 1e6:.0f} GB",
        "System": f"{platform.system()} {platform.release()}, data on {_filesystem(work_folder)}",
        "Python": platform.python_version(),
    }


def _after(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "0 unknown"


def _filesystem(folder: Path) -> str:
    """The type of the filesystem a folder is on; a database in memory would be another benchmark."""
    best, kind = "", "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, point, this = line.split()[:3]
        if folder.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, this
    return kind
