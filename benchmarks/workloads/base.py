"""What a workload and a measure are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.bench import Bench, Settings
from benchmarks.peers import Peer

Values = dict[str, float]


@dataclass(frozen=True)
class Measure:
    """One number, one row of the table.

    Attributes:
        against_mlflow: how many times better than MLflow we want to be; None when no aim was set.
        against_fasttrackml: the same for FastTrackML.
        at_most: what our number should not be above, whatever others need; None when no aim was set.
    """

    key: str
    title: str
    unit: str
    higher_is_better: bool = True
    against_mlflow: float | None = None
    against_fasttrackml: float | None = None
    at_most: float | None = None
    digits: int = 0


@dataclass(frozen=True)
class Workload:
    """A piece of work that yields one or more measures.

    Exactly one of `on_server` and `on_installation` is set; the latter needs no running server. Work that is not
    `while_starting` begins when the server has finished loading.
    """

    name: str
    measures: tuple[Measure, ...]
    on_server: Callable[[Bench], Values] | None = None
    on_installation: Callable[[Peer, Settings], Values] | None = None
    while_starting: bool = False
    lacking: frozenset[str] = frozenset()
