"""What a Jinja2 template may cost: a budget of steps, spent by what it does and by how large the things are that it
does it with. Steps and not seconds, so the same template gets equally far on every machine, in every thread.

What would grow out of bounds within one operation (`'a' * 10**9`) is estimated, and refused before it is done.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, ItemsView, KeysView, ValuesView
from string import Formatter
from typing import Any

from mlflow.exceptions import InvalidPrompt

STEPS = 1_500_000
"""What one rendering may spend: a second of the slowest that can be bought with it, two on a slow core."""

LARGEST = 4_000_000
"""Characters that one operation may make."""

LARGEST_INTEGER = 60
"""Bits of the integers that may be made. Python gives many larger ones the same hash, and then a dict is slow."""

OUTPUT_LIMIT = 1_000_000
"""Characters of the rendered prompt; of a chat prompt, of all its messages together."""

_CONTAINERS = (list, tuple, set, frozenset, deque, KeysView, ValuesView, ItemsView)


def weight(value: Any) -> int:
    """Return in how many steps a value can be looked through: one for each part, for ten characters, for 100 bits.

    Parts that it holds twice count twice, as they do when it is printed or compared.
    """
    total = 0
    waiting = [value]
    while waiting and total + len(waiting) <= STEPS:
        value = waiting.pop()
        total += 1
        if isinstance(value, str | bytes | bytearray):
            total += len(value) // 10
        elif isinstance(value, int):
            total += value.bit_length() // 100
        elif isinstance(value, dict):
            waiting += value
            waiting += value.values()
        elif isinstance(value, _CONTAINERS):
            waiting += value
        elif isinstance(value, range):
            total += len(value)
    return total + len(waiting)


class Budget:
    """The steps that one rendering has left."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = STEPS

    def spend(self, steps: int) -> None:
        """Take steps, never give any; InvalidPrompt when there are too few."""
        self._left -= max(steps, 0)
        if self._left < 0:
            raise too_costly("does more")

    def read(self, *values: Any) -> None:
        """Pay for looking through values."""
        for value in values:
            self.spend(weight(value))

    def made(self, value: Any) -> None:
        """Pay for a value that was made: texts cost more than to read, for they fill the memory."""
        check_number(value)
        self.spend(1 + len(value) // 4 if isinstance(value, str | bytes) else weight(value))

    def expect(self, size: float) -> None:
        """Pay for an operation that is going to make `size` characters, or to move as many; refuse the largest."""
        if size > LARGEST:
            raise too_costly("makes something larger")
        self.spend(int(size) // 100)

    def operator(self, name: str, left: Any, right: Any) -> None:
        """Pay for a binary operator."""
        self.read(left, right)
        if name == "**" and isinstance(left, int) and isinstance(right, int):
            if left.bit_length() * right > 64 * LARGEST_INTEGER:  # more is sure to be refused once it is made
                raise too_costly("computes larger numbers")
        elif name == "*":
            for some, times in ((left, right), (right, left)):
                if isinstance(times, int) and hasattr(some, "__len__"):
                    self.expect(len(some) * times)
        elif name == "%" and isinstance(left, str | bytes):
            self.expect(_percent(left, right))


def too_costly(what: str) -> InvalidPrompt:
    """Return the error for a template that goes beyond its bounds."""
    return InvalidPrompt(
        f"The Jinja2 template {what} than a prompt may. Loop less, or pass in a value that is computed already."
        " Where you trust whoever wrote it, format with use_jinja_sandbox=False, which has no bounds."
    )


def check_number(value: Any) -> None:
    """Refuse an integer beyond `LARGEST_INTEGER`."""
    if isinstance(value, int) and value.bit_length() > LARGEST_INTEGER:
        raise too_costly("computes larger numbers")


def _number(value: Any) -> float:
    return abs(value) if isinstance(value, int | float) else 0


def _widths(digits: list[str]) -> int:
    return sum(int(number) if len(number) < 8 else LARGEST + 1 for number in digits)


def _percent(template: Any, values: Any) -> int:
    text = template.decode("latin-1") if isinstance(template, bytes) else str(template)
    if "*" in text:  # the width is among the values
        return LARGEST + 1
    return len(text) + text.count("%") * 20 * weight(values) + _widths(re.findall(r"\d+", text))


def _braces(text: str, *args: Any, **kwargs: Any) -> int:
    size = len(text)
    for _, name, spec, _ in Formatter().parse(text):
        if name is not None:
            size += 20 * weight([args, kwargs]) + _widths(re.findall(r"\d+", spec or ""))
        if "{" in (spec or ""):
            return LARGEST + 1
    return size


def _width(value: Any, width: Any = 80, *fill: Any, **_: Any) -> float:
    return _number(width)


def _replace(text: Any, old: Any, new: Any, count: Any = None) -> float:
    return len(text) + str(text).count(str(old)) * len(new)


def _indent(text: Any, width: Any = 4, *_: Any, **__: Any) -> float:
    return (str(text).count("\n") + 1) * (len(width) if isinstance(width, str) else _number(width))


def _wordwrap(text: Any, width: Any = 79, break_long_words: Any = True, wrapstring: Any = None, *_: Any) -> float:
    # textwrap copies the rest of a long word for every line that it cuts from it.
    size = len(str(text))
    return size * len(wrapstring or "\n") + size * size / max(_number(width), 1) / 1000


def _join(parts: Any, between: Any = "", *_: Any, **__: Any) -> float:
    return len(str(between)) * len(parts) if hasattr(parts, "__len__") else 0


def _sum(parts: Any, attribute: Any = None, start: Any = 0) -> float:
    # Lists are copied with each one that is added.
    return 0 if isinstance(start, int | float) else weight(parts) ** 2 / 1000


def _search(text: Any, sought: Any = " ", *_: Any) -> float:
    # From the right, and for sets of characters, Python compares everything with everything.
    return len(text) * len(sought or " ") / 5


def _codec(text: Any, encoding: str = "utf-8", *_: Any, **__: Any) -> float:
    return len(text) if encoding.lower() in ("utf-8", "utf8", "ascii", "latin-1") else LARGEST + 1


def _unique(parts: Any, *_: Any, **__: Any) -> float:
    # Tuples can be chosen so that all have the same hash.
    return sum(not isinstance(part, str | int | float) for part in parts) ** 2 / 10


def _translate(text: Any, table: Any) -> float:
    return len(text) * max((len(new) for new in table.values() if isinstance(new, str)), default=1)


FILTERS: dict[str, Callable[..., float]] = {
    "batch": lambda value, linecount, fill_with=None: _number(linecount),
    "center": _width,
    "format": lambda text, *args, **kwargs: _percent(text, [args, kwargs]),
    "indent": _indent,
    "join": _join,
    "pprint": lambda value: weight(value) ** 2 / 1000,  # prints each level again to see if it fits a line
    "replace": _replace,
    "round": lambda value, precision=0, method="common": _number(precision) * 1000,  # takes ten to the power of it
    "slice": lambda value, slices, fill_with=None: _number(slices),
    "striptags": lambda text: str(text).count("<") * len(str(text)) / 1000,  # copies the text for each tag
    "sum": _sum,
    "tojson": lambda value, indent=None: weight(value) * _number(indent),
    "trim": _search,
    "truncate": lambda text, length=255, killwords=False, end="...", leeway=None: len(end),
    "unique": _unique,
    "wordwrap": _wordwrap,
}
"""What filters make that may be far larger than what they are given."""

METHODS: dict[str, Callable[..., float]] = {
    "center": _width,
    "decode": _codec,
    "encode": _codec,
    "expandtabs": lambda text, tabsize=8: text.count("\t" if isinstance(text, str) else b"\t") * _number(tabsize),
    "format": _braces,
    "format_map": lambda text, values: _braces(text, values),
    "join": lambda between, parts: _join(parts, between),
    "ljust": _width,
    "lstrip": _search,
    "replace": _replace,
    "rfind": _search,
    "rindex": _search,
    "rjust": _width,
    "rpartition": _search,
    "rsplit": _search,
    "rstrip": _search,
    "strip": _search,
    "to_bytes": lambda number, length=1, *_, **__: _number(length),
    "translate": _translate,
    "zfill": _width,
}
"""The same for methods of texts, bytes and numbers."""
