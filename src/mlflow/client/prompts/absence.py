"""While a registry cannot be reached: not to wait for it at every load, and to say so once and not a thousand times."""

from __future__ import annotations

import time
from collections.abc import Hashable

from mlflow.exceptions import Unavailable

PAUSE_SECONDS = 3.0
"""How long nobody is asked again after an answer did not come, where there is something else to give."""


class Absence:
    """Whether the last one who asked a registry got no answer. Shared between threads: all it loses is a moment."""

    def __init__(self) -> None:
        self._message: str | None = None
        self._asked_at = 0.0
        self._told: set[Hashable] = set()

    @property
    def is_known(self) -> bool:
        """Whether the last question had no answer."""
        return self._message is not None

    @property
    def is_recent(self) -> bool:
        """Whether that was a moment ago, so that another question would be in vain."""
        return self.is_known and time.monotonic() - self._asked_at < PAUSE_SECONDS

    def begin(self, message: str) -> None:
        """Note that a question had no answer, and why."""
        self._message, self._asked_at = message, time.monotonic()

    def end(self) -> None:
        """Note that the registry answered."""
        if self._message is not None:
            self._message = None
            self._told.clear()

    def error(self) -> Unavailable:
        """Return what to raise without asking."""
        return Unavailable(self._message or "")

    def is_news(self, what: Hashable) -> bool:
        """Tell whether this has not been said yet while the registry is away; now it has."""
        if what in self._told:
            return False
        self._told.add(what)
        return True


def span(seconds: float) -> str:
    """Return a time in words: `3 hours`."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
