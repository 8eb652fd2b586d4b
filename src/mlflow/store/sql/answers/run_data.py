"""Fetching the data of many runs at once."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Table, select

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
    as_one_text,
    json_array,
    json_items,
    json_number,
    json_object,
    json_text,
    mark_nan,
    metric_value,
)
from mlflow.store.sql.statements import Statement, among
from mlflow.store.sql.tables import keys, latest_metrics, params, run_tags, runs
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
_NAME = select(keys.c.name)


def _per_run(table: Table, item: ColumnElement[str], order: ColumnElement[Any]) -> Statement:
    """Return the query of `[[run, [item, ...]], ...]` for some runs, as one JSON text."""
    rows = select(json_array(json_number(table.c.run), json_items(item, order)))
    return Statement(as_one_text(rows.where(among(table.c.run, "ids")).group_by(table.c.run)))


_METRICS = _per_run(
    latest_metrics,
    json_object(
        key=json_text(_NAME.where(keys.c.id == latest_metrics.c.key).scalar_subquery()),
        value=metric_value(latest_metrics),
        timestamp=json_number(latest_metrics.c.timestamp),
        step=json_number(latest_metrics.c.step),
    ),
    latest_metrics.c.key,
)
_PARAMS = _per_run(
    params,
    json_object(
        key=json_text(_NAME.where(keys.c.id == params.c.key).scalar_subquery()), value=json_text(params.c.value)
    ),
    params.c.key,
)
_TAGS = _per_run(
    run_tags, json_object(key=json_text(run_tags.c.key), value=json_text(run_tags.c.value)), run_tags.c.key
)
_read_metrics = msgspec.json.Decoder(list[tuple[int, list[Metric]]], strict=False).decode
_read_params = msgspec.json.Decoder(list[tuple[int, list[Param]]]).decode
_read_tags = msgspec.json.Decoder(list[tuple[int, list[RunTag]]]).decode


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


def whole_runs(transaction: Transaction, rows: list[Row]) -> list[Run]:
    """Return the runs of some rows of RUN_COLUMNS, in their order: six queries, however many runs."""
    if not rows:
        return []
    ids = transaction.database.array(row[0] for row in rows)
    text = transaction.text(_METRICS, ids=ids)
    metrics = dict(_read_metrics(text))
    if NAN_TEXT in text:
        for points in metrics.values():
            mark_nan(points)
    params_ = dict(_read_params(transaction.text(_PARAMS, ids=ids)))
    tags = dict(_read_tags(transaction.text(_TAGS, ids=ids)))
    inputs, outputs = inputs_of(transaction, ids), outputs_of(transaction, ids)
    return [
        Run(
            run_info(row),
            RunData(metrics.get(row[0], []), params_.get(row[0], []), tags.get(row[0], [])),
            inputs.get(row[0]) or RunInputs(),
            outputs.get(row[0]) or RunOutputs(),
        )
        for row in rows
    ]
