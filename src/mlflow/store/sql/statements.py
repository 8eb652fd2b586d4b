"""SQL written once with SQLAlchemy Core, compiled once per database, run on the driver's own cursor.

Going through SQLAlchemy's engine costs about 18 µs a statement, the driver's cursor 3 µs; this keeps the first's
portable statements at the second's price.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, BigInteger, Boolean, ColumnElement, Text, bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

__all__ = ["Statement", "among", "insert"]
# `insert` is PostgreSQL's: its ON CONFLICT clauses compile for SQLite too; the other way round they do not.


class Statement:
    """A Core statement and its compiled text per database; parameters are given by name."""

    __slots__ = ("_clause", "_compiled", "_repeated")

    def __init__(self, clause: Any) -> None:
        self._clause = clause
        self._compiled: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {}
        self._repeated: dict[tuple[str, int], str] = {}

    def compiled(self, dialect: Dialect) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        """Return the text, its parameters' names in order, and the values that the statement brings itself."""
        found = self._compiled.get(dialect.name)
        if found is None:
            made = self._clause.compile(dialect=dialect)
            own = {name: value for name, value in made.params.items() if value is not None}
            found = self._compiled[dialect.name] = (str(made), tuple(made.positiontup or ()), own)
        return found

    def repeated(self, dialect: Dialect, count: int) -> str:
        """Return the text of an INSERT with its row of values `count` times."""
        found = self._repeated.get((dialect.name, count))
        if found is None:
            start, _, rest = self.compiled(dialect)[0].partition(" VALUES ")
            row, _, end = rest.partition(")")
            found = f"{start} VALUES {', '.join([row + ')'] * count)}{end}"
            self._repeated[dialect.name, count] = found
        return found


class among(ColumnElement[bool]):
    """`column IN (a list given as one parameter)`, so that the text stays the same however long the list is."""

    inherit_cache = False
    type = Boolean()
    _is_implicitly_boolean = True  # a condition as it stands; SQLAlchemy would write `... = 1`, which hides the index

    def __init__(self, column: ColumnElement[Any], name: str, *, text: bool = False, value: Any = None) -> None:
        self.column = column
        kind = ARRAY(Text() if text else BigInteger())
        self.bind = bindparam(name, type_=kind) if value is None else bindparam(name, value, type_=kind, unique=True)


@compiles(among, "sqlite")
def _among_in_json(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    return f"{column} IN (SELECT value FROM json_each({compiler.process(element.bind, **options)}))"  # noqa: S608


@compiles(among, "postgresql")
def _among_in_array(element: among, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.process(element.column, **options)} = ANY({compiler.process(element.bind, **options)})"
