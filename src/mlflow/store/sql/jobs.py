"""A Call on its way through the store, and the handing back of its result."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any

from mlflow.api import Call
from mlflow.store.base import Then


class Job:
    """A Call that waits for its answer, either in a blocked thread or in an event loop."""

    __slots__ = ("_done", "call", "error", "finish", "key", "loop", "reply", "result", "then", "wire")

    def __init__(
        self, call: Call[Any], key: str | None, finish: Callable[[Any], Any] | None = None, *, wire: bool = False
    ) -> None:
        self.call = call
        self.key = key
        self.finish = finish
        self.wire = wire
        self.reply: Any = None
        self.result: Any = None
        self.error: BaseException | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.then: Then[Any] | None = None
        self._done: threading.Lock | None = None

    def in_loop(self, loop: asyncio.AbstractEventLoop, then: Then[Any]) -> None:
        """Make the job end by a call to `then` in the event loop."""
        self.loop = loop
        self.then = then

    def in_thread(self) -> None:
        """Make the job end by waking the thread that calls `wait`."""
        self._done = threading.Lock()
        self._done.acquire()

    def wait(self) -> Any:
        """Block until the job is done; return its result or raise its error."""
        assert self._done is not None  # noqa: S101
        self._done.acquire()
        if self.error is not None:
            raise self.error
        return self.result

    def complete(self) -> None:
        """Make the result of the reply; a fault in `finish` becomes the job's error."""
        if self.error is None:
            try:
                self.result = self.finish(self.reply) if self.finish else self.reply
            except Exception as error:
                self.error = error

    def wake(self) -> None:
        """Wake the waiting thread."""
        if self._done is not None:
            self._done.release()

    def settle(self) -> None:
        """Hand the result over; runs in the job's event loop."""
        if self.then is not None:
            self.then(self.result, self.error)


def deliver(jobs: Iterable[Job]) -> None:
    """Hand back the results; each event loop is woken once, however many of the jobs are its own."""
    loops: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        job.complete()
        if job.loop is None:
            job.wake()
        else:
            loops.setdefault(job.loop, []).append(job)
    for loop, mine in loops.items():
        try:
            loop.call_soon_threadsafe(_settle, mine)
        except RuntimeError:  # the loop was closed; nobody waits any more
            continue


def _settle(jobs: list[Job]) -> None:
    for job in jobs:
        job.settle()
