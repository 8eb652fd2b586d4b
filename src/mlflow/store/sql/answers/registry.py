"""Which function answers which Call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from mlflow.api import Call
from mlflow.store.sql.transaction import Transaction

C = TypeVar("C", bound=Call[Any])
R = TypeVar("R")
Run = Callable[[Transaction, Any], Any]


class Answer(NamedTuple):
    """How a Call is answered, and whether that writes."""

    run: Run
    writes: bool


ANSWERS: dict[type[Call[Any]], Answer] = {}


def reads(call: type[C]) -> Callable[[Callable[[Transaction, C], R]], Callable[[Transaction, C], R]]:
    """Declare the answer to a Call that changes nothing."""
    return _declare(call, writes=False)


def writes(call: type[C]) -> Callable[[Callable[[Transaction, C], R]], Callable[[Transaction, C], R]]:
    """Declare the answer to a Call that may change something."""
    return _declare(call, writes=True)


def _declare(
    call: type[C], *, writes: bool
) -> Callable[[Callable[[Transaction, C], R]], Callable[[Transaction, C], R]]:
    def declare(answer: Callable[[Transaction, C], R]) -> Callable[[Transaction, C], R]:
        ANSWERS[call] = Answer(answer, writes)
        return answer

    return declare
