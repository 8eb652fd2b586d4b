"""Who listens to this server process: each event is read once and put before every one of them.

Nothing runs while nobody listens. While somebody does, one thread follows the events (watcher.py).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from mlflow.exceptions import Unavailable
from mlflow.server import frames
from mlflow.server.frames import Frame
from mlflow.server.watcher import Watcher
from mlflow.store.base import Store

LISTENERS_LIMIT = 1000
WAITING_EVENTS = 10_000
WAITING_BYTES = 8 * 1024 * 1024
SILENCE_SECONDS = 5.0
"""A process that has not heard from the database for so long gives no more signs of life to its listeners."""

_SENT_AT_ONCE = 64 * 1024


class Listener:
    """One who listens. Used in the event loop alone.

    What waits for a slow one is bounded: beyond that they are told that they missed something.
    """

    def __init__(self, entities: Iterable[str], began: int, place: int) -> None:
        self.began = began
        """Where the hub was when they came; it tells them of nothing before that."""
        self.place = place
        """Events up to here are sent, wait, or were not asked for."""
        self.ended = False
        self._entities = frozenset(entities)
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._missed = False
        self._woken = asyncio.Event()

    def hear(self, frame: Frame) -> None:
        """Take an event, unless it was told before or nobody asked for it."""
        if frame.id <= self.place:
            return
        self.place = frame.id
        if self._missed or (self._entities and frame.entity not in self._entities):
            return
        self._waiting.append(frame.text)
        self._size += len(frame.text)
        if len(self._waiting) > WAITING_EVENTS or self._size > WAITING_BYTES:
            self.miss(frame.id)
        self._woken.set()

    def miss(self, place: int) -> None:
        """Forget what waits: the listener learns that events up to a place are lost, and goes on from there."""
        self.place = place
        self._waiting.clear()
        self._size = 0
        self._missed = True
        self._woken.set()

    def end(self) -> None:
        """Have the stream end."""
        self.ended = True
        self._woken.set()

    async def take(self, seconds: float) -> bytes:
        """Return what waits to be sent, after some time at the latest; nothing when there is nothing or it ended."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return b""
        if self._missed:
            self._missed = False
            self._woken.clear()
            return frames.missed(self.place)
        parts: list[bytes] = []
        size = 0
        while self._waiting and size < _SENT_AT_ONCE:
            parts.append(self._waiting.popleft())
            size += len(parts[-1])
        self._size -= size
        if not self._waiting and not self.ended:
            self._woken.clear()
        return b"".join(parts)


class Hub:
    """Everybody who listens to this process. Used in the event loop alone."""

    def __init__(self, store: Store) -> None:
        self.count = 0
        self.place = 0
        """Events up to here were told."""
        self._store = store
        self._listeners: set[Listener] = set()
        self._watcher: Watcher | None = None
        self._stopped: list[Watcher] = []
        self._ended = False

    @property
    def hears(self) -> bool:
        """Whether the database answers, so that an event would be heard."""
        return self._watcher is not None and time.monotonic() - self._watcher.heard_at < SILENCE_SECONDS

    @asynccontextmanager
    async def listen(self, entities: Iterable[str], after: int | None) -> AsyncIterator[Listener]:
        """Add a listener while the block lasts.

        Args:
            entities: what is to be heard of; none is everything.
            after: up to where they have heard; None begins now. What comes after it and up to the listener's `began`
                is for the caller to find.

        Raises:
            Unavailable: too many listen, the server stops, or the database cannot be reached.
        """
        if self.count >= LISTENERS_LIMIT:
            raise Unavailable(
                f"{LISTENERS_LIMIT} listeners are connected to this server process, which is as many as it takes. "
                "Try again later, or start the server with more --workers."
            )
        self.count += 1
        try:
            await self._watch()
            listener = Listener(entities, self.place, max(after or 0, self.place))
            self._listeners.add(listener)
            try:
                yield listener
            finally:
                self._listeners.discard(listener)
        finally:
            self.count -= 1
            if not self.count:
                self._stop()

    def end(self) -> None:
        """End all streams, for the server stops."""
        self._ended = True
        for listener in self._listeners:
            listener.end()

    def close(self) -> None:
        """Wait for the thread; not in the event loop."""
        self._stop()
        for watcher in self._stopped:
            watcher.join()

    async def _watch(self) -> None:
        if self._watcher is None and not self._ended:
            self._watcher = Watcher(self._store, asyncio.get_running_loop(), self._tell)
        watcher = self._watcher
        if watcher is not None:
            try:
                await asyncio.shield(watcher.started)
            except Exception:
                if self._watcher is watcher:
                    self._watcher = None
                raise
        if self._ended:
            raise Unavailable("The server is stopping. Try again in a moment.")

    def _stop(self) -> None:
        if self._watcher is not None:
            self._watcher.stop()
            self._stopped = [one for one in self._stopped if one.runs] + [self._watcher]
            self._watcher = None

    def _tell(self, new: list[Frame], place: int, lost: bool) -> None:
        self.place = place
        for listener in self._listeners:
            if lost:
                listener.miss(place)
            for frame in new:
                listener.hear(frame)
