"""Calls on metrics."""

from __future__ import annotations

import msgspec
from msgspec import field

from mlflow.api.base import EDIT, READ, Call, rest
from mlflow.api.checks import check_point, check_run_id, fit_metric_value
from mlflow.entities import Metric
from mlflow.exceptions import InvalidParameter

BULK_RUNS_LIMIT = 100
BULK_POINTS_LIMIT = 25_000
INTERVAL_POINTS_LIMIT = 2_500


class MetricsPage(msgspec.Struct, omit_defaults=True):
    metrics: list[Metric] = field(default_factory=list)
    next_page_token: str | None = None


class BulkMetrics(msgspec.Struct):
    metrics: list[Metric]  # sent also when empty: pages that draw charts count them without asking


def _check_runs(parameter: str, run_ids: list[str]) -> None:
    if not 1 <= len(run_ids) <= BULK_RUNS_LIMIT:
        raise InvalidParameter(
            f"Invalid value for parameter '{parameter}': {len(run_ids)} runs are given; "
            f"it must be 1 to {BULK_RUNS_LIMIT}."
        )


@rest("POST", "runs/log-metric", needs=EDIT("run_id"))
class LogMetric(Call[None], kw_only=True):
    """Add one point to the history of a metric.

    Logging the very same point twice changes nothing, so a retry is safe.

    Errors: RESOURCE_DOES_NOT_EXIST no such run; INVALID_PARAMETER_VALUE bad key or value, or the run is deleted.
    """

    run_id: str = ""
    run_uuid: str = ""
    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None

    def check(self) -> None:
        self.run_id = self.run_id or self.run_uuid
        check_run_id(self.run_id)
        check_point(self.key, self.timestamp, self.step)
        self.value = fit_metric_value(self.value)


@rest("GET", "metrics/get-history", needs=READ("run_id"))
class GetMetricHistory(Call[MetricsPage]):
    """Get the points of one metric of one run, ordered by timestamp, step and value; all of them unless limited.

    Errors: RESOURCE_DOES_NOT_EXIST no such run; INVALID_PARAMETER_VALUE bad page size or token.
    """

    run_id: str = ""
    run_uuid: str = ""
    metric_key: str = ""
    page_token: str | None = None
    max_results: int | None = None

    def check(self) -> None:
        self.run_id = self.run_id or self.run_uuid
        check_run_id(self.run_id)
        self.must_have("metric_key")
        if self.max_results is not None and self.max_results <= 0:
            raise InvalidParameter(
                f"Invalid value {self.max_results} for parameter 'max_results': it must be a positive integer."
            )


@rest("GET", "metrics/get-history-bulk", needs=READ("run_id"), ajax_only=True)
class GetMetricHistoryBulk(Call[BulkMetrics]):
    """Get the points of one metric of up to 100 runs, ordered by run, timestamp, step and value; at most 25,000.

    Errors: INVALID_PARAMETER_VALUE no run, too many runs or a bad limit.
    """

    run_id: list[str] = field(default_factory=list)
    metric_key: str = ""
    max_results: int = BULK_POINTS_LIMIT

    def check(self) -> None:
        _check_runs("run_id", self.run_id)
        self.must_have("metric_key")
        if self.max_results <= 0:
            raise InvalidParameter(
                f"Invalid value {self.max_results} for parameter 'max_results': it must be positive."
            )
        self.max_results = min(self.max_results, BULK_POINTS_LIMIT)


@rest("GET", "metrics/get-history-bulk-interval", needs=READ("run_ids"))
class GetMetricHistoryBulkInterval(Call[MetricsPage]):
    """Get a sample of one metric of up to 100 runs between two steps, the first and last step always kept.

    Each run gives about `max_results` points (1..2500), ordered by step, timestamp and value.

    Errors: INVALID_PARAMETER_VALUE no run, too many runs, only one end of the interval, or a bad limit.
    """

    run_ids: list[str] = field(default_factory=list)
    metric_key: str = ""
    start_step: int | None = None
    end_step: int | None = None
    max_results: int = INTERVAL_POINTS_LIMIT

    def check(self) -> None:
        _check_runs("run_ids", self.run_ids)
        self.must_have("metric_key")
        if (self.start_step is None) != (self.end_step is None):
            raise InvalidParameter("'start_step' and 'end_step' go together: give both or neither.")
        if self.start_step is not None and self.end_step is not None and self.start_step > self.end_step:
            raise InvalidParameter(f"'start_step' ({self.start_step}) must not be above 'end_step' ({self.end_step}).")
        if not 1 <= self.max_results <= INTERVAL_POINTS_LIMIT:
            raise InvalidParameter(
                f"Invalid value {self.max_results} for parameter 'max_results': "
                f"it must be 1 to {INTERVAL_POINTS_LIMIT}."
            )
