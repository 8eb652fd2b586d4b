"""Answers to Calls on experiments."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import bindparam, delete, null, select, update

from mlflow.api.experiments import (
    CreateExperiment,
    DeleteExperiment,
    DeleteExperimentTag,
    ExperimentIdReply,
    ExperimentReply,
    ExperimentsPage,
    GetExperiment,
    GetExperimentByName,
    RestoreExperiment,
    SearchExperiments,
    SetExperimentTag,
    UpdateExperiment,
)
from mlflow.entities import Experiment, ExperimentTag, LifecycleStage
from mlflow.exceptions import AlreadyExists, ExperimentNotFound, InvalidParameter, NotFound
from mlflow.store.sql.answers.registry import reads, writes
from mlflow.store.sql.statements import Statement, among, insert
from mlflow.store.sql.tables import experiment_tags, experiments, runs
from mlflow.store.sql.transaction import Row, Transaction, now_ms

_COLUMNS = select(
    experiments.c.id,
    experiments.c.name,
    experiments.c.artifact_location,
    experiments.c.deleted_time,
    experiments.c.creation_time,
    experiments.c.last_update_time,
)
_BY_ID = Statement(_COLUMNS.where(experiments.c.id == bindparam("id")))
_BY_NAME = Statement(_COLUMNS.where(experiments.c.name == bindparam("name")))
_ADD = Statement(
    insert(experiments)
    .values(
        name=bindparam("name"),
        artifact_location=bindparam("artifact_location"),
        creation_time=bindparam("now"),
        last_update_time=bindparam("now"),
    )
    .on_conflict_do_nothing(index_elements=["name"])
    .returning(experiments.c.id)
)
_SET_LOCATION = Statement(
    update(experiments).where(experiments.c.id == bindparam("the_id")).values(artifact_location=bindparam("location"))
)
_RENAME = Statement(
    update(experiments)
    .where(experiments.c.id == bindparam("the_id"))
    .values(name=bindparam("new_name"), last_update_time=bindparam("now"))
)
_SET_DELETED = Statement(
    update(experiments)
    .where(experiments.c.id == bindparam("the_id"))
    .values(deleted_time=bindparam("deleted"), last_update_time=bindparam("now"))
)
_DELETE_RUNS = Statement(
    update(runs)
    .where(runs.c.experiment == bindparam("the_id"), runs.c.deleted_time.is_(None))
    .values(deleted_time=bindparam("now"), version=runs.c.version + 1)
)
_RESTORE_RUNS = Statement(
    update(runs).where(runs.c.experiment == bindparam("the_id")).values(deleted_time=null(), version=runs.c.version + 1)
)
_TAGS = Statement(
    select(experiment_tags.c.experiment, experiment_tags.c.key, experiment_tags.c.value)
    .where(among(experiment_tags.c.experiment, "ids"))
    .order_by(experiment_tags.c.experiment, experiment_tags.c.key)
)
_set_tag = insert(experiment_tags).values(
    experiment=bindparam("experiment"), key=bindparam("key"), value=bindparam("value")
)
_SET_TAG = Statement(
    _set_tag.on_conflict_do_update(index_elements=["experiment", "key"], set_={"value": _set_tag.excluded.value})
)
_DELETE_TAG = Statement(
    delete(experiment_tags).where(
        experiment_tags.c.experiment == bindparam("experiment"), experiment_tags.c.key == bindparam("key")
    )
)


_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")


def artifact_location(root: str, experiment: int) -> str:
    """Return where an experiment's artifacts go when nobody says otherwise."""
    return f"{absolute(root)}/{experiment}"


def absolute(location: str) -> str:
    """Return an artifact location without a trailing slash; a folder on this machine becomes an absolute path."""
    if not _SCHEME.match(location):
        location = str(Path(location).absolute())
    return location.rstrip("/") or "/"


def number_of(experiment_id: str) -> int:
    """Return an experiment's number; ids are numbers in a database."""
    if not (experiment_id.isascii() and experiment_id.isdigit() and len(experiment_id) <= 18):
        raise InvalidParameter(f"Invalid experiment ID: {experiment_id[:80]!r}. Experiment ids are whole numbers.")
    return int(experiment_id)


def find(transaction: Transaction, experiment_id: str) -> Row:
    """Return an experiment's row, deleted or not."""
    row = transaction.row(_BY_ID, id=number_of(experiment_id))
    if row is None:
        raise ExperimentNotFound(experiment_id)
    return row


def find_active(transaction: Transaction, experiment_id: str) -> Row:
    """Return an active experiment's row; writing to a deleted one is refused."""
    row = find(transaction, experiment_id)
    if row[3] is not None:
        raise InvalidParameter(
            f"The experiment {experiment_id} must be in the 'active' state. Current state is deleted. Restore it first."
        )
    return row


def made_of(transaction: Transaction, rows: list[Row]) -> list[Experiment]:
    """Return the experiments of some rows, with their tags."""
    tags: dict[int, list[ExperimentTag]] = {}
    for number, key, value in transaction.rows(_TAGS, ids=transaction.database.array(row[0] for row in rows)):
        tags.setdefault(number, []).append(ExperimentTag(key, value))
    return [
        Experiment(
            str(number),
            name,
            location,
            LifecycleStage.ACTIVE if deleted is None else LifecycleStage.DELETED,
            tags.get(number, []),
            created,
            updated,
        )
        for number, name, location, deleted, created, updated in rows
    ]


@writes(CreateExperiment)
def create_experiment(transaction: Transaction, call: CreateExperiment) -> ExperimentIdReply:
    """Add the experiment, then its own artifact location, which has its number in it."""
    added = transaction.row(
        _ADD,
        name=call.name,
        artifact_location=absolute(call.artifact_location) if call.artifact_location else "",
        now=now_ms(),
    )
    if added is None:
        existing = transaction.row(_BY_NAME, name=call.name)
        hint = ""
        if existing and existing[3] is not None:
            hint = f" It is deleted; restore it with `mlflow experiments restore -x {existing[0]}` or use another name."
        raise AlreadyExists(f"Experiment(name={call.name}) already exists.{hint}")
    number = int(added[0])
    if not call.artifact_location:
        transaction.write(_SET_LOCATION, the_id=number, location=artifact_location(transaction.artifact_root, number))
    for tag in call.tags:
        transaction.write(_SET_TAG, experiment=number, key=tag.key, value=tag.value)
    return ExperimentIdReply(str(number))


@reads(GetExperiment, quick=True)
def get_experiment(transaction: Transaction, call: GetExperiment) -> ExperimentReply:
    """Get by number."""
    return ExperimentReply(made_of(transaction, [find(transaction, call.experiment_id)])[0])


@reads(GetExperimentByName, quick=True)
def get_experiment_by_name(transaction: Transaction, call: GetExperimentByName) -> ExperimentReply:
    """Get by name; names are unique among active and deleted experiments together."""
    row = transaction.row(_BY_NAME, name=call.experiment_name)
    if row is None:
        raise NotFound(f"Could not find experiment with name '{call.experiment_name}'")
    return ExperimentReply(made_of(transaction, [row])[0])


@writes(DeleteExperiment)
def delete_experiment(transaction: Transaction, call: DeleteExperiment) -> None:
    """Mark the experiment and its runs."""
    row = find(transaction, call.experiment_id)
    if row[3] is not None:
        raise ExperimentNotFound(call.experiment_id)
    now = now_ms()
    transaction.write(_SET_DELETED, the_id=row[0], deleted=now, now=now)
    transaction.write(_DELETE_RUNS, the_id=row[0], now=now)


@writes(RestoreExperiment)
def restore_experiment(transaction: Transaction, call: RestoreExperiment) -> None:
    """Unmark the experiment and all its runs, those deleted on their own before too (as MLflow does)."""
    row = find(transaction, call.experiment_id)
    if row[3] is None:
        raise ExperimentNotFound(call.experiment_id)
    transaction.write(_SET_DELETED, the_id=row[0], deleted=None, now=now_ms())
    transaction.write(_RESTORE_RUNS, the_id=row[0])


@writes(UpdateExperiment)
def update_experiment(transaction: Transaction, call: UpdateExperiment) -> None:
    """Rename."""
    row = find_active(transaction, call.experiment_id)
    holder = transaction.row(_BY_NAME, name=call.new_name)
    if holder is not None and holder[0] != row[0]:
        raise AlreadyExists(f"Experiment(name={call.new_name}) already exists.")
    transaction.write(_RENAME, the_id=row[0], new_name=call.new_name, now=now_ms())


@writes(SetExperimentTag)
def set_experiment_tag(transaction: Transaction, call: SetExperimentTag) -> None:
    """Set or overwrite."""
    row = find_active(transaction, call.experiment_id)
    transaction.write(_SET_TAG, experiment=row[0], key=call.key, value=call.value)


@writes(DeleteExperimentTag)
def delete_experiment_tag(transaction: Transaction, call: DeleteExperimentTag) -> None:
    """Remove one that is there."""
    row = find_active(transaction, call.experiment_id)
    if not transaction.write(_DELETE_TAG, experiment=row[0], key=call.key):
        raise NotFound(f"No tag with name: {call.key} in experiment with id {call.experiment_id}")


@reads(SearchExperiments)
def search_experiments(transaction: Transaction, call: SearchExperiments) -> ExperimentsPage:
    """Filter, order and cut a page."""
    from mlflow.store.sql.search.experiments import page_of_experiments

    rows, token = page_of_experiments(transaction, call)
    return ExperimentsPage(made_of(transaction, rows), token)
