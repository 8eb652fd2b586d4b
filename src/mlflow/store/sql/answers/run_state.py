"""Whether a run may be written to, and by one alone."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, select, update

from mlflow.exceptions import InvalidParameter, MlflowException, RunNotFound
from mlflow.store.sql.statements import Statement, among
from mlflow.store.sql.tables import runs
from mlflow.store.sql.transaction import Transaction

_STATE = Statement(select(runs.c.id, runs.c.deleted_time).where(runs.c.run_id == bindparam("run_id")))

_HOLD = Statement(select(runs.c.id).where(runs.c.id == bindparam("id")).with_for_update())


_TOUCH = Statement(
    update(runs)
    .where(runs.c.run_id == bindparam("the_run"), runs.c.deleted_time.is_(None))
    .values(version=runs.c.version + 1)
    .returning(runs.c.id)
)
_TOUCH_MANY = Statement(
    update(runs)
    .where(among(runs.c.run_id, "run_ids", text=True), runs.c.deleted_time.is_(None))
    .values(version=runs.c.version + 1)
    .returning(runs.c.run_id, runs.c.id)
)


def active_run(transaction: Transaction, run_id: str) -> int:
    """Return the number of a run that is going to be written to."""
    if transaction.database.one_writer:  # where there are many, they would wait for each other's row
        touched = transaction.row(_TOUCH, the_run=run_id)
        if touched is not None:
            return int(touched[0])
    row = transaction.row(_STATE, run_id=run_id)
    if row is None:
        raise RunNotFound(run_id)
    if row[1] is not None:
        raise InvalidParameter(
            f"The run {run_id} must be in the 'active' state. Current state is deleted. Restore it first."
        )
    return int(row[0])


def active_runs(transaction: Transaction, run_ids: Iterable[str]) -> dict[str, int]:
    """Return the numbers of those of the runs that may be written to, by id; only where one writer does it all."""
    return dict(transaction.rows(_TOUCH_MANY, run_ids=transaction.database.array(run_ids)))


def why_not_active(transaction: Transaction, run_id: str) -> MlflowException:
    """Return why a run may not be written to."""
    try:
        active_run(transaction, run_id)
    except MlflowException as error:
        return error
    raise RuntimeError(f"the run {run_id} may be written to")


def hold(transaction: Transaction, run: int) -> None:
    """Keep others from holding the same run until the transaction ends: for what is read, changed and written back."""
    transaction.row(_HOLD, id=run)
