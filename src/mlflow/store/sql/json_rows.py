"""Many rows fetched as one JSON text that the database builds, decoded by msgspec in one go.

Python's drivers hand rows over one by one, and sqlite3 gives up the interpreter's lock for each of them: beside other
threads a thousand runs took five times as long. The text is built and decoded in C.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnClause, ColumnElement, Select, Text, case, func, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from mlflow.entities import Metric
from mlflow.entities.base import NAN

NAN_TEXT = "NaN"
"""Where this is not in a JSON text, no value is NaN."""


class json_text(FunctionElement[str]):
    """A text as a JSON string, NULL as null."""

    inherit_cache = True
    type = Text()


class json_int(FunctionElement[str]):
    """A whole number as JSON."""

    inherit_cache = True
    type = Text()


class json_float(FunctionElement[str]):
    """A float as JSON, with every digit it needs to come back the same."""

    inherit_cache = True
    type = Text()


class json_items(FunctionElement[str]):
    """The items of a group, joined to a JSON list: `json_items(item)`, or `json_items(item, order)`.

    SQLite joins them in the order it reads them, which for our tables is the order of their primary key.
    """

    inherit_cache = True
    type = Text()


class json_more(FunctionElement[str]):
    """The items of a group, each with a comma before it, to go on with a JSON list that has one already."""

    inherit_cache = True
    type = Text()


@compiles(json_text, "sqlite")
def _text_in_sqlite(element: json_text, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_quote({compiler.process(element.clauses, **options)})"


@compiles(json_text, "postgresql")
def _text_in_postgresql(element: json_text, compiler: SQLCompiler, **options: Any) -> str:
    return f"COALESCE(to_json({compiler.process(element.clauses, **options)})::text, 'null')"


@compiles(json_int, "sqlite")
def _int_in_sqlite(element: json_int, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(json_float, "sqlite")
def _float_in_sqlite(element: json_float, compiler: SQLCompiler, **options: Any) -> str:
    # Not quote() and not json_array(): their 15 digits lose the last bit of some floats.
    return f"printf('%!.20e', {compiler.process(element.clauses, **options)})"


@compiles(json_int, "postgresql")
@compiles(json_float, "postgresql")
def _number_in_postgresql(element: json_int, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)})::text"


@compiles(json_items, "sqlite")
def _items_in_sqlite(element: json_items, compiler: SQLCompiler, **options: Any) -> str:
    item, *_ = element.clauses
    return f"'[' || group_concat({compiler.process(item, **options)}, ',') || ']'"


@compiles(json_items, "postgresql")
def _items_in_postgresql(element: json_items, compiler: SQLCompiler, **options: Any) -> str:
    item, *order = (compiler.process(clause, **options) for clause in element.clauses)
    return f"'[' || string_agg({item}, ','{' ORDER BY ' + order[0] if order else ''}) || ']'"


@compiles(json_more, "sqlite")
def _more_in_sqlite(element: json_more, compiler: SQLCompiler, **options: Any) -> str:
    item, *_ = element.clauses
    return f"group_concat(',' || {compiler.process(item, **options)}, '')"


@compiles(json_more, "postgresql")
def _more_in_postgresql(element: json_more, compiler: SQLCompiler, **options: Any) -> str:
    item, order = (compiler.process(clause, **options) for clause in element.clauses)
    return f"string_agg(',' || {item}, '' ORDER BY {order})"


def literal(text: str) -> ColumnElement[str]:
    """Return a text of ours, without single quotes in it, as it stands in the statement."""
    return literal_column(f"'{text}'", Text())


class joined(FunctionElement[str]):
    """Texts, one after the other; none of them may be NULL."""

    inherit_cache = True
    type = Text()


@compiles(joined, "sqlite")
def _joined_in_sqlite(element: joined, compiler: SQLCompiler, **options: Any) -> str:
    # One printf instead of a chain of ||: each || makes a text of its own, in memory that all threads lock.
    form, values = "", []
    for part in element.clauses:
        if isinstance(part, ColumnClause) and part.is_literal:
            form += part.name[1:-1].replace("%", "%%")
            continue
        if isinstance(part, json_float):
            form += "%!.20e"
        else:
            form += "%d" if isinstance(part, json_int) else "%s"
        argument = part.clauses if isinstance(part, json_float | json_int) else part
        values.append(compiler.process(argument, **options))
    return f"printf('{form}', {', '.join(values)})"


@compiles(joined, "postgresql")
def _joined_in_postgresql(element: joined, compiler: SQLCompiler, **options: Any) -> str:
    return "(" + " || ".join(compiler.process(part, **options) for part in element.clauses) + ")"


def json_object(**members: ColumnElement[Any]) -> joined:
    """Return the text of a JSON object; the members are JSON texts."""
    parts: list[ColumnElement[Any]] = []
    for number, (name, value) in enumerate(members.items()):
        parts += [literal(("{" if number == 0 else ",") + f'"{name}":'), value]
    return joined(*parts, literal("}"))


def json_array(*items: ColumnElement[Any]) -> joined:
    """Return the text of a JSON array; the items are JSON texts."""
    parts: list[ColumnElement[Any]] = []
    for number, item in enumerate(items):
        parts += [literal("[" if number == 0 else ","), item]
    return joined(*parts, literal("]"))


def json_or(otherwise: str, text: ColumnElement[Any]) -> ColumnElement[str]:
    """Return a JSON text, or `otherwise` where it is NULL."""
    return func.coalesce(text, literal(otherwise))


def as_one_text(rows: Select[Any]) -> Select[Any]:
    """Return the query of one row with one JSON list: the texts in the one column of `rows`, in their order."""
    inner = rows.subquery()
    return select(json_or("[]", json_items(inner.columns[0])))


def metric_value(table: Any) -> ColumnElement[str]:
    """Return the JSON of a metric's value: a number, or the text NaN."""
    return case((table.c.is_nan == 0, json_float(table.c.value)), else_=literal(f'"{NAN_TEXT}"'))


def mark_nan(points: Iterable[Metric]) -> None:
    """Give points that were read as NaN the NaN that travels."""
    for point in points:
        if point.value != point.value:
            point.value = NAN
