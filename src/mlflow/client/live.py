"""Hearing at once what is changed in the registry: on a thread of its own, that nothing waits for."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence

from mlflow.client.listening import Listening, Polling, Streaming
from mlflow.entities.event import Event
from mlflow.store.base import Store
from mlflow.store.rest import RestStore


class EventStream:
    """Listens to a store from now on, and goes on listening whatever becomes of the server meanwhile.

    A server's events come within a tenth of a second or so, those of a database that this process has opened within
    0.2 s. A server that has no events, MLflow's own, is left in peace and looked at again now and then. Nothing is ever
    raised or printed here. A forked child listens for itself from its first use of the stream on.

    Args:
        store: to be listened to, until it is closed.
        entities: what is to be heard of, such as `prompt_alias`; none is everything.
        on_event: is called on the stream's thread with each event, in their order.
        on_missed: is called there when something may have changed unheard, so that what is kept must be read anew;
            always once in the beginning.
    """

    def __init__(
        self,
        store: Store,
        entities: Sequence[str],
        on_event: Callable[[Event], None],
        on_missed: Callable[[], None],
    ) -> None:
        self._store = store
        self._entities = list(entities)
        self._on_event, self._on_missed = on_event, on_missed
        self._closed = False
        self._lock = threading.Lock()
        self._listening: Listening | None = None
        self._now()
        _streams.add(self)

    @property
    def connected(self) -> bool:
        """Whether every event is heard soon, as far as one can know."""
        return self._now().connected

    @property
    def last_heard(self) -> float:
        """When the server or database last gave a sign of life, in monotonic seconds; 0.0 if it never did."""
        return self._now().last_heard

    def covers(self, since: float) -> bool:
        """Tell whether all that was changed after `since` (monotonic seconds) has been told by now.

        "By now" is as quick as events are; and it takes 40 s to find out that a connection is dead that was not cut.
        """
        now = self._now()
        return now.connected and now.since <= since and time.monotonic() - now.last_heard < now.patience_seconds

    def close(self) -> None:
        """Listen no more. No callback is running when this returns, unless it is called by one."""
        self._closed = True
        self._now().stop()

    def _now(self) -> Listening:
        """Return what listens in this process."""
        found = self._listening
        if found is None:
            with self._lock:
                found = self._listening
                if found is None:
                    kind = Streaming if isinstance(self._store, RestStore) else Polling
                    found = kind(self._store, self._entities, self._on_event, self._on_missed)
                    self._listening = found
                    if not self._closed:
                        found.start()
        return found

    def _begin_again(self) -> None:
        """Forget what listened in the parent process: its thread is not here, and its locks may be held for ever."""
        self._lock = threading.Lock()
        self._listening = None


_streams: weakref.WeakSet[EventStream] = weakref.WeakSet()


def _in_child() -> None:
    for stream in list(_streams):
        stream._begin_again()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_in_child)
