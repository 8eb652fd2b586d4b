"""Waiting until somebody has written to a database, in this process or another one."""

from __future__ import annotations

import time
from typing import Any

from mlflow.store.base import LOOK_SECONDS, Watch
from mlflow.store.sql.dialects import CHANNEL, Database, Postgresql, Sqlite


def watch(database: Database) -> Watch:
    """Return what waits for writes to a database; for one in memory, that nobody else can open, something simpler.

    Raises:
        Unavailable: it cannot be reached.
    """
    if isinstance(database, Postgresql):
        return PostgresqlWatch(database)
    if isinstance(database, Sqlite) and not database.memory:
        return SqliteWatch(database)
    return Watch()


class SqliteWatch(Watch):
    """Looks at a number that SQLite changes when another connection, of whatever process, has committed."""

    def __init__(self, database: Sqlite) -> None:
        self._database = database
        self._connection = database.connect()
        self._version = self._look()

    def wait(self, seconds: float) -> None:
        """Return when the number has changed."""
        until = time.monotonic() + seconds
        before = self._version
        while self._version == before and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            self._version = self._look()

    def _look(self) -> Any:
        try:
            return self._connection.execute("PRAGMA data_version").fetchone()[0]
        except Exception as error:
            raise self._database.translate(error) from error

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


class PostgresqlWatch(Watch):
    """Listens to what `take_turn` says at each commit that has events."""

    def __init__(self, database: Postgresql) -> None:
        self._database = database
        self._connection = database.connect()
        try:
            self._connection.execute(f"LISTEN {CHANNEL}")
        except Exception as error:
            self._connection.close()
            raise database.translate(error) from error

    def wait(self, seconds: float) -> None:
        """Return when something was heard."""
        try:
            for _ in self._connection.notifies(timeout=seconds, stop_after=1):
                pass
        except Exception as error:
            raise self._database.translate(error) from error

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()
