"""Where we answer otherwise than MLflow on purpose: the whole list, with reasons.

A place that differs and is not here fails the tests; so does an entry that no longer happens, or happens otherwise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from tests.compat.environments import NEWEST
from tests.compat.transcripts import Mismatch


@dataclasses.dataclass(frozen=True)
class Difference:
    """One place where the answers differ.

    Args:
        where: the step and the keys inside its result, joined by " / ".
        theirs: what MLflow does.
        ours: what we do.
        reason: why ours is better, in one sentence.
    """

    where: str
    theirs: Any
    ours: Any
    reason: str

    def explains(self, mismatch: Mismatch) -> bool:
        """Tell whether this is exactly that mismatch."""
        return (self.where, self.theirs, self.ours) == (mismatch.where, mismatch.theirs, mismatch.ours)


@dataclasses.dataclass(frozen=True)
class Rule:
    """One decision that shows in many places."""

    reason: str
    holds: Callable[[str, Any, Any], bool]  # where, theirs, ours

    def explains(self, mismatch: Mismatch) -> bool:
        """Tell whether the mismatch follows from this decision."""
        return self.holds(mismatch.where, mismatch.theirs, mismatch.ours)


Known = Difference | Rule


def sort_out(mismatches: Iterable[Mismatch], known: Iterable[Known]) -> tuple[list[Mismatch], list[Known]]:
    """Return the mismatches nobody explained, and the explanations nothing needed."""
    explanations = list(known)
    needed: set[int] = set()
    unexplained = []
    for mismatch in mismatches:
        found = [number for number, one in enumerate(explanations) if one.explains(mismatch)]
        needed.update(found)
        if not found:
            unexplained.append(mismatch)
    return unexplained, [one for number, one in enumerate(explanations) if number not in needed]


def error_answer(status: int, error_code: str) -> dict[str, Any]:
    """The answer every refused request gets from us."""
    return {"status": status, "type": "application/json", "body": {"error_code": error_code, "message": "<text>"}}


def _is_our_error(ours: Any, *statuses: int) -> bool:
    """Tell whether an answer is an error in the documented shape, with one of the statuses."""
    return (
        isinstance(ours, dict)
        and ours.get("status") in statuses
        and ours.get("type") == "application/json"
        and isinstance(ours.get("body"), dict)
        and {"error_code", "message"} <= set(ours["body"])
    )


def _is_html(theirs: Any, status: int) -> bool:
    return isinstance(theirs, dict) and theirs.get("status") == status and theirs.get("type") == "text/html"


WIRE: tuple[Known, ...] = (
    Rule(
        "a wrong method is answered in the documented error shape, not with an HTML page",
        lambda where, theirs, ours: _is_html(theirs, 405) and _is_our_error(ours, 405),
    ),
    Rule(
        "a body that is JSON but not an object is the caller's mistake, not an internal error",
        lambda where, theirs, ours: _is_html(theirs, 500) and _is_our_error(ours, 400),
    ),
)

# What every client sees of our server's decisions, then what only some of them see.
_ALL_CLIENTS: tuple[Known, ...] = ()
CLIENTS: dict[str, tuple[Known, ...]] = {
    "2.22.5": (*_ALL_CLIENTS,),
    "3.7.0": (*_ALL_CLIENTS,),
    NEWEST: (*_ALL_CLIENTS,),
}


def _error(value: Any) -> tuple[str, str | None] | None:
    """Class and code of an error in a session's transcript; None when it is something else."""
    if isinstance(value, dict) and set(value) == {"error"}:
        return value["error"]["class"], value["error"]["error_code"]
    return None


_OURS = ("MlflowException", "RestException")


def _same_code(where: str, theirs: Any, ours: Any) -> bool:
    left, right = _error(theirs), _error(ours)
    return bool(left and right and left[0] in _OURS and right[0] in _OURS and left[1] == right[1])


def _accident(where: str, theirs: Any, ours: Any) -> bool:
    left = _error(theirs)
    accidental = left is not None and left[0] in ("TypeError", "ValueError", "OverflowError", "OSError", "Exception")
    return accidental and _error(ours) == ("MlflowException", "INVALID_PARAMETER_VALUE")


def _callers_mistake(where: str, theirs: Any, ours: Any) -> bool:
    return _error(theirs) == ("MlflowException", "INTERNAL_ERROR") and _error(ours) == (
        "MlflowException",
        "INVALID_PARAMETER_VALUE",
    )


# What our SDK does otherwise, whichever server it talks to, and what shows only with one of them.
SDK: tuple[Known, ...] = (
    Rule(
        "RestException is for what a server said: a mistake seen before anything was sent is a MlflowException, its "
        "base class, with the same code; and what MlflowException wraps there is passed on here",
        _same_code,
    ),
    Rule("a wrong argument is a MlflowException with a code, not an accident in the wire library", _accident),
    Rule("a caller's mistake is INVALID_PARAMETER_VALUE, not INTERNAL_ERROR", _callers_mistake),
)
SDK_WITH_OUR_SERVER: tuple[Known, ...] = ()
SDK_WITH_THEIR_SERVER: tuple[Known, ...] = ()
