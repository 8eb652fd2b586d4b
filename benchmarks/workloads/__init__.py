"""What is measured: one module for each kind of work, and the list of them all."""

from __future__ import annotations

from benchmarks.workloads import artifacts, logging, prompts, reading, startup
from benchmarks.workloads.base import Measure, Workload

WORKLOADS: tuple[Workload, ...] = (
    *startup.WORKLOADS,
    *logging.WORKLOADS,
    *reading.WORKLOADS,
    *prompts.WORKLOADS,
    *artifacts.WORKLOADS,
)
MEASURES: tuple[Measure, ...] = tuple(measure for workload in WORKLOADS for measure in workload.measures)
