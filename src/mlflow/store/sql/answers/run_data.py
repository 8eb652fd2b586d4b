"""Fetching the data of many runs at once."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Table, exists, or_, select

from mlflow.entities import (
    LifecycleStage,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunStatus,
    RunTag,
)
from mlflow.store.sql.answers.inputs import inputs_of, outputs_of
from mlflow.store.sql.json_rows import (
    NAN_TEXT,
    json_int,
    json_items,
    json_object,
    json_text,
    mark_nan,
    metric_value,
)
from mlflow.store.sql.statements import Statement, among
from mlflow.store.sql.tables import (
    dataset_inputs,
    keys,
    latest_metrics,
    model_inputs,
    model_outputs,
    params,
    run_tags,
    runs,
)
from mlflow.store.sql.transaction import Row, Transaction

RUN_COLUMNS = (
    runs.c.id,
    runs.c.run_id,
    runs.c.experiment,
    runs.c.name,
    runs.c.user_id,
    runs.c.status,
    runs.c.start_time,
    runs.c.end_time,
    runs.c.deleted_time,
    runs.c.artifact_uri,
)


def _items(table: Table, item: ColumnElement[str], order: ColumnElement[Any]) -> ColumnElement[str]:
    """Return the column with everything a run has in `table`, as one JSON list (NULL for nothing)."""
    return select(json_items(item, order)).where(table.c.run == runs.c.id).scalar_subquery()


def _name_of(table: Table) -> ColumnElement[str]:
    return json_text(select(keys.c.name).where(keys.c.id == table.c.key).scalar_subquery())


DATA_COLUMNS = (
    _items(
        latest_metrics,
        json_object(
            key=_name_of(latest_metrics),
            value=metric_value(latest_metrics),
            timestamp=json_int(latest_metrics.c.timestamp),
            step=json_int(latest_metrics.c.step),
        ),
        latest_metrics.c.key,
    ),
    _items(params, json_object(key=_name_of(params), value=json_text(params.c.value)), params.c.key),
    _items(run_tags, json_object(key=json_text(run_tags.c.key), value=json_text(run_tags.c.value)), run_tags.c.key),
    # Most runs have none of these three: a look tells whether to ask for them.
    or_(*(exists().where(table.c.run == runs.c.id) for table in (dataset_inputs, model_inputs, model_outputs))),
)
_DATA = Statement(select(runs.c.id, *DATA_COLUMNS).where(among(runs.c.id, "ids")))
_read_metrics = msgspec.json.Decoder(list[Metric], strict=False).decode
_read_params = msgspec.json.Decoder(list[Param]).decode
_read_tags = msgspec.json.Decoder(list[RunTag]).decode


def run_info(row: Row) -> RunInfo:
    """Return the info of a row of RUN_COLUMNS."""
    _, run_id, experiment, name, user_id, status, start, end, deleted, artifact_uri = row
    return RunInfo(
        run_id,
        str(experiment),
        user_id,
        RunStatus.to_string(status),
        start,
        end,
        LifecycleStage.ACTIVE if deleted is None else LifecycleStage.DELETED,
        artifact_uri,
        name,
        run_id,
    )


def _run_data(row: Row) -> RunData:
    """Return the data of a row of DATA_COLUMNS."""
    metrics, params_, tags, _ = row
    points = _read_metrics(metrics) if metrics else []
    if metrics and NAN_TEXT in metrics:
        mark_nan(points)
    return RunData(points, _read_params(params_) if params_ else [], _read_tags(tags) if tags else [])


def whole_run(transaction: Transaction, row: Row) -> Run:
    """Return the run of a row of RUN_COLUMNS and DATA_COLUMNS."""
    info, data = row[: len(RUN_COLUMNS)], row[len(RUN_COLUMNS) :]
    run = Run(run_info(info), _run_data(data), RunInputs(), RunOutputs())
    if data[-1]:
        _add_inputs_and_outputs(transaction, {info[0]: run})
    return run


def whole_runs(transaction: Transaction, rows: list[Row]) -> list[Run]:
    """Return the runs of some rows of RUN_COLUMNS, in their order: one query, however many runs."""
    if not rows:
        return []
    found = {row[0]: row[1:] for row in transaction.rows(_DATA, ids=transaction.database.array(row[0] for row in rows))}
    runs_ = [Run(run_info(row), _run_data(found[row[0]]), RunInputs(), RunOutputs()) for row in rows]
    having = {row[0]: run for row, run in zip(rows, runs_, strict=True) if found[row[0]][-1]}
    if having:
        _add_inputs_and_outputs(transaction, having)
    return runs_


def _add_inputs_and_outputs(transaction: Transaction, runs_: dict[int, Run]) -> None:
    ids = transaction.database.array(runs_)
    for number, inputs in inputs_of(transaction, ids).items():
        runs_[number].inputs = inputs
    for number, outputs in outputs_of(transaction, ids).items():
        runs_[number].outputs = outputs
