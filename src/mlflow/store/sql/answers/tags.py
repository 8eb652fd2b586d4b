"""Answers to Calls on tags of runs."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, select, update

from mlflow.api.runs import RUN_NAME_TAG
from mlflow.api.tags import DeleteTag, SetTag
from mlflow.entities.prompt_tags import LINKED_PROMPTS
from mlflow.exceptions import NotFound
from mlflow.store.sql.answers.registry import writes
from mlflow.store.sql.answers.run_prompts import keep_links
from mlflow.store.sql.answers.run_state import active_run
from mlflow.store.sql.statements import Statement, insert
from mlflow.store.sql.tables import run_tags, runs
from mlflow.store.sql.transaction import Transaction

_set = insert(run_tags).values(run=bindparam("run"), key=bindparam("key"), value=bindparam("value"))
_SET = Statement(_set.on_conflict_do_update(index_elements=["run", "key"], set_={"value": _set.excluded.value}))
_GET = Statement(select(run_tags.c.value).where(run_tags.c.run == bindparam("run"), run_tags.c.key == bindparam("key")))
_DELETE = Statement(delete(run_tags).where(run_tags.c.run == bindparam("run"), run_tags.c.key == bindparam("key")))
_RENAME = Statement(update(runs).where(runs.c.id == bindparam("the_id")).values(name=bindparam("new_name")))


def set_tags(transaction: Transaction, run: int, tags: Mapping[str, str]) -> None:
    """Set tags, replacing older values; the tag `mlflow.runName` is the name of the run, unless it is empty."""
    if tags.get(RUN_NAME_TAG) == "":
        tags = {key: value for key, value in tags.items() if key != RUN_NAME_TAG}
    add_tags(transaction, run, tags)
    if RUN_NAME_TAG in tags:
        transaction.write(_RENAME, the_id=run, new_name=tags[RUN_NAME_TAG])


def add_tags(transaction: Transaction, run: int, tags: Mapping[str, str]) -> None:
    """Write tags as they are."""
    transaction.write_many(_SET, sorted((run, key, value) for key, value in tags.items()))
    if LINKED_PROMPTS in tags:
        keep_links(transaction, run, tags[LINKED_PROMPTS])


def tag_value(transaction: Transaction, run: int, key: str) -> str | None:
    """Return the value of a tag, or None."""
    row = transaction.row(_GET, run=run, key=key)
    return str(row[0]) if row else None


@writes(SetTag)
def set_tag(transaction: Transaction, call: SetTag) -> None:
    """Set the one tag."""
    set_tags(transaction, active_run(transaction, call.run_id), {call.key: call.value})


@writes(DeleteTag)
def delete_tag(transaction: Transaction, call: DeleteTag) -> None:
    """Remove one that is there."""
    run = active_run(transaction, call.run_id)
    if not transaction.write(_DELETE, run=run, key=call.key):
        raise NotFound(f"No tag with name: {call.key} in run with id {call.run_id}")
    if call.key == LINKED_PROMPTS:
        keep_links(transaction, run, None)
