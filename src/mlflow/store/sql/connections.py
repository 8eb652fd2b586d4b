"""Connections that are open and idle, to be used by one thread at a time."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mlflow.store.sql.dialects import Database


class Connections:
    """Opens connections when they are needed and keeps them; there are as many as threads ever used one at once.

    A forked child opens its own and leaves its parent's alone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._idle: deque[Any] = deque()
        self._process = os.getpid()

    @contextmanager
    def use(self) -> Iterator[Any]:
        """Lend a connection that no other thread uses; one that was cut meanwhile is not lent again."""
        connection = self._take()
        try:
            yield connection
        finally:
            if self._database.is_usable(connection):
                self._idle.append(connection)
            else:
                _close(connection)

    def _take(self) -> Any:
        if self._process != os.getpid():
            self._idle = deque()
            self._process = os.getpid()
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._database.connect()
            if self._database.is_usable(connection):
                return connection
            _close(connection)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle and self._process == os.getpid():
            _close(self._idle.pop())


class OneConnection(Connections):
    """The same connection for everybody: a database in memory lives only as long as its one connection."""

    def __init__(self, database: Database, connection: Any) -> None:
        super().__init__(database)
        self._idle.append(connection)


def _close(connection: Any) -> None:
    with contextlib.suppress(Exception):  # it is thrown away, perhaps because it failed
        connection.close()
