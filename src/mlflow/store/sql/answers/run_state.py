"""Whether a run may be written to, and by one alone."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from mlflow.exceptions import InvalidParameter, RunNotFound
from mlflow.store.sql.statements import Statement
from mlflow.store.sql.tables import runs
from mlflow.store.sql.transaction import Transaction

_STATE = Statement(select(runs.c.id, runs.c.deleted_time).where(runs.c.run_id == bindparam("run_id")))

_HOLD = Statement(select(runs.c.id).where(runs.c.id == bindparam("id")).with_for_update())


def active_run(transaction: Transaction, run_id: str) -> int:
    """Return the number of a run that may be written to."""
    row = transaction.row(_STATE, run_id=run_id)
    if row is None:
        raise RunNotFound(run_id)
    if row[1] is not None:
        raise InvalidParameter(
            f"The run {run_id} must be in the 'active' state. Current state is deleted. Restore it first."
        )
    return int(row[0])


def hold(transaction: Transaction, run: int) -> None:
    """Keep others from holding the same run until the transaction ends: for what is read, changed and written back."""
    transaction.row(_HOLD, id=run)
