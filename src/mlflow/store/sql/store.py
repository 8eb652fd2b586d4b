"""SqlStore: the Store contract kept in a database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from mlflow.api import Call
from mlflow.store.base import Store, Then, Watch
from mlflow.store.sql.answers import ANSWERS
from mlflow.store.sql.connections import Connections, OneConnection
from mlflow.store.sql.dialects import database_for
from mlflow.store.sql.execution import Execution
from mlflow.store.sql.jobs import Job
from mlflow.store.sql.schema import create, prepare
from mlflow.store.sql.workers import Workers, answer_in_groups, answer_one_by_one

R = TypeVar("R")
T = TypeVar("T")

_READERS = 2
_POOL = 8


class SqlStore(Store):
    """Answers Calls from a SQLite or PostgreSQL database.

    SQLite has one writer thread that commits waiting Calls in groups, and readers that never wait for it. PostgreSQL
    has connections that each commit their own. Either way a reply means that the write is on disk.

    Args:
        uri: `sqlite:///path` or `postgresql://user:password@host/database`.
        artifact_root: where new experiments put their artifacts.

    Raises:
        ForeignDatabase: the database is not ours, or of another version; it is left untouched.
        Unavailable: it cannot be reached.
    """

    def __init__(self, uri: str, artifact_root: str = "./mlruns") -> None:
        self.uri = uri
        self._database = database_for(uri)
        prepare(self._database, artifact_root)
        self._execution = Execution(self._database, artifact_root)
        self._connections = Connections(self._database)
        if self._database.one_writer:
            if self._database.memory:
                shared = self._database.connect()
                create(self._database, shared, artifact_root)
                self._connections = OneConnection(self._database, shared)
            self._writer = Workers("writer", 1, answer_in_groups(self._execution.write_group, self._connections))
            self._quick = Workers("quick", 1, answer_in_groups(self._execution.read_group, self._connections))
            self._readers = Workers("reader", _READERS, answer_one_by_one(self._answer))
        else:
            self._writer = self._quick = self._readers = Workers("pool", _POOL, answer_one_by_one(self._answer))

    def call(self, call: Call[R], key: str | None = None) -> R:
        """Do what the Call says, on this thread or on the writer's, and return its reply."""
        call.check()
        job = Job(call, key)
        if self._database.one_writer and (self._writes(call) or self._database.memory):
            job.in_thread()
            self._writer.put(job)
            return job.wait()  # type: ignore[no-any-return]
        return self._answer(job)  # type: ignore[no-any-return]

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
        """Do the same without blocking the event loop."""
        call.check()
        job = Job(call, key, finish, wire=wire)
        job.in_loop(loop, then)
        if self._writes(call) or self._database.memory:
            self._writer.put_soon(job, loop)
        elif ANSWERS[type(call)].quick:
            self._quick.put_soon(job, loop)
        else:
            self._readers.put_soon(job, loop)

    def watch(self) -> Watch:
        """Return what waits for writes, on a connection of its own."""
        from mlflow.store.sql.watching import watch

        return watch(self._database)

    def on_deliveries(self, wake: Callable[[], None]) -> None:
        """Have `wake` called when a Call of this store has left something to be told to webhooks."""
        self._execution.on_deliveries(wake)

    def close(self) -> None:
        """Finish what is queued, end the threads and close the connections."""
        self.closed = True
        self._writer.close()
        self._quick.close()
        self._readers.close()
        self._connections.close()

    def _writes(self, call: Call[Any]) -> bool:
        try:
            return ANSWERS[type(call)].writes
        except KeyError:
            raise NotImplementedError(f"no answer to {type(call).__name__} is declared") from None

    def _answer(self, job: Job) -> Any:
        if self._writes(job.call):
            return self._execution.write(self._connections, job.call, job.key)
        return self._execution.read(self._connections, job.call, job.wire)
