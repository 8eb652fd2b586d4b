"""Paths that hold values, such as `webhooks/{webhook_id}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

T = TypeVar("T")


class PathTemplates(Generic[T]):
    """What answers on paths with values in them; asked only when a path is not there as it stands."""

    def __init__(self, answers: Mapping[str, T]) -> None:
        self._of_length: dict[int, list[tuple[list[str], T]]] = {}
        for path, answer in answers.items():
            parts = path.split("/")
            self._of_length.setdefault(len(parts), []).append((parts, answer))

    def find(self, path: str) -> tuple[T, dict[str, str]] | None:
        """Return what answers on a path, and the values in it by name."""
        parts = path.split("/")
        for template, answer in self._of_length.get(len(parts), ()):
            values = _values(template, parts)
            if values is not None:
                return answer, values
        return None


def is_template(path: str) -> bool:
    """Tell whether a declared path has places for values."""
    return "{" in path


def _values(template: list[str], parts: list[str]) -> dict[str, str] | None:
    values: dict[str, str] = {}
    for wanted, given in zip(template, parts, strict=True):
        if is_template(wanted) and given:
            values[wanted[1:-1]] = given
        elif wanted != given:
            return None
    return values
