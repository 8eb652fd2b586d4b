"""Cutting what is to be logged into calls that fit the limits of one log-batch call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TypeVar

from mlflow.api.checks import BATCH_METRICS_LIMIT, BATCH_PARAMS_LIMIT, BATCH_TAGS_LIMIT, BATCH_TOTAL_LIMIT
from mlflow.api.runs import LogBatch
from mlflow.entities import Metric, Param, RunTag

T = TypeVar("T")


def batches(
    run_id: str, metrics: Sequence[Metric] = (), params: Sequence[Param] = (), tags: Sequence[RunTag] = ()
) -> Iterator[LogBatch]:
    """Yield as few LogBatch calls as hold everything, in order; params and tags before the bulk of the metrics."""
    if len(metrics) + len(params) + len(tags) <= BATCH_PARAMS_LIMIT:  # the common case: nothing to cut
        yield LogBatch(run_id=run_id, metrics=list(metrics), params=list(params), tags=list(tags))
        return
    few = zip_longest(_pieces(params, BATCH_PARAMS_LIMIT), _pieces(tags, BATCH_TAGS_LIMIT), fillvalue=())
    start = 0
    for some_params, some_tags in few:
        room = min(BATCH_METRICS_LIMIT, BATCH_TOTAL_LIMIT - len(some_params) - len(some_tags))
        some_metrics = metrics[start : start + room]
        start += len(some_metrics)
        yield LogBatch(run_id=run_id, metrics=list(some_metrics), params=list(some_params), tags=list(some_tags))
    for some_metrics in _pieces(metrics[start:], BATCH_METRICS_LIMIT):
        yield LogBatch(run_id=run_id, metrics=list(some_metrics))


def _pieces(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
