"""Comparisons of a column with a value, the same on every database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Float, Text, and_, bindparam, collate, false, func, not_, or_, true

from mlflow.exceptions import InvalidParameter
from mlflow.search.patterns import like_to_glob
from mlflow.search.postgresql import NotTranslatable, regex_to_postgresql
from mlflow.search.tree import And, Compare, Node, Not, Or
from mlflow.store.sql.dialects import Database
from mlflow.store.sql.statements import among

Condition = ColumnElement[bool]
_INT64 = 2**63
_JOINED = 8  # parts of an AND that PostgreSQL may join; it plans up to 8 tables thoroughly, by its own default


class Conditions:
    """Makes WHERE clauses for one resource; each resource says what its entities are.

    A condition is true or false, never NULL, so that NOT means what it says.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def of(self, node: Node) -> Condition:
        """Return the condition of a tree."""
        match node:
            case And(parts):
                found = [self.of(part) for part in parts]
                # PostgreSQL would make a join of each EXISTS and weigh their orders: 80 of them took it 24 s.
                apart = len(parts) > _JOINED and not self._on_sqlite
                return and_(*(part.is_(true()) for part in found) if apart else found)
            case Or(parts):
                return or_(*(self.of(part) for part in parts))
            case Not(part):
                return not_(self.of(part))
            case Compare():
                return self.clause(node)

    def clause(self, compare: Compare) -> Condition:
        """Return the condition of one clause."""
        raise NotImplementedError

    def column(self, column: ColumnElement[Any], compare: Compare) -> Condition:
        """Compare a column of the searched row itself; NULL is false, whatever the operator."""
        match compare.op:
            case "IS NULL":
                return column.is_(None)
            case "IS NOT NULL":
                return column.is_not(None)
        holds = (
            self.text(column, compare)
            if isinstance(compare.value, str | tuple)
            else self.number(column, compare.op, compare.value)
        )
        return and_(column.is_not(None), holds) if getattr(column, "nullable", False) else holds

    def number(self, column: ColumnElement[Any], op: str, value: Any) -> Condition:
        """Compare numbers."""
        if isinstance(value, int) and not -_INT64 <= value < _INT64:
            value = float(value)
        wanted = bindparam(None, value, type_=BigInteger() if isinstance(value, int) else Float(), unique=True)
        match op:
            case "=":
                return column == wanted
            case "!=":
                return column != wanted
            case _:
                return column.op(op, is_comparison=True, return_type=true().type)(wanted)

    def text(self, column: ColumnElement[Any], compare: Compare) -> Condition:
        """Compare texts: by byte, by pattern, or with a list."""
        value = compare.value
        if isinstance(value, tuple):
            return self._in(column, value) if compare.op == "IN" else not_(self._in(column, value))
        assert isinstance(value, str)  # noqa: S101 - the tree says so
        match compare.op:
            case "=":
                return column == value
            case "!=":
                return column != value
            case "LIKE":
                return self._like(column, value)
            case "ILIKE":
                return self._ilike(column, value)
            case "RLIKE":
                return self._rlike(column, value)
        raise ValueError(f"text has no operator {compare.op}")

    @property
    def _on_sqlite(self) -> bool:
        return self.database.sql.name == "sqlite"

    def _in(self, column: ColumnElement[Any], values: tuple[str, ...]) -> Condition:
        return among(column, "list", text=True, value=self.database.array(values))

    def _like(self, column: ColumnElement[Any], pattern: str) -> Condition:
        if self._on_sqlite:  # its LIKE ignores case
            return column.op("GLOB", is_comparison=True, return_type=true().type)(like_to_glob(pattern))
        return column.like(pattern, escape="")

    def _ilike(self, column: ColumnElement[Any], pattern: str) -> Condition:
        if self._on_sqlite:
            # SQLite's own folds ASCII only; the function registered on each connection folds every script.
            if pattern.isascii():
                return column.op("LIKE", is_comparison=True, return_type=true().type)(pattern)
            return func.like_any_case(pattern, column, type_=true().type)
        wanted = bindparam(None, pattern, type_=Text(), unique=True)  # our columns' own collation folds ASCII only
        return collate(column, "default").ilike(wanted, escape="")

    def _rlike(self, column: ColumnElement[Any], pattern: str) -> Condition:
        if self._on_sqlite:
            return column.op("REGEXP", is_comparison=True, return_type=true().type)(pattern)
        try:
            translated = regex_to_postgresql(pattern)
        except NotTranslatable as error:
            raise InvalidParameter(f"The regular expression {pattern[:80]!r} cannot be used: {error}.") from error
        wanted = bindparam(None, translated, type_=Text(), unique=True)  # as in _ilike
        return collate(column, "default").op("~", is_comparison=True, return_type=true().type)(wanted)


def never() -> Condition:
    """Return the condition that nothing meets."""
    return false()
