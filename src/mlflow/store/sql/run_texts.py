"""Runs as JSON, kept in memory: who asks for a list of runs mostly asks for the same runs again.

A run's row has a version that every write to the run raises, in the same transaction. A text is used only for the very
version that the reader's snapshot shows, so it is never stale, whichever process wrote.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping

LIMIT_BYTES = 64 * 1024 * 1024


class RunTexts:
    """JSON texts of runs by number and version; the longest unused go first. Shared between threads."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._size = 0
        self._texts: OrderedDict[int, tuple[int, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, versions: Mapping[int, int]) -> dict[int, bytes]:
        """Return the texts that are there for these runs at these versions."""
        found: dict[int, bytes] = {}
        with self._lock:
            for number, version in versions.items():
                kept = self._texts.get(number)
                if kept is not None and kept[0] == version:
                    self._texts.move_to_end(number)
                    found[number] = kept[1]
        return found

    def put(self, versions: Mapping[int, int], texts: Mapping[int, bytes]) -> None:
        """Keep texts that were read at these versions."""
        with self._lock:
            for number, text in texts.items():
                old = self._texts.pop(number, None)
                self._size += len(text) - (len(old[1]) if old else 0)
                self._texts[number] = (versions[number], text)
            while self._size > self._limit:
                _, (_, text) = self._texts.popitem(last=False)
                self._size -= len(text)
