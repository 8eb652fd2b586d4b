"""How a known difference is written down, and how a list of them is held against what was found."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

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


def at(prefix: str, reason: str, *places: tuple[str, Any, Any]) -> tuple[Difference, ...]:
    """Several differences of one reason, inside one step."""
    return tuple(Difference(f"{prefix} / {where}", theirs, ours, reason) for where, theirs, ours in places)
