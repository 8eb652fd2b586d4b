"""Answers to Calls on runs as a whole."""

from __future__ import annotations

import uuid

import msgspec
from sqlalchemy import bindparam, func, select, update

from mlflow.api.runs import (
    RUN_NAME_TAG,
    CreateRun,
    DeleteRun,
    GetRun,
    LogBatch,
    LogModel,
    RestoreRun,
    RunInfoReply,
    RunReply,
    RunsPage,
    SearchRuns,
    UpdateRun,
)
from mlflow.entities import LifecycleStage, Run, RunData, RunInfo, RunStatus, RunTag
from mlflow.exceptions import InvalidParameter, RunNotFound
from mlflow.store.sql.answers.experiments import find_active as find_active_experiment
from mlflow.store.sql.answers.experiments import number_of
from mlflow.store.sql.answers.metrics import add_points
from mlflow.store.sql.answers.names import made_up_name
from mlflow.store.sql.answers.params import add_params
from mlflow.store.sql.answers.registry import reads, writes
from mlflow.store.sql.answers.run_data import RUN_INFO, read_info, run_of_id, runs_of_numbers
from mlflow.store.sql.answers.run_state import active_run, hold, why_not_active
from mlflow.store.sql.answers.tags import add_tags, set_tags, tag_value
from mlflow.store.sql.statements import Statement, insert
from mlflow.store.sql.tables import experiments, runs
from mlflow.store.sql.transaction import Transaction, now_ms

_LOGGED_MODELS_TAG = "mlflow.log-model.history"

_NEW = {
    runs.c.run_id: bindparam("run_id", type_=runs.c.run_id.type),
    runs.c.experiment: experiments.c.id,
    runs.c.name: bindparam("name", type_=runs.c.name.type),
    runs.c.user_id: bindparam("user_id", type_=runs.c.user_id.type),
    runs.c.status: bindparam("status", type_=runs.c.status.type),
    runs.c.start_time: bindparam("start_time", type_=runs.c.start_time.type),
    runs.c.artifact_uri: experiments.c.artifact_location + bindparam("folder", type_=runs.c.artifact_uri.type),
}
_ADD = Statement(
    insert(runs)
    .from_select(
        list(_NEW),
        select(*_NEW.values()).where(experiments.c.id == bindparam("experiment"), experiments.c.deleted_time.is_(None)),
        include_defaults=False,
    )
    .returning(runs.c.id, runs.c.artifact_uri)
)
_UPDATE = Statement(
    update(runs)
    .where(runs.c.run_id == bindparam("the_run"), runs.c.deleted_time.is_(None))
    .values(
        name=func.coalesce(bindparam("new_name", type_=runs.c.name.type), runs.c.name),
        status=func.coalesce(bindparam("new_status", type_=runs.c.status.type), runs.c.status),
        end_time=func.coalesce(bindparam("new_end", type_=runs.c.end_time.type), runs.c.end_time),
        version=runs.c.version + 1,
    )
    .returning(RUN_INFO)
)
_SET_DELETED = Statement(
    update(runs)
    .where(runs.c.run_id == bindparam("the_run"))
    .values(deleted_time=bindparam("deleted"), version=runs.c.version + 1)
)


@writes(CreateRun)
def create_run(transaction: Transaction, call: CreateRun) -> RunReply:
    """Add the run and its tags; the name is kept as the tag `mlflow.runName` too."""
    name = call.run_name or made_up_name()
    run_id = uuid.uuid4().hex
    added = transaction.row(
        _ADD,
        run_id=run_id,
        experiment=number_of(call.experiment_id),
        name=name,
        user_id=call.user_id,
        status=RunStatus.RUNNING,
        start_time=call.start_time,
        folder=f"/{run_id}/artifacts",
    )
    if added is None:
        find_active_experiment(transaction, call.experiment_id)  # says why
        raise RuntimeError(f"no run could be added to the experiment {call.experiment_id}")
    number, artifact_uri = added
    tags = dict(sorted(({tag.key: tag.value for tag in call.tags} | {RUN_NAME_TAG: name}).items()))
    add_tags(transaction, number, tags)
    info = RunInfo(
        run_id,
        call.experiment_id,
        call.user_id,
        "RUNNING",
        call.start_time,
        None,
        LifecycleStage.ACTIVE,
        artifact_uri,
        name,
        run_id,
    )
    return RunReply(Run(info, RunData([], [], [RunTag(key, value) for key, value in tags.items()])))


@reads(GetRun, quick=True)
def get_run(transaction: Transaction, call: GetRun) -> RunReply:
    """Get the run with all its data."""
    run = run_of_id(transaction, call.run_id)
    if run is None:
        raise RunNotFound(call.run_id)
    return RunReply(run)


@writes(DeleteRun)
def delete_run(transaction: Transaction, call: DeleteRun) -> None:
    """Mark the run."""
    if not transaction.write(_SET_DELETED, the_run=call.run_id, deleted=now_ms()):
        raise RunNotFound(call.run_id)


@writes(RestoreRun)
def restore_run(transaction: Transaction, call: RestoreRun) -> None:
    """Unmark the run."""
    if not transaction.write(_SET_DELETED, the_run=call.run_id, deleted=None):
        raise RunNotFound(call.run_id)


@writes(UpdateRun)
def update_run(transaction: Transaction, call: UpdateRun) -> RunInfoReply:
    """Change what is given."""
    status = RunStatus.from_string(str(call.status)) if call.status is not None else None
    if call.run_name:  # the tag before the run's row, as those who set the tag do: so nobody waits in a circle
        set_tags(transaction, active_run(transaction, call.run_id), {RUN_NAME_TAG: call.run_name})
    row = transaction.row(
        _UPDATE, the_run=call.run_id, new_name=call.run_name or None, new_status=status, new_end=call.end_time
    )
    if row is None:
        raise why_not_active(transaction, call.run_id)
    return RunInfoReply(read_info(row[0]))


@writes(LogBatch)
def log_batch(transaction: Transaction, call: LogBatch) -> None:
    """Store params first: they are what can be refused."""
    number = active_run(transaction, call.run_id)
    transaction.make_keys([*(param.key for param in call.params), *(metric.key for metric in call.metrics)])
    if call.params:
        add_params(transaction, number, call.run_id, call.params)
    if call.metrics:
        add_points(transaction, number, call.metrics)
    if call.tags:
        set_tags(transaction, number, {tag.key: tag.value for tag in call.tags})


@writes(LogModel)
def log_model(transaction: Transaction, call: LogModel) -> None:
    """Append to the tag that clients before 3.0 keep the list in."""
    number = active_run(transaction, call.run_id)
    model = msgspec.json.decode(call.model_json)
    if model["run_id"] != call.run_id:
        raise InvalidParameter(f"The model's run_id {model['run_id']!r} is not the run's own id {call.run_id!r}.")
    hold(transaction, number)
    history = msgspec.json.decode(tag_value(transaction, number, _LOGGED_MODELS_TAG) or "[]")
    history.append(model)
    set_tags(transaction, number, {_LOGGED_MODELS_TAG: msgspec.json.encode(history).decode()})


@reads(SearchRuns)
def search_runs(transaction: Transaction, call: SearchRuns) -> RunsPage:
    """Filter, order, cut a page, and fetch the data of the runs on it."""
    from mlflow.store.sql.search.runs import page_of_runs

    numbers, token = page_of_runs(transaction, call)
    return RunsPage(runs_of_numbers(transaction, numbers), token)
