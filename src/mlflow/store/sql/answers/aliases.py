"""Answers to Calls on aliases. Every move is kept, so that it can be looked up and taken back."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, bindparam, delete, func, select

from mlflow.api.aliases import DeleteAlias, GetVersionByAlias, SetAlias
from mlflow.api.model_versions import ModelVersionReply
from mlflow.api.names import LATEST
from mlflow.exceptions import InvalidParameter, NotFound
from mlflow.store.sql.answers.entries import Entry, hold, hold_version, no_entry
from mlflow.store.sql.answers.registry import reads, writes
from mlflow.store.sql.answers.version_data import VersionStatement
from mlflow.store.sql.statements import Statement, insert
from mlflow.store.sql.tables import alias_history, aliases, registered_models
from mlflow.store.sql.transaction import Transaction, now_ms

_GET = Statement(
    select(aliases.c.version).where(aliases.c.model == bindparam("model"), aliases.c.alias == bindparam("alias"))
)
_set = insert(aliases).values(model=bindparam("model"), alias=bindparam("alias"), version=bindparam("version"))
_SET = Statement(_set.on_conflict_do_update(index_elements=["model", "alias"], set_={"version": _set.excluded.version}))
_DELETE = Statement(delete(aliases).where(aliases.c.model == bindparam("model"), aliases.c.alias == bindparam("alias")))
_THOSE_OF = Statement(
    select(aliases.c.alias).where(aliases.c.model == bindparam("model"), aliases.c.version == bindparam("version"))
)
_REMEMBER = Statement(
    insert(alias_history).values(
        model=bindparam("model"),
        alias=bindparam("alias"),
        from_version=bindparam("from_version"),
        to_version=bindparam("to_version"),
        user_id="",  # there are no users yet
        time=bindparam("time"),
        undone_to=bindparam("undone_to"),
    )
)

_pointed = (
    select(aliases.c.version)
    .where(aliases.c.model == registered_models.c.id, aliases.c.alias == bindparam("alias"))
    .correlate(registered_models)
    .scalar_subquery()
)
_BY_ALIAS = VersionStatement(lambda versions: versions.c.version == _pointed)


def _is_highest(versions: Table) -> ColumnElement[bool]:
    others = versions.alias()
    highest = select(func.max(others.c.version)).where(others.c.model == registered_models.c.id)
    return versions.c.version == highest.correlate(registered_models).scalar_subquery()


_HIGHEST = VersionStatement(_is_highest)


def version_of_alias(transaction: Transaction, entry: Entry, alias: str) -> int | None:
    """Return the version that an alias points to, or None."""
    row = transaction.row(_GET, model=entry.number, alias=alias)
    return row[0] if row else None


def move(
    transaction: Transaction,
    entry: Entry,
    alias: str,
    before: int | None,
    version: int | None,
    undone_to: int | None = None,
) -> None:
    """Point an alias of an entry that is held to a version, or to none; remember and tell it.

    Args:
        transaction: the open one.
        entry: a held one.
        alias: its name.
        before: the version it points to now.
        version: the version it shall point to.
        undone_to: of a roll-back, the move whose state is in force again.
    """
    if version is None:
        transaction.write(_DELETE, model=entry.number, alias=alias)
        entry.tell(transaction, "alias", "deleted", alias=alias)
    else:
        transaction.write(_SET, model=entry.number, alias=alias, version=version)
        entry.tell(transaction, "alias", "created", alias=alias, version=str(version))
    transaction.write(
        _REMEMBER,
        model=entry.number,
        alias=alias,
        from_version=before,
        to_version=version,
        time=now_ms(),
        undone_to=undone_to,
    )


def remove_aliases_of(transaction: Transaction, entry: Entry, version: int) -> None:
    """Remove the aliases that point to a version."""
    for (alias,) in sorted(transaction.rows(_THOSE_OF, model=entry.number, version=version)):
        move(transaction, entry, alias, version, None)


@writes(SetAlias)
def set_alias(transaction: Transaction, call: SetAlias) -> None:
    """Point it to a version that is there."""
    entry, version = hold_version(transaction, call.name, call.version)
    move(transaction, entry, call.alias, version_of_alias(transaction, entry, call.alias), version)


@reads(GetVersionByAlias, quick=True)
def get_version_by_alias(transaction: Transaction, call: GetVersionByAlias) -> ModelVersionReply:
    """Get what it points to."""
    if call.alias.lower() == LATEST:
        known, found = _HIGHEST.find(transaction, call.name)
    else:
        known, found = _BY_ALIAS.find(transaction, call.name, alias=call.alias)
    if not known:
        raise no_entry(call.name)
    if found is None:
        if call.alias.lower() == LATEST:
            raise NotFound(f"Latest version not found for model {call.name}: it has no versions.")
        raise no_alias(call.name, call.alias)
    return ModelVersionReply(found)


@writes(DeleteAlias)
def delete_alias(transaction: Transaction, call: DeleteAlias) -> None:
    """Remove it, there or not."""
    entry = hold(transaction, call.name)
    before = version_of_alias(transaction, entry, call.alias)
    if before is not None:
        move(transaction, entry, call.alias, before, None)


def no_alias(name: str, alias: str) -> InvalidParameter:
    """Return the error about an alias that is not there; MLflow says so with this code, and clients go by it."""
    return InvalidParameter(f"Registered model alias {alias} not found: {name} has no such alias.")
