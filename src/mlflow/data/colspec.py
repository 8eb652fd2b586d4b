"""Names and types of the columns of a table, in the form that is stored with runs and models."""

from __future__ import annotations

import datetime
from math import isnan
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas

Spec = dict[str, Any]


class UnknownType(TypeError):
    """There is no name for the type of a column."""


def columns_of(table: pandas.DataFrame) -> list[Spec]:
    """Return one spec a column: `{"type", "name", "required"}`, and more for nested types.

    A column is required when no cell is missing.

    Raises:
        UnknownType: some column's type has no name, or two columns have the same name.
    """
    if not table.columns.is_unique:
        raise UnknownType("two columns have the same name")
    specs = []
    for name in table.columns:
        column = table[name]
        missing = bool(column.isna().any())
        key = list(name) if isinstance(name, tuple) else name
        specs.append({**_type_of_column(column), "name": _plain(key), "required": not missing})
    return specs


def _type_of_column(column: pandas.Series[Any]) -> Spec:
    import pandas

    dtype: Any = column.dtype
    if isinstance(dtype, pandas.CategoricalDtype):
        dtype = dtype.categories.dtype
    if isinstance(dtype, pandas.StringDtype):
        return {"type": "string"}
    if isinstance(dtype, pandas.DatetimeTZDtype):
        return {"type": "datetime"}
    kind = getattr(dtype, "kind", "")
    if kind == "O" and not isinstance(dtype, pandas.PeriodDtype):
        return type_of_values([cell for cell in column if not _is_missing(cell)])
    # Extension types such as Int64 know the NumPy type of their numbers.
    return {"type": type_of_number(kind, getattr(dtype, "itemsize", 8))}


def type_of_number(kind: str, size: int) -> str:
    """Return the name of a NumPy type.

    Args:
        kind: its one letter.
        size: bytes of one element.

    Raises:
        UnknownType: there is none; 64-bit unsigned numbers do not fit into any.
    """
    if kind == "b":
        return "boolean"
    if kind == "i" or (kind == "u" and size <= 4):
        return "integer" if size <= (4 if kind == "i" else 2) else "long"
    if kind == "f":
        return "float" if size <= 4 else "double"
    if kind == "M":
        return "datetime"
    raise UnknownType(f"no column type for NumPy kind {kind!r} of {size} bytes")


def type_of_values(values: list[Any]) -> Spec:
    """Return the type that all values share, nested where they are lists or dicts.

    Raises:
        UnknownType: they share none.
    """
    import numpy

    if not values:
        return {"type": "any"}
    if all(isinstance(value, list | tuple | numpy.ndarray) for value in values):
        return {"type": "array", "items": type_of_values([item for value in values for item in value])}
    if all(isinstance(value, dict) for value in values):
        keys = sorted({key for value in values for key in value})
        return {
            "type": "object",
            "properties": {
                key: {
                    **type_of_values([value[key] for value in values if not _is_missing(value.get(key))]),
                    "required": all(not _is_missing(value.get(key)) for value in values),
                }
                for key in keys
            },
        }
    names = {_type_of_value(value) for value in values}
    if names == {"long", "double"}:
        return {"type": "double"}
    if len(names) > 1:
        raise UnknownType(f"values of several types: {', '.join(sorted(names))}")
    return {"type": names.pop()}


def _type_of_value(value: Any) -> str:
    import numpy

    if isinstance(value, numpy.generic) and not isinstance(value, numpy.str_ | numpy.bytes_):
        return type_of_number(value.dtype.kind, value.dtype.itemsize)
    for python_type, name in (
        (str, "string"),
        (bytes | bytearray, "binary"),
        (bool, "boolean"),
        (int, "long"),
        (float, "double"),
        (datetime.date, "datetime"),
    ):
        if isinstance(value, python_type):
            return name
    raise UnknownType(f"no column type for {type(value).__name__}")


def _is_missing(value: object) -> bool:
    import pandas

    return value is None or value is pandas.NA or value is pandas.NaT or (isinstance(value, float) and isnan(value))


def _plain(name: Any) -> Any:
    return name.item() if hasattr(name, "item") else name
