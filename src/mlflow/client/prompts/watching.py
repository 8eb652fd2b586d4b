"""Being told of changes to prompts, and asking again for what is due: each on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

from mlflow.client.live import EventStream
from mlflow.entities.event import Event
from mlflow.environment_variables import HEADRACE_PROMPT_EVENTS
from mlflow.store.registry import store_for

ENTITIES = ("prompt", "prompt_version", "prompt_version_tag", "prompt_alias")


class Watch:
    """Listens to a registry's events, from the first use of an alias on, and does what memory has to do meanwhile.

    Args:
        uri: the registry.
        on_change: is called with a prompt's name, and its version where one was changed or removed.
        on_missed: is called when anything may have changed unheard.
    """

    def __init__(self, uri: str, on_change: Callable[[str, int | None], None], on_missed: Callable[[], None]) -> None:
        self._uri = uri
        self._on_change = on_change
        self._on_missed = on_missed
        self._lock = threading.Lock()
        self._stream: EventStream | None = None
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._worker: threading.Thread | None = None

    def begin(self) -> None:
        """Listen, unless that is done already or HEADRACE_PROMPT_EVENTS forbids it."""
        if self._stream is None and HEADRACE_PROMPT_EVENTS.get():
            with self._lock:
                if self._stream is None:
                    self._stream = EventStream(store_for(self._uri), ENTITIES, self._on_event, self._on_missed)

    def covers(self, since: float) -> bool:
        """Tell whether every change after `since` (monotonic seconds) would have been told by now."""
        return self._stream is not None and self._stream.covers(since)

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

    def _on_event(self, event: Event) -> None:
        version = str(event.data.get("version", "")) if event.entity in ("prompt_version", "prompt_version_tag") else ""
        self._on_change(event.name, int(version) if version.isdecimal() else None)
