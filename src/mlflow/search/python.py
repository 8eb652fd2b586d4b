"""The plainest reader: does one thing in memory match a filter?

It is the yardstick for the SQL reader, so it takes no short cuts. The rules, as MLflow 3.17.2 has them:

- A clause on something missing is false, also `!=`; only IS NULL is true then.
- NaN is not equal to, below or above anything: of a NaN metric only `!=` is true. It is not missing.
- Of several datasets one that satisfies the clause is enough, for each clause on its own: `dataset.name != 'a'` holds
  when some dataset has another name.
- Text is compared by letter; ILIKE alone ignores case, of any script. (SQLite's own LIKE folds ASCII only.)

AND, OR, NOT and parentheses are ours. There are two truth values, so NOT makes a false clause true even when it was
false for lack of a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from mlflow.search.patterns import compiled_like, compiled_regex
from mlflow.search.tree import And, Compare, Node, Not, Or


class Subject(Protocol):
    """A thing that a filter can be asked about. None means it has no such value; keys are canonical."""

    def attribute(self, name: str) -> str | int | float | None:
        """Return an attribute, for instance `run_name` (text) or `start_time` (a number)."""

    def metric(self, key: str) -> float | None:
        """Return the latest value of a metric; may be NaN."""

    def param(self, key: str) -> str | None:
        """Return a param."""

    def tag(self, key: str) -> str | None:
        """Return a tag."""

    def datasets(self) -> Iterable[Mapping[str, str]]:
        """Return each used dataset with its `name` and `digest`, and its `context` if it has one."""


def matches(node: Node | None, subject: Subject) -> bool:
    """Tell whether `subject` satisfies the filter; None is no filter."""
    match node:
        case None:
            return True
        case And(parts):
            return all(matches(part, subject) for part in parts)
        case Or(parts):
            return any(matches(part, subject) for part in parts)
        case Not(part):
            return not matches(part, subject)
        case Compare():
            return holds(node, _values(node, subject))


def _values(compare: Compare, subject: Subject) -> list[str | int | float]:
    """Return what the clause looks at: nothing when it is missing, several values for datasets."""
    key = compare.key
    value: str | int | float | None
    match compare.entity:
        case "attribute":
            value = subject.attribute(key)
        case "metric":
            value = subject.metric(key)
        case "param":
            value = subject.param(key)
        case "tag":
            value = subject.tag(key)
        case "dataset":
            return [dataset[key] for dataset in subject.datasets() if key in dataset]
        case other:
            raise ValueError(f"this reader does not know the entity {other!r}")
    return [] if value is None else [value]


def holds(compare: Compare, values: Sequence[str | int | float]) -> bool:
    """Tell whether a clause holds for what it looks at: no value when that is missing, several where there are."""
    match compare.op:
        case "IS NULL":
            return not values
        case "IS NOT NULL":
            return bool(values)
        case op:
            return any(_compares(value, op, compare.value) for value in values)


def _compares(value: str | int | float, op: str, wanted: object) -> bool:
    if isinstance(wanted, tuple):
        return (value in wanted) == (op == "IN")
    if isinstance(value, str) and isinstance(wanted, str):
        return _compares_text(value, op, wanted)
    if isinstance(value, int | float) and isinstance(wanted, int | float):
        return _compares_number(value, op, wanted)
    raise ValueError(f"{value!r} cannot be compared with {wanted!r} by {op}")


def _compares_text(value: str, op: str, wanted: str) -> bool:
    match op:
        case "=":
            return value == wanted
        case "!=":
            return value != wanted
        case "LIKE":
            return bool(compiled_like(wanted).search(value))
        case "ILIKE":
            return bool(compiled_like(wanted, any_case=True).search(value))
        case "RLIKE":
            return bool(compiled_regex(wanted).search(value))
        case _:
            raise ValueError(f"text has no operator {op}")


def _compares_number(value: int | float, op: str, wanted: int | float) -> bool:
    match op:
        case "=":
            return value == wanted
        case "!=":
            return value != wanted
        case "<":
            return value < wanted
        case "<=":
            return value <= wanted
        case ">":
            return value > wanted
        case ">=":
            return value >= wanted
        case _:
            raise ValueError(f"a number has no operator {op}")
