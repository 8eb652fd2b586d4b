"""Answers to Calls on where aliases pointed before."""

from __future__ import annotations

from sqlalchemy import Table, bindparam, func, select

from mlflow.api.model_versions import ModelVersionReply
from mlflow.api.prompts import AliasChange, AliasHistoryPage, GetAliasHistory, RollBackAlias
from mlflow.exceptions import InvalidParameter
from mlflow.store.sql.answers.aliases import move, no_alias, version_of_alias
from mlflow.store.sql.answers.entries import hold, no_entry
from mlflow.store.sql.answers.registry import reads, writes
from mlflow.store.sql.answers.version_data import version_of
from mlflow.store.sql.search.paging import SortKey, read_token, write_token
from mlflow.store.sql.statements import Statement
from mlflow.store.sql.tables import alias_history, model_versions, prompt_versions, registered_models
from mlflow.store.sql.transaction import Row, Transaction

_OF_ALIAS = (alias_history.c.model == bindparam("model"), alias_history.c.alias == bindparam("alias"))
_NUMBER = Statement(select(registered_models.c.id).where(registered_models.c.name == bindparam("name")))
_PAGE = Statement(
    select(
        alias_history.c.id,
        alias_history.c.time,
        alias_history.c.from_version,
        alias_history.c.to_version,
        alias_history.c.user_id,
        alias_history.c.undone_to,
    )
    .where(*_OF_ALIAS, alias_history.c.id < bindparam("below"))
    .order_by(alias_history.c.id.desc())
    .limit(bindparam("wanted"))
)
# The move that the present state comes from: the last one, or the one that the last one went back to.
_ORIGIN = Statement(
    select(func.coalesce(alias_history.c.undone_to, alias_history.c.id))
    .where(*_OF_ALIAS)
    .order_by(alias_history.c.id.desc())
    .limit(1)
)


LOOKED_AT = 1000
"""How many moves are looked at for a state to go back to."""


def _before(versions: Table) -> Statement:
    there = select(versions.c.version).where(
        versions.c.model == alias_history.c.model, versions.c.version == alias_history.c.to_version
    )
    return Statement(
        select(
            alias_history.c.id,
            func.coalesce(alias_history.c.undone_to, alias_history.c.id),
            there.correlate(alias_history).scalar_subquery(),
        )
        .where(*_OF_ALIAS, alias_history.c.id < bindparam("origin"))
        .order_by(alias_history.c.id.desc())
        .limit(LOOKED_AT)
    )


_BEFORE = {versions: _before(versions) for versions in (model_versions, prompt_versions)}
_NEWEST_FIRST = [SortKey(alias_history.c.id, False, "int")]


@reads(GetAliasHistory, quick=True)
def get_alias_history(transaction: Transaction, call: GetAliasHistory) -> AliasHistoryPage:
    """Read the moves backwards."""
    model = transaction.row(_NUMBER, name=call.name)
    if model is None:
        raise no_entry(call.name)
    order = ["alias_history", call.name, call.alias]
    below = read_token(call.page_token, order, _NEWEST_FIRST)[0] if call.page_token else 2**62
    rows = transaction.rows(_PAGE, model=model[0], alias=call.alias, below=below, wanted=call.max_results + 1)
    page = rows[: call.max_results]
    return AliasHistoryPage(
        [
            AliasChange(time, _text(before), _text(after), user or None, undone_to is not None)
            for _, time, before, after, user, undone_to in page
        ],
        write_token(order, [page[-1][0]]) if len(rows) > len(page) else None,
    )


@writes(RollBackAlias)
def roll_back_alias(transaction: Transaction, call: RollBackAlias) -> ModelVersionReply:
    """Go back by one state. A roll-back stands for the move it went back to, so the next one goes further back."""
    entry = hold(transaction, call.name)
    origin = transaction.row(_ORIGIN, model=entry.number, alias=call.alias)
    if origin is None:
        raise no_alias(call.name, call.alias)
    present = version_of_alias(transaction, entry, call.alias)
    moves = transaction.rows(_BEFORE[entry.versions], model=entry.number, alias=call.alias, origin=origin[0])
    before = _state_before(moves, present)
    if before is None:
        raise InvalidParameter(
            f"There is nothing to go back to: the alias {call.alias!r} of {call.name!r} never pointed to another "
            "version that is still there. Set it to a version instead."
        )
    move(transaction, entry, call.alias, present, before[0], undone_to=before[1])
    return ModelVersionReply(version_of(transaction, call.name, before[0]))


def _state_before(moves: list[Row], present: int | None) -> tuple[int, int] | None:
    """Return the version of the state before, and the move it came from; None: there is none to go back to.

    Args:
        moves: those before the present state's, last one first: number, the move whose state it brought back (itself
            when it was none), and its version if that is still there.
        present: the version that the alias points to.
    """
    below = None
    for number, origin, version in moves:
        if below is not None and number >= below:
            continue  # taken back by a move that was passed over
        if version is not None and version != present:
            return version, origin
        below = origin
    return None


def _text(version: int | None) -> str | None:
    return None if version is None else str(version)
