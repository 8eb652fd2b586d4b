"""From text to a lark tree by `grammar.lark`, and lark's refusals as sentences that point at the place.

This module knows no resource. It imports lark, so it is itself imported when the first filter is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import zip_longest
from pathlib import Path

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedToken

from mlflow.exceptions import InvalidParameter
from mlflow.search.errors import invalid, shown

MAX_LENGTH = 200_000
# What SQLite can read: its parser's stack ends at 12 to 16 levels of AND in OR, and its expressions at 1,000 levels, of
# which a chain has as many as parts, and a clause on what may be missing is two. A contract test asks for the largest.
MAX_DEPTH = 10  # of parentheses and NOTs inside each other
MAX_CLAUSES = 400

_UNFIT = re.compile(r"[\x00\ud800-\udfff]")
_NEARLY_NUMBER = re.compile(r"[+-]?\s*\.?\d")
_OPERATORS = frozenset({"COMPARE", "LIKE", "IN", "IS_NULL"})
_KEYS = frozenset({"KEY", "QUOTED_KEY", "DOUBLE"})
_ENDS_OF_CLAUSE = frozenset({"SINGLE", "DOUBLE", "NUMBER", "IS_NULL", "RPAR"})


def read_filter(text: str) -> Tree[Token] | None:
    """Read a filter; None when it has no clause, only an AND.

    Returns:
        A tree of `any_of`, `all_of` and `negation` over `clause`, whose children are tokens: key, operator, values.

    Raises:
        InvalidParameter: not a sentence of the language, or beyond the limits above.
    """
    return next((child for child in _read(text, "filter").children if isinstance(child, Tree)), None)


def read_order(text: str) -> tuple[Token, bool]:
    """Read one order_by item.

    Returns:
        The key, and whether the order is ascending.

    Raises:
        InvalidParameter: not a sentence of the language, or too long.
    """
    key, *direction = (child for child in _read(text, "order").children if isinstance(child, Token))
    return key, not direction or direction[0].type == "ASC"


def _read(text: str, start: str) -> Tree[Token]:
    what = "filter" if start == "filter" else "order_by"
    if len(text) > MAX_LENGTH:
        raise InvalidParameter(
            f"Invalid {what}: it has {len(text)} characters and at most {MAX_LENGTH} are allowed. Ask in several calls."
        )
    # Neither UTF-8 nor a database's text column can hold these, so no value can be equal to them.
    if unfit := _UNFIT.search(text):
        raise invalid(what, text, unfit.start(), f"the character {unfit.group()!r} cannot be stored or searched for.")
    try:
        return _parser().parse(text, start=start)
    except _TooBig as error:
        raise invalid(what, text, error.offset, error.sentence) from None
    except UnexpectedToken as error:
        raise _unexpected(what, text, error) from None
    except UnexpectedCharacters as error:
        raise _unreadable(what, text, error.pos_in_stream or 0) from None


@cache
def _parser() -> Lark:
    # The basic lexer, because `_tidy` looks one token ahead of the parser, whose state the contextual one needs.
    return Lark(
        Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8"),
        start=["filter", "order"],
        parser="lalr",
        lexer="basic",
        postlex=_PostLexer(),
    )


class _PostLexer:
    """Stands between lark's lexer and parser."""

    always_accept: tuple[str, ...] = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        tokens = list(stream)
        _check_size(tokens)
        return _tidy(tokens)


def _tidy(tokens: list[Token]) -> Iterator[Token]:
    """Write out what MLflow reads between the lines.

    It drops an AND that comes first, last or twice (programs glue clauses together with " AND "), and reads two
    clauses side by side as joined by AND.
    """
    while tokens and tokens[-1].type == "_AND":
        tokens.pop()
    before = ""
    for token, after in zip_longest(tokens, tokens[1:]):
        if token.type == "_AND" and before in ("", "_AND"):
            continue
        if before in _ENDS_OF_CLAUSE and token.type in _KEYS and after and after.type in _OPERATORS:
            yield Token.new_borrow_pos("_AND", "AND", token)
        yield token
        before = token.type


class _TooBig(Exception):
    def __init__(self, token: Token, sentence: str) -> None:
        self.offset = token.start_pos or 0
        self.sentence = sentence


def _check_size(tokens: list[Token]) -> None:
    """Count before parsing, so that no later step meets a tree too deep for Python's stack."""
    clauses = depth = floor = 0
    floors: list[int] = []  # the depth inside each open parenthesis, without the NOTs that only hold for one clause
    for token in tokens:
        if token.type in _OPERATORS:
            clauses += 1
        elif token.type == "_NOT":
            depth += 1
        elif token.type == "LPAR":
            floors.append(floor)
            floor = depth = depth + 1
        elif token.type == "RPAR":
            floor = depth = floors.pop() if floors else 0
        elif token.type in ("_AND", "_OR"):
            depth = floor
        if depth > MAX_DEPTH:
            raise _TooBig(token, f"parentheses and NOTs are nested more than {MAX_DEPTH} levels deep.")
        if clauses > MAX_CLAUSES:
            raise _TooBig(token, f"there are more than {MAX_CLAUSES} clauses. Use IN for lists, or several calls.")


def _unexpected(what: str, text: str, error: UnexpectedToken) -> InvalidParameter:
    token = error.token
    ended = token.type == "$END"
    offset = len(text.rstrip()) if ended else token.start_pos or 0
    found = "the end" if ended else shown(str(token))
    wanted = _wanted(error.accepts or error.expected)
    hint = _hint(text, offset, token, wanted)
    return invalid(what, text, offset, f"expected {wanted}, found {found}.{hint}")


_VALUE = "a value: text in quotes or a number"
_TEXT = "text in quotes"


def _wanted(accepted: set[str]) -> str:
    """Say what the parser would have taken, from the names of the terminals."""
    if accepted & _OPERATORS:
        return "an operator (=, !=, <, <=, >, >=, LIKE, ILIKE, RLIKE, IN, NOT IN, IS NULL, IS NOT NULL)"
    if "KEY" in accepted:
        return "a key such as metrics.accuracy"
    if "NUMBER" in accepted:
        return _VALUE
    if "SINGLE" in accepted:
        return _TEXT
    if "LPAR" in accepted:
        return "a list such as ('a', 'b')"
    if "COMMA" in accepted:
        return "',' or ')'"
    if "ASC" in accepted:
        return "ASC, DESC or the end"
    joints = (["AND", "OR"] if "_AND" in accepted else []) + (["')'"] if "RPAR" in accepted else [])
    return " or ".join([", ".join(joints), "the end"][not joints :]) if "$END" in accepted else ", ".join(joints)


def _hint(text: str, offset: int, token: Token, wanted: str) -> str:
    doubled = text[max(offset - 1, 0) : offset + 1]
    if doubled == "==":
        return " Write = for equal."
    if doubled == "<>":
        return " Write != for different."
    if token.type == "RPAR" and wanted == "the end":
        return " This ')' closes nothing."
    if token.type == "KEY" and wanted in (_VALUE, _TEXT):
        return " Put text in quotes: 'like this'."
    return ""


def _unreadable(what: str, text: str, offset: int) -> InvalidParameter:
    char = text[offset]
    if char in "'\"`":
        sentence = f"this {char} is never closed."
        if f"\\{char}" in text:
            sentence += f" A {char} after a backslash does not end the text; close with another kind of quotes."
    elif _NEARLY_NUMBER.match(text, offset):
        sentence = "this is not a number. Write for instance -1, 0.5 or 1e-3."
    elif char == "!":
        sentence = "expected an operator, found '!'. Write != for different."
    else:
        sentence = f"{shown(char)} has no meaning here. Put text in quotes, and keys with such characters in backticks."
    return invalid(what, text, offset, sentence)
