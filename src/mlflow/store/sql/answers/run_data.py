"""Fetching the data of many runs at once."""

from __future__ import annotations

from sqlalchemy import select

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
from mlflow.entities.base import NAN
from mlflow.store.sql.answers.inputs import inputs_of, outputs_of
from mlflow.store.sql.statements import Statement, among
from mlflow.store.sql.tables import latest_metrics, params, run_tags, runs
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
_METRICS = Statement(
    select(
        latest_metrics.c.run,
        latest_metrics.c.key,
        latest_metrics.c.value,
        latest_metrics.c.is_nan,
        latest_metrics.c.timestamp,
        latest_metrics.c.step,
    ).where(among(latest_metrics.c.run, "ids"))
)
_PARAMS = Statement(select(params.c.run, params.c.key, params.c.value).where(among(params.c.run, "ids")))
_TAGS = Statement(select(run_tags.c.run, run_tags.c.key, run_tags.c.value).where(among(run_tags.c.run, "ids")))


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
    """Return the runs of some rows of RUN_COLUMNS, in their order: five queries, however many runs."""
    ids = transaction.database.array(row[0] for row in rows)
    metrics: dict[int, list[Metric]] = {}
    params_: dict[int, list[Param]] = {}
    tags: dict[int, list[RunTag]] = {}
    metric_rows = transaction.rows(_METRICS, ids=ids)
    param_rows = transaction.rows(_PARAMS, ids=ids)
    names = transaction.names({row[1] for row in metric_rows} | {row[1] for row in param_rows})
    for run, key, value, is_nan, timestamp, step in metric_rows:
        point = Metric(names[key], NAN if is_nan else value, timestamp, step)
        metrics.setdefault(run, []).append(point)
    for run, key, text in param_rows:
        params_.setdefault(run, []).append(Param(names[key], text))
    for run, name, text in transaction.rows(_TAGS, ids=ids):
        tags.setdefault(run, []).append(RunTag(name, text))
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
