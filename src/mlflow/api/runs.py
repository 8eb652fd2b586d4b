"""Calls on runs as a whole."""

from __future__ import annotations

import msgspec
from msgspec import field

from mlflow.api.base import EDIT, READ, Call, rest
from mlflow.api.checks import (
    INT64_MAX,
    INT64_MIN,
    LARGEST_FLOAT,
    SEARCH_LIMIT,
    TAG_VALUE_LIMIT,
    check_batch,
    check_key,
    check_max_results,
    check_point,
    check_run_id,
    check_time,
    fit_metric_value,
    fit_value,
    key_fault,
    status_name,
    view_number,
)
from mlflow.api.params import fit_param
from mlflow.entities import Metric, Param, Run, RunInfo, RunTag, ViewType
from mlflow.exceptions import InvalidParameter

RUN_NAME_TAG = "mlflow.runName"


class RunReply(msgspec.Struct):
    run: Run


class RunInfoReply(msgspec.Struct):
    run_info: RunInfo


class RunsPage(msgspec.Struct, omit_defaults=True):
    runs: list[Run] = field(default_factory=list)
    next_page_token: str | None = None


class RunCall(Call[None]):
    """A Call on one run; `run_uuid` is the old name of `run_id`."""

    run_id: str = ""
    run_uuid: str = ""

    def check(self) -> None:
        self.run_id = self.run_id or self.run_uuid
        self.run_uuid = ""
        check_run_id(self.run_id)


@rest("POST", "runs/create", needs=EDIT("experiment_id"), once=True)
class CreateRun(Call[RunReply]):
    """Start a run. Without a name it gets a made-up one; `run_name` and the tag `mlflow.runName` are the same thing.

    Errors: RESOURCE_DOES_NOT_EXIST no such experiment; INVALID_PARAMETER_VALUE it is deleted, or two different names.
    """

    experiment_id: str = ""
    user_id: str = ""
    run_name: str = ""
    start_time: int = 0
    tags: list[RunTag] = field(default_factory=list)

    def check(self) -> None:
        self.must_have("experiment_id")
        check_time("start_time", self.start_time)
        for tag in self.tags:
            if tag.key == "" or len(tag.key) > 250:
                check_key("tag", tag.key)
            tag.value = fit_value("tag", tag.key, tag.value, TAG_VALUE_LIMIT)
            if tag.key == RUN_NAME_TAG:
                if self.run_name and tag.value and tag.value != self.run_name:
                    raise InvalidParameter(
                        f"Both 'run_name' ({self.run_name!r}) and the tag {RUN_NAME_TAG!r} ({tag.value!r}) are given "
                        "and differ. Give one of them."
                    )
                self.run_name = self.run_name or tag.value


@rest("GET", "runs/get", needs=READ("run_id"))
class GetRun(Call[RunReply]):
    """Get a run with its latest metrics, params, tags, inputs and outputs, deleted or not.

    Errors: RESOURCE_DOES_NOT_EXIST.
    """

    run_id: str = ""
    run_uuid: str = ""

    def check(self) -> None:
        self.run_id = self.run_id or self.run_uuid
        check_run_id(self.run_id)


@rest("POST", "runs/delete", needs=EDIT("run_id"))
class DeleteRun(RunCall):
    """Move a run to the bin; doing it twice is fine.

    Errors: RESOURCE_DOES_NOT_EXIST.
    """


@rest("POST", "runs/restore", needs=EDIT("run_id"))
class RestoreRun(RunCall):
    """Bring a deleted run back; doing it twice is fine.

    Errors: RESOURCE_DOES_NOT_EXIST.
    """


@rest("POST", "runs/update", needs=EDIT("run_id"))
class UpdateRun(Call[RunInfoReply]):
    """Change a run's status, end time or name; what is left out stays.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE the run is deleted, or no such status.
    """

    run_id: str = ""
    run_uuid: str = ""
    status: str | int | None = None
    end_time: int | None = None
    run_name: str | None = None

    def check(self) -> None:
        self.run_id = self.run_id or self.run_uuid
        check_run_id(self.run_id)
        check_time("end_time", self.end_time)
        if self.status is not None:
            self.status = status_name(self.status)


@rest("POST", "runs/search", needs=READ())
class SearchRuns(Call[RunsPage]):
    """List the runs that match a filter, last started first unless ordered otherwise.

    Errors: INVALID_PARAMETER_VALUE bad filter, order, page size or token.
    """

    experiment_ids: list[str] = field(default_factory=list)
    filter: str | None = None
    run_view_type: str | int = ViewType.ACTIVE_ONLY
    max_results: int = 1000
    order_by: list[str] = field(default_factory=list)
    page_token: str | None = None

    def check(self) -> None:
        check_max_results(self.max_results, SEARCH_LIMIT)
        self.run_view_type = view_number("run_view_type", self.run_view_type)


@rest("POST", "runs/log-batch", needs=EDIT("run_id"))
class LogBatch(Call[None]):
    """Log metrics, params and tags of one run in one go: all of it is stored or nothing.

    At most 1000 metrics, 100 params, 100 tags, and 1000 of all together.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE a param already has another value, or the run is deleted.
    """

    run_id: str
    metrics: list[Metric] = field(default_factory=list)
    params: list[Param] = field(default_factory=list)
    tags: list[RunTag] = field(default_factory=list)

    def check(self) -> None:
        check_run_id(self.run_id)
        check_batch(self.metrics, self.params, len(self.tags))
        for metric in self.metrics:
            if key_fault(metric.key) or not (
                0 <= metric.timestamp <= INT64_MAX and INT64_MIN <= metric.step <= INT64_MAX
            ):
                check_point(metric.key, metric.timestamp, metric.step)  # says what is wrong
            if not -LARGEST_FLOAT <= metric.value <= LARGEST_FLOAT:
                metric.value = fit_metric_value(metric.value)
        for param in self.params:
            param.value = fit_param(param.key, param.value)
        for tag in self.tags:
            check_key("tag", tag.key)
            tag.value = fit_value("tag", tag.key, tag.value, TAG_VALUE_LIMIT)


@rest("POST", "runs/log-model", needs=EDIT("run_id"))
class LogModel(Call[None]):
    """Note on a run that a model was logged (the way of clients before 3.0).

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE the text is no MLmodel JSON, or the run is deleted.
    """

    run_id: str
    model_json: str = ""

    def check(self) -> None:
        check_run_id(self.run_id)
        try:
            model = msgspec.json.decode(self.model_json)
        except (msgspec.DecodeError, RecursionError) as error:
            raise InvalidParameter(f"Invalid value for parameter 'model_json': it is not JSON: {error}.") from error
        if not isinstance(model, dict):
            raise InvalidParameter("Invalid value for parameter 'model_json': it must be a JSON object.")
        missing = [name for name in ("artifact_path", "flavors", "utc_time_created", "run_id") if name not in model]
        if missing:
            raise InvalidParameter(f"Invalid value for parameter 'model_json': it lacks {', '.join(missing)}.")
