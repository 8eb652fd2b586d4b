"""One connection for each thread that reads or, on a database of many writers, writes."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import Any

from mlflow.store.sql.dialects import Database


class Connections(threading.local):
    """The calling thread's connection; made when first needed, and again after a fork or when the old one is cut."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Any = None
        self._process = 0

    def get(self) -> Any:
        """Return an open connection that no other thread uses."""
        if self._connection is not None and self._process == os.getpid():
            if self._database.is_usable(self._connection):
                return self._connection
            self.drop()
        self._connection = self._database.connect()
        self._process = os.getpid()
        return self._connection

    def drop(self) -> None:
        """Close this thread's connection."""
        if self._connection is not None and self._process == os.getpid():
            with contextlib.suppress(Exception):  # it is being thrown away because it failed
                self._connection.close()
        self._connection = None


class OneConnection(Connections):
    """The same connection for everybody: a database in memory lives only as long as its one connection."""

    def __init__(self, database: Database, connection: Any) -> None:
        super().__init__(database)
        self._connection = connection
        self._process = os.getpid()
