"""Keyset pages: a page begins behind the last row of the page before, so no page costs more than another."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Select, and_, or_, select

from mlflow.exceptions import InvalidParameter
from mlflow.store.sql.json_rows import json_array, json_float, json_int, json_items, json_or, json_text
from mlflow.store.sql.statements import Statement
from mlflow.store.sql.transaction import Transaction

Kind = Literal["int", "float", "text"]
_PYTHON: dict[Kind, tuple[type, ...]] = {"int": (int,), "float": (int, float), "text": (str,)}
_JSON: dict[Kind, Callable[[Any], ColumnElement[str]]] = {"int": json_int, "float": json_float, "text": json_text}


class SortKey(NamedTuple):
    """One expression rows are ordered by; never NULL."""

    expression: ColumnElement[Any]
    ascending: bool
    kind: Kind

    @property
    def order(self) -> ColumnElement[Any]:
        """The ORDER BY item."""
        return self.expression.asc() if self.ascending else self.expression.desc()

    def behind(self, value: Any) -> ColumnElement[bool]:
        """Rows that come after a value."""
        after: ColumnElement[bool] = self.expression > value if self.ascending else self.expression < value
        return after

    def from_on(self, value: Any) -> ColumnElement[bool]:
        """Rows that have a value or come after it."""
        not_before: ColumnElement[bool] = self.expression >= value if self.ascending else self.expression <= value
        return not_before


def behind(keys: Sequence[SortKey], values: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition of all rows behind the one with these key values."""
    steps = []
    for position, key in enumerate(keys):
        same = [earlier.expression == value for earlier, value in zip(keys[:position], values, strict=False)]
        steps.append(and_(*same, key.behind(values[position])))
    # The first key once more on its own: an index can be entered by it, which it cannot by an OR.
    return and_(keys[0].from_on(values[0]), or_(*steps))


def places(
    transaction: Transaction, query: Select[Any], number: ColumnElement[Any], keys: Sequence[SortKey]
) -> list[Any]:
    """Run a search for nothing but `[number, key values...]` of each row, in order.

    Args:
        transaction: the open one.
        query: FROM, WHERE, ORDER BY and LIMIT of the search; its columns are replaced.
        number: the column that identifies a row.
        keys: what the rows are ordered by.
    """
    columns = (key.expression.label(f"key_{position}") for position, key in enumerate(keys))
    # Limited inside and written as JSON outside, so that only the rows of the page are written.
    found = query.with_only_columns(number.label("number"), *columns).subquery()
    values = (_JSON[key.kind](found.c[f"key_{position}"]) for position, key in enumerate(keys))
    item = json_array(json_int(found.c.number), *values)
    rows: list[list[Any]] = msgspec.json.decode(transaction.text(Statement(select(json_or("[]", json_items(item))))))
    return rows


class Token(msgspec.Struct, array_like=True):
    """What a page token holds: for which order it was made, and the last row's place in it."""

    order: str
    values: list[str | int | float]


def write_token(order: Sequence[str], values: Sequence[Any]) -> str:
    """Return the token of the page behind a row."""
    return base64.urlsafe_b64encode(msgspec.json.encode(Token(_digest(order), list(values)))).decode()


def read_token(token: str, order: Sequence[str], keys: Sequence[SortKey]) -> list[str | int | float]:
    """Return the place a token holds.

    Raises:
        InvalidParameter: the token was not made by us, or for another order.
    """
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(token), type=Token)
    except (ValueError, msgspec.MsgspecError) as error:
        raise InvalidParameter("Invalid page token: send the next_page_token of the page before, unchanged.") from error
    if found.order != _digest(order):
        raise InvalidParameter("Invalid page token: it belongs to another order. Send the same order_by for each page.")
    kinds = [_PYTHON[key.kind] for key in keys]
    fits = len(found.values) == len(kinds) and all(map(isinstance, found.values, kinds))
    if not fits:
        raise InvalidParameter("Invalid page token: send the next_page_token of the page before, unchanged.")
    return found.values


def _digest(order: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(order).encode()).hexdigest()[:8]
