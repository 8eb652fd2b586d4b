"""Keyset pages: a page begins behind the last row of the page before, so no page costs more than another."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, and_, or_

from mlflow.exceptions import InvalidParameter


class SortKey(NamedTuple):
    """One expression rows are ordered by; never NULL."""

    expression: ColumnElement[Any]
    ascending: bool

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


class Token(msgspec.Struct, array_like=True):
    """What a page token holds: for which order it was made, and the last row's place in it."""

    order: str
    values: list[str | int | float]


def write_token(order: Sequence[str], values: Sequence[Any]) -> str:
    """Return the token of the page behind a row."""
    return base64.urlsafe_b64encode(msgspec.json.encode(Token(_digest(order), list(values)))).decode()


def read_token(token: str, order: Sequence[str], kinds: Sequence[type | tuple[type, ...]]) -> list[str | int | float]:
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
    fits = len(found.values) == len(kinds) and all(map(isinstance, found.values, kinds))
    if not fits:
        raise InvalidParameter("Invalid page token: send the next_page_token of the page before, unchanged.")
    return found.values


def _digest(order: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(order).encode()).hexdigest()[:8]
