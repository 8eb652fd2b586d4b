"""Answers to Calls on tags of versions. Some tags of a prompt's version are what it says, and stay as they are."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select, update

from mlflow.api.model_versions import DeleteModelVersionTag, SetModelVersionTag
from mlflow.entities.prompt_tags import IS_PROMPT
from mlflow.exceptions import InvalidParameter
from mlflow.store.sql.answers import prompt_tags
from mlflow.store.sql.answers.entries import Entry, hold_version
from mlflow.store.sql.answers.registered_models import stays_what_it_is
from mlflow.store.sql.answers.registry import writes
from mlflow.store.sql.statements import Statement, insert
from mlflow.store.sql.tables import model_version_tags, prompt_versions
from mlflow.store.sql.transaction import Transaction

_set = insert(model_version_tags).values(
    model=bindparam("model"), version=bindparam("version"), key=bindparam("key"), value=bindparam("value")
)
_SET = Statement(
    _set.on_conflict_do_update(index_elements=["model", "version", "key"], set_={"value": _set.excluded.value})
)
_OF_VERSION = (
    model_version_tags.c.model == bindparam("model"),
    model_version_tags.c.version == bindparam("version"),
)
_DELETE = Statement(delete(model_version_tags).where(*_OF_VERSION, model_version_tags.c.key == bindparam("key")))
_DELETE_ALL = Statement(delete(model_version_tags).where(*_OF_VERSION))
_OF_PROMPT = (prompt_versions.c.model == bindparam("the_model"), prompt_versions.c.version == bindparam("the_version"))
_GET_PART = {key: Statement(select(column).where(*_OF_PROMPT)) for key, column in prompt_tags.COLUMNS.items()}
_SET_PART = {
    key: Statement(update(prompt_versions).where(*_OF_PROMPT).values({column.name: bindparam("new_value")}))
    for key, column in prompt_tags.COLUMNS.items()
}


def add_tags(transaction: Transaction, entry: Entry, version: int, tags: dict[str, str]) -> None:
    """Write tags of a new version as they are."""
    transaction.write_many(_SET, sorted((entry.number, version, key, value) for key, value in tags.items()))


def remove_tags_of(transaction: Transaction, entry: Entry, version: int) -> None:
    """Remove the tags of a version that is removed."""
    transaction.write(_DELETE_ALL, model=entry.number, version=version)


@writes(SetModelVersionTag)
def set_model_version_tag(transaction: Transaction, call: SetModelVersionTag) -> None:
    """Set or overwrite."""
    entry, version = hold_version(transaction, call.name, call.version)
    if call.key == IS_PROMPT and (call.value.lower() == "true") != entry.is_prompt:
        raise stays_what_it_is(entry)
    if entry.is_prompt and call.key in prompt_tags.COLUMNS:
        prompt_tags.check_part(call.key, call.value)
        _set_part(transaction, entry, version, call.key, call.value)
    elif not (entry.is_prompt and call.key == IS_PROMPT):
        transaction.write(_SET, model=entry.number, version=version, key=call.key, value=call.value)
    entry.tell(transaction, "version_tag", "set", version=str(version), key=call.key, value=call.value)


@writes(DeleteModelVersionTag)
def delete_model_version_tag(transaction: Transaction, call: DeleteModelVersionTag) -> None:
    """Remove one, there or not."""
    entry, version = hold_version(transaction, call.name, call.version)
    if entry.is_prompt and call.key == IS_PROMPT:
        raise stays_what_it_is(entry)
    if entry.is_prompt and call.key in prompt_tags.COLUMNS:
        gone = _set_part(transaction, entry, version, call.key, None)
    else:
        gone = transaction.write(_DELETE, model=entry.number, version=version, key=call.key) > 0
    if gone:
        entry.tell(transaction, "version_tag", "deleted", version=str(version), key=call.key)


def _set_part(transaction: Transaction, entry: Entry, version: int, key: str, value: str | None) -> bool:
    """Set what a prompt's version says or demands; return whether that is a change."""
    row = transaction.row(_GET_PART[key], the_model=entry.number, the_version=version)
    present = row[0] if row else None
    if present == value:
        return False
    if present is not None and key not in prompt_tags.MAY_CHANGE:
        raise InvalidParameter(
            f"Version {version} of prompt {entry.name!r} cannot be changed: what has loaded it relies on it. "
            "Register a new version instead."
        )
    transaction.write(_SET_PART[key], the_model=entry.number, the_version=version, new_value=value)
    return True
