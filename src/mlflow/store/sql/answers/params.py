"""Answers to Calls on params."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from mlflow.api.params import LogParam
from mlflow.entities import Param
from mlflow.exceptions import InvalidParameter
from mlflow.store.sql.answers.registry import writes
from mlflow.store.sql.answers.run_state import active_run
from mlflow.store.sql.statements import Statement, insert
from mlflow.store.sql.tables import params
from mlflow.store.sql.transaction import Transaction

_ADD = Statement(
    insert(params)
    .values(run=bindparam("run"), key=bindparam("key"), value=bindparam("value"))
    .on_conflict_do_nothing(index_elements=["run", "key"])
)
_GET = Statement(select(params.c.value).where(params.c.run == bindparam("run"), params.c.key == bindparam("key")))


def add_params(transaction: Transaction, run: int, run_id: str, given: Sequence[Param]) -> None:
    """Write params once.

    Raises:
        InvalidParameter: one of them has another value already.
    """
    rows = sorted((run, transaction.key(param.key), param.value) for param in given)
    if transaction.write_many(_ADD, rows) == len(rows):
        return
    names = {transaction.key(param.key): param.key for param in given}
    for _, key, value in rows:
        existing = transaction.row(_GET, run=run, key=key)
        if existing is not None and existing[0] != value:
            raise InvalidParameter(
                f"Changing param values is not allowed. Param with key='{names[key]}' was already logged with "
                f"value='{existing[0]}' for run ID='{run_id}'. Attempted logging new value '{value}'. "
                "Log it under another key, or use a tag, which may change."
            )


@writes(LogParam)
def log_param(transaction: Transaction, call: LogParam) -> None:
    """Write the one param."""
    run = active_run(transaction, call.run_id)
    add_params(transaction, run, call.run_id, [Param(call.key, call.value)])
