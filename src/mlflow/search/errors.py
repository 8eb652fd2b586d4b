"""Errors that point at the place in the caller's text."""

from __future__ import annotations

from mlflow.exceptions import InvalidParameter

# The excerpt shows this many characters on each side of the error, so that it fits a terminal's line.
_AROUND = 40
_SHOWN = 40


def invalid(what: str, text: str, offset: int, sentence: str) -> InvalidParameter:
    """Build an error that shows where in `text` the trouble is.

    Args:
        what: "filter" or "order_by".
        text: all the caller wrote.
        offset: characters before the trouble, 0 to len(text); the message counts from 1.
        sentence: what is wrong and what would be right; ends in a full stop.
    """
    offset = min(max(offset, 0), len(text))
    start, end = max(0, offset - _AROUND), min(len(text), offset + _AROUND)
    before, after = ("…" if start > 0 else ""), ("…" if end < len(text) else "")
    excerpt = before + _one_line(text[start:end]) + after
    caret = " " * (len(before) + offset - start) + "^"
    return InvalidParameter(f"Invalid {what} at position {offset + 1}: {sentence}\n  {excerpt}\n  {caret}")


def shown(text: str) -> str:
    """Quote a piece of the caller's text for a message, cut to a readable length."""
    text = _one_line(text)
    return f"'{text[:_SHOWN]}…'" if len(text) > _SHOWN else f"'{text}'"


def _one_line(text: str) -> str:
    # One character for one character, so that the caret below keeps its place.
    return "".join(char if char.isprintable() else " " for char in text)
