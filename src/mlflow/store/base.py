"""The Store contract: a Call goes in, its reply comes out."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from mlflow.api import Call

R = TypeVar("R")
T = TypeVar("T")

Then = Callable[[T | None, BaseException | None], None]
"""What is called, in the event loop, with a result or an error."""

LOOK_SECONDS = 0.1
"""How often is looked whether something was written, where nobody tells."""


class Watch:
    """Waits until something may have been written; this one knows nothing and just waits a moment. For one thread."""

    def wait(self, seconds: float) -> None:
        """Return once something may have been written since the last return, at the latest after so many seconds.

        Raises:
            Unavailable: the database cannot be reached; make a new Watch.
        """
        time.sleep(min(seconds, LOOK_SECONDS))

    def close(self) -> None:
        """Let go of its connection."""


class Store(ABC):
    """Answers Calls. Shared between threads; a reply is a snapshot, later writes do not change it.

    When `call` returns, what it wrote is durable. When it raises an MlflowException of the 4xx kind, nothing has
    changed. A Call with `key` is done once, however often it is sent with that key; the later ones get the first
    reply again (kept for a day at least).
    """

    closed = False
    """Whether it is not to be used any more."""

    @abstractmethod
    def call(self, call: Call[R], key: str | None = None) -> R:
        """Do what the Call says and return its reply.

        Raises:
            MlflowException: the errors that the Call's own docstring lists; Unavailable when the database or the
                server behind the store cannot be reached.
        """

    def call_soon(self, call: Call[R], within_seconds: float) -> R:
        """Do what the Call says as `call` does, but give up early: for who has something else to go by.

        Raises:
            MlflowException: as `call`; Unavailable when it takes longer and the store can tell.
        """
        return self.call(call)

    def start(
        self,
        call: Call[R],
        key: str | None,
        finish: Callable[[R], T],
        then: Then[T],
        loop: asyncio.AbstractEventLoop,
        *,
        wire: bool = False,
    ) -> None:
        """Do the same without blocking the event loop that this is called in.

        Args:
            call: what is to be done.
            key: see above.
            finish: makes the result of the reply, off the loop.
            then: is called in the loop with the result, or with the error.
            loop: the running loop. (Python 3.11 asks the kernel for the process's number to find it.)
            wire: the reply is only going to be encoded, so parts of it may be JSON already (`msgspec.Raw`).
        """
        done = loop.run_in_executor(None, lambda: finish(self.call(call, key)))
        done.add_done_callback(lambda future: then(None if (e := future.exception()) else future.result(), e))

    async def submit(self, call: Call[R], key: str | None, finish: Callable[[R], T], *, wire: bool = False) -> T:
        """Do the same, to be awaited."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: BaseException | None) -> None:
            if future.done():  # who waited was cancelled
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]  # None only where T is None

        self.start(call, key, finish, settle, loop, wire=wire)
        return await future

    def watch(self) -> Watch:
        """Return what waits for writes, also those of other processes.

        Raises:
            Unavailable: the database cannot be reached.
        """
        return Watch()

    def on_deliveries(self, wake: Callable[[], None]) -> None:  # noqa: B027
        """Have `wake` called, in any thread, when a Call has left something to be told to webhooks.

        It comes after the commit and only for Calls of this very store: others may share the database.
        """

    def close(self) -> None:  # noqa: B027
        """Let go of connections and threads; the store is not used afterwards."""
