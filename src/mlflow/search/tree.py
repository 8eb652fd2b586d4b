"""What a filter means, as a tree of frozen values; every reader starts here.

Nothing in this module knows the text's grammar, a database or lark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Operator: TypeAlias = Literal[
    "=", "!=", "<", "<=", ">", ">=", "LIKE", "ILIKE", "RLIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL"
]
Value: TypeAlias = str | int | float | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Compare:
    """One clause. False when the thing compared is missing, whatever the operator; only IS NULL is true then.

    Args:
        entity: "attribute", "metric", "param", "tag" or "dataset"; later resources add their own.
        key: canonical name of an attribute or dataset field (`created` has become `start_time`), else as written.
        op: in capitals, single spaces.
        value: str for text; float for metrics; int or float for numeric attributes, an int always within 64 bits;
            a tuple of at least one str for IN and NOT IN; None for IS NULL and IS NOT NULL.
        position: offset of the clause in the filter's text, from 0; two clauses may differ in it and be equal.
    """

    entity: str
    key: str
    op: Operator
    value: Value = None
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds. At least two parts, none of them an And."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some part holds. At least two parts, none of them an Or."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold. There are two truth values: of a clause on a missing key, NOT makes true."""

    part: Node


Node: TypeAlias = Compare | And | Or | Not


@dataclass(frozen=True, slots=True)
class OrderBy:
    """One sort key; names as in `Compare`."""

    entity: str
    key: str
    ascending: bool = True


def all_of(*parts: Node) -> Node:
    """Join at least one node by AND; an And inside is merged, a single part is returned as it is."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,)))
    return flat[0] if len(flat) == 1 else And(flat)


def any_of(*parts: Node) -> Node:
    """Join at least one node by OR; an Or inside is merged, a single part is returned as it is."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,)))
    return flat[0] if len(flat) == 1 else Or(flat)


def compares(node: Node) -> Iterator[Compare]:
    """Yield the clauses of a tree from left to right, for instance to find the keys a query must join."""
    stack: list[Node] = [node]
    while stack:
        node = stack.pop()
        match node:
            case Compare():
                yield node
            case Not(part):
                stack.append(part)
            case And(parts) | Or(parts):
                stack.extend(reversed(parts))


_PLAIN_KEY = re.compile(r"[\w./:\-]+")


def to_text(node: Node) -> str:
    """Write a tree as a filter that parses to an equal tree.

    Raises:
        ValueError: a text or key has quotes of each kind, or ends in a backslash; the language has no escapes for that.
    """
    match node:
        case Compare():
            value = _value_text(node.value)
            return f"{node.entity}.{_key_text(node.key)} {node.op}" + (f" {value}" if value else "")
        case And(parts):
            return " AND ".join(f"({to_text(part)})" if isinstance(part, Or) else to_text(part) for part in parts)
        case Or(parts):
            return " OR ".join(to_text(part) for part in parts)
        case Not(part):
            return f"NOT ({to_text(part)})"


def _value_text(value: Value) -> str:
    match value:
        case None:
            return ""
        case str():
            return _quoted(value, "'\"")
        case tuple():
            return f"({', '.join(_quoted(item, chr(39) + chr(34)) for item in value)})"
        case float() if value in (float("inf"), float("-inf")):
            return "1e999" if value > 0 else "-1e999"
        case _:
            return repr(value)


def _key_text(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else _quoted(key, "`\"'")


def _quoted(text: str, quotes: str) -> str:
    for quote in quotes:
        if quote not in text and not text.endswith("\\"):
            return f"{quote}{text}{quote}"
    raise ValueError(f"no quotes fit around {text!r}: a filter has no escapes")
