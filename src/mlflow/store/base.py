"""The Store contract: a Call goes in, its reply comes out."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from mlflow.api import Call

R = TypeVar("R")
T = TypeVar("T")


class Store(ABC):
    """Answers Calls. Shared between threads; a reply is a snapshot, later writes do not change it.

    When `call` returns, what it wrote is durable. When it raises an MlflowException of the 4xx kind, nothing has
    changed. A Call with `key` is done once, however often it is sent with that key; the later ones get the first
    reply again (kept for a day at least).
    """

    @abstractmethod
    def call(self, call: Call[R], key: str | None = None) -> R:
        """Do what the Call says and return its reply.

        Raises:
            MlflowException: the errors that the Call's own docstring lists; Unavailable when the database or the
                server behind the store cannot be reached.
        """

    async def submit(self, call: Call[R], key: str | None, finish: Callable[[R], T], *, wire: bool = False) -> T:
        """Do the same without blocking the event loop.

        Args:
            call: what is to be done.
            key: see above.
            finish: makes the result of the reply, off the loop.
            wire: the reply is only going to be encoded, so parts of it may be JSON already (`msgspec.Raw`).
        """
        return await asyncio.to_thread(lambda: finish(self.call(call, key)))

    def close(self) -> None:  # noqa: B027
        """Let go of connections and threads; the store is not used afterwards."""
