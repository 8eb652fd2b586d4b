"""Fetching runs with everything they have, as JSON that the database builds and msgspec decodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Table, bindparam, case, exists, func, or_, select

from mlflow.entities import LifecycleStage, Run, RunInfo, RunStatus
from mlflow.entities.base import encoder
from mlflow.store.sql.answers.inputs import inputs_of, outputs_of
from mlflow.store.sql.json_rows import (
    NAN_TEXT,
    as_one_text,
    joined,
    json_array,
    json_int,
    json_items,
    json_object,
    json_or,
    json_text,
    literal,
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
from mlflow.store.sql.transaction import Transaction


def _items(table: Table, item: ColumnElement[str], order: ColumnElement[Any]) -> ColumnElement[str]:
    """Return everything a run has in `table`, as a JSON list."""
    return json_or("[]", select(json_items(item, order)).where(table.c.run == runs.c.id).scalar_subquery())


def _name_of(table: Table) -> ColumnElement[str]:
    return json_text(select(keys.c.name).where(keys.c.id == table.c.key).scalar_subquery())


_STATUS = case(
    *((runs.c.status == number, literal(f'"{RunStatus.to_string(number)}"')) for number in RunStatus.all_status())
)
RUN_INFO = json_object(
    run_id=json_text(runs.c.run_id),
    experiment_id=joined(literal('"'), json_int(runs.c.experiment), literal('"')),
    user_id=json_text(runs.c.user_id),
    status=_STATUS,
    start_time=json_int(runs.c.start_time),
    lifecycle_stage=case(
        # Not IS NULL: after RETURNING, SQLite 3.40 takes it for false whatever the value.
        (func.coalesce(runs.c.deleted_time, 0) == 0, literal(f'"{LifecycleStage.ACTIVE}"')),
        else_=literal(f'"{LifecycleStage.DELETED}"'),
    ),
    artifact_uri=json_text(runs.c.artifact_uri),
    run_name=json_text(runs.c.name),
    end_time=json_or("null", json_int(runs.c.end_time)),
)
_DATA = json_object(
    metrics=_items(
        latest_metrics,
        json_object(
            key=_name_of(latest_metrics),
            value=metric_value(latest_metrics),
            timestamp=json_int(latest_metrics.c.timestamp),
            step=json_int(latest_metrics.c.step),
        ),
        latest_metrics.c.key,
    ),
    params=_items(params, json_object(key=_name_of(params), value=json_text(params.c.value)), params.c.key),
    tags=_items(
        run_tags, json_object(key=json_text(run_tags.c.key), value=json_text(run_tags.c.value)), run_tags.c.key
    ),
)
# Most runs have no inputs and outputs: one look tells whether to ask for them.
_USES = or_(*(exists().where(table.c.run == runs.c.id) for table in (dataset_inputs, model_inputs, model_outputs)))
_RUN = json_object(info=RUN_INFO, data=_DATA)
_WHOLE = json_array(json_int(runs.c.id), _RUN, case((_USES, literal("true")), else_=literal("false")))
_BY_NUMBER = Statement(as_one_text(select(_WHOLE).where(among(runs.c.id, "numbers"))))
_VERSIONS = Statement(
    as_one_text(select(json_array(json_int(runs.c.id), json_int(runs.c.version))).where(among(runs.c.id, "numbers")))
)
_PLACE_OF_ID = Statement(select(runs.c.id, runs.c.version).where(runs.c.run_id == bindparam("run_id")))

_read_versions = msgspec.json.Decoder(list[tuple[int, int]]).decode
_read_wholes = msgspec.json.Decoder(list[tuple[int, Run, bool]], strict=False).decode
read_info = msgspec.json.Decoder(RunInfo).decode


def run_of_id(transaction: Transaction, run_id: str) -> Run | None:
    """Return a run with everything it has, or None; as JSON where the transaction's reply is for the wire."""
    place = transaction.row(_PLACE_OF_ID, run_id=run_id)
    return _runs(transaction, {place[0]: place[1]})[0] if place else None


def runs_of_numbers(transaction: Transaction, numbers: Sequence[int]) -> list[Run]:
    """Return the runs with these numbers, in their order: two queries, however many runs."""
    if not numbers:
        return []
    versions = dict(_read_versions(transaction.text(_VERSIONS, numbers=transaction.database.array(numbers))))
    return _runs(transaction, {number: versions[number] for number in numbers})


def _runs(transaction: Transaction, versions: dict[int, int]) -> list[Run]:
    """Return the runs with these numbers, at these versions, in this order."""
    kept = transaction.run_texts if transaction.wire else None
    if kept is None:
        read = _read(transaction, list(versions))
        return [read[number] for number in versions]
    texts = kept.get(versions)
    if missing := [number for number in versions if number not in texts]:
        new = {number: encoder.encode(run) for number, run in _read(transaction, missing).items()}
        kept.put(versions, new)
        texts |= new
    return [msgspec.Raw(texts[number]) for number in versions]  # type: ignore[misc]  # on the wire they are the same


def _read(transaction: Transaction, numbers: Sequence[int]) -> dict[int, Run]:
    """Return runs by number, with their inputs and outputs."""
    text = transaction.text(_BY_NUMBER, numbers=transaction.database.array(numbers))
    found: dict[int, Run] = {}
    using: list[int] = []
    for number, run, uses in _read_wholes(text):
        found[number] = run
        if uses:
            using.append(number)
    if NAN_TEXT in text:
        for run in found.values():
            mark_nan(run.data._metrics)
    if using:
        of = transaction.database.array(using)
        for number, inputs in inputs_of(transaction, of).items():
            found[number].inputs = inputs
        for number, outputs in outputs_of(transaction, of).items():
            found[number].outputs = outputs
    return found
