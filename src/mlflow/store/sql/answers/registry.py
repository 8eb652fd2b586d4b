"""Which function answers which Call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from mlflow.api import Call
from mlflow.store.sql.transaction import Transaction

C = TypeVar("C", bound=Call[Any])
R = TypeVar("R")
Run = Callable[[Transaction, Any], Any]


class Answer(NamedTuple):
    """How a Call is answered, whether that writes, and whether it is a quick look at one thing."""

    run: Run
    writes: bool
    quick: bool


ANSWERS: dict[type[Call[Any]], Answer] = {}

Together = Callable[[Transaction, Any], list[Exception | None]]
TOGETHER: dict[type[Call[Any]], Together] = {}
"""How Calls of one kind that wait at the same time are answered as one; only for Calls that answer nothing."""


def reads(
    call: type[C], *, quick: bool = False
) -> Callable[[Callable[[Transaction, C], R]], Callable[[Transaction, C], R]]:
    """Declare the answer to a Call that changes nothing; a quick one is never held up by searches and histories."""
    return _declare(call, writes=False, quick=quick)


def writes(call: type[C]) -> Callable[[Callable[[Transaction, C], R]], Callable[[Transaction, C], R]]:
    """Declare the answer to a Call that may change something."""
    return _declare(call, writes=True, quick=False)


def writes_together(
    call: type[C],
) -> Callable[
    [Callable[[Transaction, Sequence[C]], list[Exception | None]]],
    Callable[[Transaction, Sequence[C]], list[Exception | None]],
]:
    """Declare how many Calls of one kind are done at once; what fails is returned in its place, not raised."""

    def declare(
        answer: Callable[[Transaction, Sequence[C]], list[Exception | None]],
    ) -> Callable[[Transaction, Sequence[C]], list[Exception | None]]:
        TOGETHER[call] = answer
        return answer

    return declare


def _declare(
    call: type[C], *, writes: bool, quick: bool
) -> Callable[[Callable[[Transaction, C], R]], Callable[[Transaction, C], R]]:
    def declare(answer: Callable[[Transaction, C], R]) -> Callable[[Transaction, C], R]:
        ANSWERS[call] = Answer(answer, writes, quick)
        return answer

    return declare
