"""The thread that follows a store's events for everybody who listens to this server process."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable

from mlflow.api.events import PAGE_LIMIT, ListEvents
from mlflow.server.frames import Frame, frame_of
from mlflow.store.base import Store

LOOK_AGAIN_SECONDS = 1.0
"""Events are looked for this often even when nobody said that there are some: a connection may be dead and not know."""

_PAUSE_SECONDS = 0.5
_DELIVERY_SECONDS = 5.0

logger = logging.getLogger(__name__)

Tell = Callable[[list[Frame], int, bool], None]
"""Takes new events, the place behind them, and whether others before them are lost."""


class Watcher:
    """Follows events from the moment of its start until it is stopped, whatever becomes of the database meanwhile.

    Args:
        store: whose events.
        loop: the running event loop.
        tell: is called in the loop.
    """

    def __init__(self, store: Store, loop: asyncio.AbstractEventLoop, tell: Tell) -> None:
        self.started: asyncio.Future[int] = loop.create_future()
        """The place from which on events are told; or the error why it could not begin."""
        self.heard_at = 0.0
        """When the database last answered, in monotonic seconds."""
        self._store, self._loop, self._tell = store, loop, tell
        self._place: int | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="headrace-events", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tell no more events; the thread ends within LOOK_AGAIN_SECONDS."""
        self._stopped.set()

    @property
    def runs(self) -> bool:
        """Whether the thread has yet to end."""
        return self._thread.is_alive()

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._follow()
            except Exception as error:
                if self._place is None:
                    self._in_loop(self._fail, error)
                    return
                logger.debug("Events cannot be followed, trying again: %s", error)
                self._stopped.wait(_PAUSE_SECONDS)

    def _follow(self) -> None:
        watch = self._store.watch()
        try:
            while not self._stopped.is_set():
                self._catch_up()
                watch.wait(LOOK_AGAIN_SECONDS)
        finally:
            watch.close()

    def _catch_up(self) -> None:
        more = True
        while more and not self._stopped.is_set():
            page = self._store.call(ListEvents(after=self._place, max_results=PAGE_LIMIT))
            self.heard_at = time.monotonic()
            if self._place is None:
                self._in_loop(self._begin, page.last_id)
            elif page.events or page.missed:
                self._in_loop(self._pass_on, [frame_of(event) for event in page.events], page.last_id, page.missed)
            self._place = page.last_id
            more = bool(page.events)

    def _in_loop(self, do: Callable[..., None], *arguments: object) -> None:
        """Have something done in the event loop, and wait for it: a loop that lags is not handed ever more."""
        done = threading.Event()

        def run() -> None:
            do(*arguments)
            done.set()

        try:
            self._loop.call_soon_threadsafe(run)
        except RuntimeError:  # it was closed
            self._stopped.set()
        else:
            done.wait(_DELIVERY_SECONDS)

    def _begin(self, place: int) -> None:
        if not self.started.done():
            self._tell([], place, False)
            self.started.set_result(place)

    def _fail(self, error: Exception) -> None:
        if not self.started.done():
            self.started.set_exception(error)
            self.started.exception()  # who asked may have left; then nobody would look at it

    def _pass_on(self, frames: list[Frame], place: int, lost: bool) -> None:
        if not self._stopped.is_set():
            self._tell(frames, place, lost)
