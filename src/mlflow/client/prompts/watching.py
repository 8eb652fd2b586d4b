"""Asking again for what is due, on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue


class Watch:
    """Does what a registry's memory has to do besides answering."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._worker: threading.Thread | None = None

    def begin(self) -> None:
        """Be ready."""

    def covers(self, since: float) -> bool:
        """Tell whether every change after `since` (monotonic seconds) would have been told by now."""
        return False

    def run(self, job: Callable[[], None]) -> None:
        """Do something soon, off this thread; one after the other."""
        self._jobs.put(job)
        if self._worker is None:
            with self._lock:
                if self._worker is None:
                    self._worker = threading.Thread(target=self._work, name="headrace-prompts", daemon=True)
                    self._worker.start()

    def _work(self) -> None:
        while True:
            self._jobs.get()()
