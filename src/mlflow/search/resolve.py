"""From a lark tree to `tree.Node`: what each clause means for one resource, or why it means nothing."""

from __future__ import annotations

import math
import re
from typing import cast

from lark import Token, Tree

from mlflow.exceptions import InvalidParameter
from mlflow.search.errors import invalid, shown
from mlflow.search.fields import Entity, Field, Resource
from mlflow.search.patterns import MAX_LIKE_LENGTH, why_not_a_pattern
from mlflow.search.tree import Compare, Node, Not, Operator, OrderBy, Value, all_of, any_of

_QUOTED_KEY = re.compile(
    r"(?:(?:(?P<prefix>\w+)|`(?P<quoted_prefix>(?:``|[^`])*)`)\.)?(?:(?P<plain>[\w./:\-]+)|(?P<quoted>(?s:[`'\"].*)))"
)
_WHOLE = re.compile(r"[+-]?\d+")
_INT64 = 1 << 63


class Resolver:
    """Resolves one text; knows it to point at the place of an error.

    Args:
        text: all the caller wrote.
        resource: whose table decides.
        what: "filter" or "order_by", for messages.
    """

    def __init__(self, text: str, resource: Resource, what: str) -> None:
        self.text = text
        self.resource = resource
        self.what = what

    def node(self, tree: Tree[Token]) -> Node:
        """Return the meaning of a (part of a) filter; recursion is bounded by `syntax.MAX_DEPTH`."""
        if tree.data == "clause":
            return self.clause([child for child in tree.children if isinstance(child, Token)])
        parts = [self.node(child) for child in tree.children if isinstance(child, Tree)]
        match tree.data:
            case "any_of":
                return any_of(*parts)
            case "all_of":
                return all_of(*parts)
            case _:
                return Not(parts[0])

    def clause(self, tokens: list[Token]) -> Node:
        """Return the meaning of the tokens key, operator and values."""
        key, operator, *values = tokens
        entity, field, name = self.key(key)
        op = " ".join(operator.upper().split())
        negated = op in ("NOT LIKE", "NOT ILIKE", "NOT RLIKE")
        positive = op.removeprefix("NOT ") if negated else op
        if positive not in field.operators:
            raise self.error(
                operator, f"{op} cannot be used on {_called(entity, name)}; use one of {', '.join(field.operators)}."
            )
        position = key.start_pos or 0
        value = self.value(positive, field, _called(entity, name), values, operator)
        compare = Compare(entity.name, name, cast(Operator, positive), value, position)
        return self.negate(compare, entity, field, operator) if negated else compare

    def negate(self, compare: Compare, entity: Entity, field: Field, operator: Token) -> Node:
        """Return NOT LIKE and its kin: false on what is missing, as `!=` and NOT IN are."""
        if entity.several:
            raise self.error(
                operator,
                f"a {entity.name} may be one of several, so it must be clear what is negated; "
                f"write NOT {entity.prefixes[0]}.{compare.key} {compare.op} … for none of them.",
            )
        if not field.nullable:
            return Not(compare)
        present = Compare(compare.entity, compare.key, "IS NOT NULL", None, compare.position)
        return all_of(present, Not(compare))

    def key(self, token: Token) -> tuple[Entity, Field, str]:
        """Return what a key refers to, with its canonical name."""
        prefix, key = _split(token)
        entity = self.resource.find(prefix)
        if entity is None:
            prefixes = ", ".join(entity.prefixes[0] for entity in self.resource.entities)
            raise self.error(token, f"{shown(str(prefix))} is no part of {self.resource.name}; use one of {prefixes}.")
        field = entity.find(key)
        if field is None:
            raise self.error(token, self.unknown(entity, prefix, key))
        if not key:
            raise self.error(token, f"the key after {shown(f'{prefix}.')} is missing.")
        return entity, field, field.name or key

    def unknown(self, entity: Entity, prefix: str | None, key: str) -> str:
        """Write the sentence about a key that its entity does not have."""
        names = ", ".join(field.name for field in entity.fields)
        sentence = f"{self.resource.name} have no {entity.name} {shown(key)}; use one of {names}."
        if prefix is None and key:
            opens = [f"{other.prefixes[0]}.{key}" for other in self.resource.entities if other.any_key]
            if opens and len(key) < 30:
                sentence += f" Or did you mean {' or '.join(opens)}?"
        return sentence

    def value(self, op: str, field: Field, called: str, values: list[Token], operator: Token) -> Value:
        """Return the typed value of a clause."""
        if op in ("IS NULL", "IS NOT NULL"):
            return None
        if op in ("IN", "NOT IN"):
            return tuple(self.as_text(token, field, called) for token in values)
        token = values[0]
        if field.kind in ("int", "float"):
            return self.as_number(token, field, called)
        text = self.as_text(token, field, called)
        if op == "RLIKE" and (reason := why_not_a_pattern(text)):
            raise self.error(token, f"this regular expression cannot be used: {reason}.")
        if op in ("LIKE", "ILIKE") and len(text) > MAX_LIKE_LENGTH:
            raise self.error(
                token, f"this pattern has {len(text)} characters and at most {MAX_LIKE_LENGTH} are allowed."
            )
        return text

    def as_text(self, token: Token, field: Field, called: str) -> str:
        """Return the text of a value, without its quotes."""
        if token.type == "NUMBER":
            if field.kind == "id" and _WHOLE.fullmatch(token):
                return str(token)
            raise self.error(token, f"{called} is text; write the value in quotes: '{str(token)[:30]}'.")
        return str(token)[1:-1]

    def as_number(self, token: Token, field: Field, called: str) -> int | float:
        """Return the number of a value. Beyond 64 bits a whole number becomes a float: no column holds it anyway."""
        text = str(token)
        if token.type != "NUMBER":
            text = text[1:-1]
            if not (field.quotable and _WHOLE.fullmatch(text)):
                raise self.error(token, f"{called} is a number; write the value without quotes.")
        number = float(text)
        # The float is asked first: Python refuses to read a whole number of thousands of digits.
        if field.kind == "int" and _WHOLE.fullmatch(text) and math.fabs(number) <= _INT64:
            whole = int(text)
            return whole if -_INT64 <= whole < _INT64 else number
        return number

    def error(self, token: Token, sentence: str) -> InvalidParameter:
        """Build an error that points at a token."""
        return invalid(self.what, self.text, token.start_pos or 0, sentence)

    def order(self, key: Token, ascending: bool) -> OrderBy:
        """Return the meaning of one order_by item."""
        entity, field, name = self.key(key)
        if not field.orderable:
            choices = [
                f"{other.prefixes[0]}.KEY" if other.any_key else ", ".join(f.name for f in other.fields if f.orderable)
                for other in self.resource.entities
                if other.orderable
            ]
            sentence = f"{self.resource.name} cannot be ordered by {_called(entity, name)}; use {', '.join(choices)}."
            raise self.error(key, sentence)
        return OrderBy(entity.name, name, ascending)


def _split(token: Token) -> tuple[str | None, str]:
    """Return the prefix (None when there is no dot outside of quotes) and the key of a key token, unquoted."""
    if token.type == "KEY":
        prefix, dot, key = token.partition(".")
        return (prefix, key) if dot else (None, prefix)
    found = _QUOTED_KEY.fullmatch(token)
    if found is None:
        raise AssertionError(f"the grammar and this module disagree about the key {token!r}")
    prefix = found["prefix"] if found["quoted_prefix"] is None else found["quoted_prefix"]
    return prefix, found["plain"] if found["quoted"] is None else found["quoted"][1:-1]


def _called(entity: Entity, name: str) -> str:
    return f"{entity.name} {shown(name)}"
