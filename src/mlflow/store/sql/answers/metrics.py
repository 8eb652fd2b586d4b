"""Answers to Calls on metrics."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Text, and_, bindparam, func, or_, select, tuple_

from mlflow.api.metrics import (
    BulkMetrics,
    GetMetricHistory,
    GetMetricHistoryBulk,
    GetMetricHistoryBulkInterval,
    LogMetric,
    MetricsPage,
)
from mlflow.entities import Metric
from mlflow.exceptions import InvalidParameter, RunNotFound
from mlflow.store.sql.answers.registry import reads, writes, writes_together
from mlflow.store.sql.answers.run_state import active_run, active_runs, why_not_active
from mlflow.store.sql.answers.sampling import sampled
from mlflow.store.sql.json_rows import (
    NAN_TEXT,
    as_one_text,
    json_int,
    json_object,
    json_text,
    mark_nan,
    metric_value,
)
from mlflow.store.sql.statements import Statement, among, insert
from mlflow.store.sql.tables import latest_metrics, metrics, runs
from mlflow.store.sql.transaction import Row, Transaction

_ADD = Statement(
    insert(metrics)
    .values(
        run=bindparam("run"),
        key=bindparam("key"),
        step=bindparam("step"),
        timestamp=bindparam("timestamp"),
        value=bindparam("value"),
        is_nan=bindparam("is_nan"),
    )
    .on_conflict_do_nothing()
)
_latest = insert(latest_metrics).values(
    run=bindparam("run"),
    key=bindparam("key"),
    value=bindparam("value"),
    is_nan=bindparam("is_nan"),
    step=bindparam("step"),
    timestamp=bindparam("timestamp"),
)
# The latest value is the largest (step, timestamp, value), whenever it was logged; NaN counts as 0 (as in MLflow).
_newer = _latest.excluded
_SET_LATEST = Statement(
    _latest.on_conflict_do_update(
        index_elements=["run", "key"],
        set_={"value": _newer.value, "is_nan": _newer.is_nan, "step": _newer.step, "timestamp": _newer.timestamp},
        where=or_(
            _newer.step > latest_metrics.c.step,
            and_(_newer.step == latest_metrics.c.step, _newer.timestamp > latest_metrics.c.timestamp),
            and_(
                _newer.step == latest_metrics.c.step,
                _newer.timestamp == latest_metrics.c.timestamp,
                _newer.value > latest_metrics.c.value,
            ),
        ),
    )
)
_POINT = (metrics.c.timestamp, metrics.c.step, metrics.c.value, metrics.c.is_nan)
_as_json = select(
    json_object(
        key=json_text(bindparam("name", type_=Text())),
        value=metric_value(metrics),
        timestamp=json_int(metrics.c.timestamp),
        step=json_int(metrics.c.step),
    )
).where(metrics.c.run == bindparam("run"), metrics.c.key == bindparam("key"))
_HISTORY = Statement(as_one_text(_as_json.order_by(*_POINT)))
_HISTORY_START = Statement(as_one_text(_as_json.order_by(*_POINT).limit(bindparam("count"))))
_HISTORY_PAGE = Statement(
    as_one_text(
        _as_json.where(tuple_(*_POINT) > tuple_(bindparam("p1"), bindparam("p2"), bindparam("p3"), bindparam("p4")))
        .order_by(*_POINT)
        .limit(bindparam("count"))
    )
)
_HISTORY_BETWEEN = Statement(
    as_one_text(
        _as_json.where(metrics.c.step.between(bindparam("first"), bindparam("last"))).order_by(
            metrics.c.step, metrics.c.timestamp, metrics.c.value
        )
    )
)
_KEY = itemgetter(1)
_read_points = msgspec.json.Decoder(list[Metric], strict=False).decode
_STEPS = Statement(
    select(func.min(metrics.c.step), func.max(metrics.c.step)).where(
        among(metrics.c.run, "runs"), metrics.c.key == bindparam("key")
    )
)
_RUN_NUMBERS = Statement(select(runs.c.run_id, runs.c.id).where(among(runs.c.run_id, "run_ids", text=True)))


def add_points(transaction: Transaction, run: int, points: Sequence[Metric]) -> None:
    """Add points to a run's histories; those that are there already change nothing."""
    key_of = transaction.key
    _add_rows(
        transaction,
        [
            (run, key_of(point.key), point.step, point.timestamp, value, 0)
            if (value := point.value) == value
            else (run, key_of(point.key), point.step, point.timestamp, 0.0, 1)
            for point in points
        ],
    )


def _row(run: int, key: int, point: LogMetric) -> Row:
    value = point.value
    if value != value:
        return (run, key, point.step, point.timestamp, 0.0, 1)
    return (run, key, point.step, point.timestamp, value, 0)


def _add_rows(transaction: Transaction, rows: list[Row]) -> None:
    # In the order of the table, which is quicker, and the same for everybody, so that writers cannot lock each other.
    rows.sort(key=_KEY)  # most come in order of their steps, and what is in order already is sorted at once
    rows.sort()
    transaction.write_many(_ADD, rows)
    # Sorted by step, time and value, the last row of a metric is its latest.
    latest = {row[:2]: row for row in rows}
    transaction.write_many(
        _SET_LATEST, [(run, key, value, is_nan, step, time) for run, key, step, time, value, is_nan in latest.values()]
    )


@writes(LogMetric)
def log_metric(transaction: Transaction, call: LogMetric) -> None:
    """Add the one point."""
    run = active_run(transaction, call.run_id)
    _add_rows(transaction, [_row(run, transaction.key(call.key), call)])


@writes_together(LogMetric)
def log_metrics(transaction: Transaction, calls: Sequence[LogMetric]) -> list[Exception | None]:
    """Add the points of many Calls: three statements instead of three for each."""
    runs_ = active_runs(transaction, {call.run_id for call in calls})
    rows: list[Row] = []
    failed: list[Exception | None] = []
    for call in calls:
        run = runs_.get(call.run_id)
        if run is None:
            failed.append(why_not_active(transaction, call.run_id))
        else:
            failed.append(None)
            rows.append(_row(run, transaction.key(call.key), call))
    _add_rows(transaction, rows)
    return failed


def _numbers(transaction: Transaction, run_ids: list[str]) -> dict[str, int]:
    return dict(transaction.rows(_RUN_NUMBERS, run_ids=transaction.database.array(run_ids)))


def _points(transaction: Transaction, statement: Statement, name: str, **parameters: Any) -> list[Metric]:
    text = transaction.text(statement, name=name, **parameters)
    points = _read_points(text)
    if NAN_TEXT in text:
        mark_nan(points)
    return points


@reads(GetMetricHistory)
def get_metric_history(transaction: Transaction, call: GetMetricHistory) -> MetricsPage:
    """Read one history, or a page of it that starts behind the last point of the page before."""
    run = _numbers(transaction, [call.run_id]).get(call.run_id)
    if run is None:
        raise RunNotFound(call.run_id)
    after = _read_token(call.page_token) if call.page_token else None
    key = transaction.known_key(call.metric_key)
    if key is None:
        return MetricsPage()
    where: dict[str, Any] = {"name": call.metric_key, "run": run, "key": key}
    if call.max_results is None and after is None:
        if transaction.wire:  # what the database made is what travels
            text = transaction.text(_HISTORY, **where)
            return MetricsPage() if text == "[]" else MetricsPage(msgspec.Raw(text.encode()))  # type: ignore[arg-type]
        return MetricsPage(_points(transaction, _HISTORY, **where))
    count = min(call.max_results or 2**31, 2**31)
    if after is None:
        points = _points(transaction, _HISTORY_START, **where, count=count + 1)
    else:
        place: dict[str, Any] = {"p1": after[0], "p2": after[1], "p3": after[2], "p4": after[3]}
        points = _points(transaction, _HISTORY_PAGE, **where, **place, count=count + 1)
    if len(points) <= count:
        return MetricsPage(points)
    return MetricsPage(points[:count], _token(points[count - 1]))


def _token(last: Metric) -> str:
    is_nan = math.isnan(last.value)
    place = [last.timestamp, last.step, 0.0 if is_nan else last.value, int(is_nan)]
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()


def _read_token(token: str) -> tuple[int, int, float, int]:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(token), type=tuple[int, int, float, int])
    except (ValueError, msgspec.MsgspecError) as error:
        raise InvalidParameter("Invalid page token: send the next_page_token of the page before, unchanged.") from error


def _of_run(points: Sequence[Metric], run_id: str) -> Sequence[Metric]:
    for point in points:
        point.run_id = run_id
    return points


@reads(GetMetricHistoryBulk)
def get_metric_history_bulk(transaction: Transaction, call: GetMetricHistoryBulk) -> BulkMetrics:
    """Read the histories one run after the other until the limit is reached."""
    numbers = _numbers(transaction, call.run_id)
    key = transaction.known_key(call.metric_key)
    found: list[Metric] = []
    for run_id in sorted(set(call.run_id) & set(numbers)):
        left = call.max_results - len(found)
        if key is None or left <= 0:
            break
        points = _points(transaction, _HISTORY_START, call.metric_key, run=numbers[run_id], key=key, count=left)
        found += _of_run(points, run_id)
    return BulkMetrics(found)


@reads(GetMetricHistoryBulkInterval)
def get_metric_history_bulk_interval(transaction: Transaction, call: GetMetricHistoryBulkInterval) -> MetricsPage:
    """Read each history between the two steps and thin it out."""
    numbers = _numbers(transaction, call.run_ids)
    key = transaction.known_key(call.metric_key)
    if key is None or not numbers:
        return MetricsPage()
    first, last = call.start_step, call.end_step
    if first is None or last is None:
        first, last = transaction.rows(_STEPS, runs=transaction.database.array(numbers.values()), key=key)[0]
        if first is None or last is None:
            return MetricsPage()
    found: list[Metric] = []
    for run_id in sorted(set(call.run_ids) & set(numbers)):
        where: dict[str, Any] = {"run": numbers[run_id], "key": key, "first": first, "last": last}
        points = _points(transaction, _HISTORY_BETWEEN, call.metric_key, **where)
        found += _of_run(sampled(points, call.max_results), run_id)
    return MetricsPage(found)
