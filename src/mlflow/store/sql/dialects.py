"""The databases we speak to: how to connect, and what their errors mean."""

from __future__ import annotations

import re
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import Dialect

from mlflow.exceptions import InternalError, InvalidParameter, MlflowException, Unavailable

_BUSY_MS = 30_000
_CACHE_KIB = 32 * 1024

CHANNEL = "headrace_events"
"""What PostgreSQL's connections listen to."""

# Whoever stops between here and the commit, a frozen machine say, is hung up on and taken back after 10 seconds.
_TURN = f"""
SELECT pg_advisory_xact_lock(4273892), pg_notify('{CHANNEL}', ''),
       set_config('idle_in_transaction_session_timeout', '10s', true)
"""


class Database(ABC):
    """One database: connections to it, and what is its own about SQL."""

    sql: Dialect
    begin_read: str
    begin_write: str
    one_writer: bool  # True: writes are committed in groups by one thread; False: each connection commits its own
    memory: bool = False

    @abstractmethod
    def connect(self) -> Any:
        """Open a DB-API connection that begins and ends transactions only when told to."""

    @abstractmethod
    def array(self, values: Iterable[Any]) -> Any:
        """Return a list as the one parameter that `among` takes."""

    @abstractmethod
    def translate(self, error: Exception) -> Exception:
        """Return what a driver's error means to the user; an error of ours comes back as it is."""

    @abstractmethod
    def may_retry(self, error: Exception) -> bool:
        """Tell whether the same transaction could succeed when begun again, on the same connection."""

    @abstractmethod
    def is_usable(self, connection: Any) -> bool:
        """Tell whether the connection is still open."""

    @abstractmethod
    def tables(self, connection: Any) -> set[str]:
        """Return the names of the tables that are there."""

    @abstractmethod
    def lock_schema(self, cursor: Any) -> None:
        """Hold off everybody else who would create or change the schema, until the transaction ends."""

    @abstractmethod
    def take_turn(self, cursor: Any) -> None:
        """Hold off everybody else who would write events, until the transaction ends; that wakes who listens to them.

        So nobody ever sees an event and later finds one with a lower number.
        """


class Sqlite(Database):
    """A SQLite file, or one in memory."""

    begin_read = "BEGIN"
    begin_write = "BEGIN IMMEDIATE"
    one_writer = True

    def __init__(self, uri: str) -> None:
        self.sql = sqlite.dialect(paramstyle="qmark")
        path = unquote(uri.split("?", 1)[0].removeprefix("sqlite:").removeprefix("//").removeprefix("/"))
        self.memory = path in ("", ":memory:")
        self.path = "" if self.memory else str(Path(path).absolute())

    def connect(self) -> sqlite3.Connection:
        """Open the file durably: write-ahead log, and every commit on disk before it is acknowledged."""
        if not self.memory:
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        connection = self._open(":memory:" if self.memory else self.path)
        self._log_ahead(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.create_function("REGEXP", 2, _regexp, deterministic=True)
        connection.create_function("like_any_case", 2, _like_any_case, deterministic=True)
        return connection

    def _log_ahead(self, connection: sqlite3.Connection) -> None:
        """Switch to the write-ahead log. Here SQLite does not wait for others who open the same new file, so we do."""
        until = time.monotonic() + _BUSY_MS / 1000
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.Error as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    connection.close()
                    raise self.translate(error) from error
                time.sleep(0.005)
            else:
                return

    def look(self) -> sqlite3.Connection | None:
        """Open the file for reading alone, so that a database that is not ours stays as it is; None: no file yet."""
        if self.memory or not Path(self.path).exists() or Path(self.path).stat().st_size == 0:
            return None
        looking = self._open(f"file:{_quoted(self.path)}?mode=ro")
        try:
            looking.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.DatabaseError as error:
            looking.close()
            if "not a database" in str(error):
                raise InvalidParameter(
                    f"{self.path} is no SQLite database and was left untouched. Name another file."
                ) from error
            if "readonly" not in str(error):
                raise self.translate(error) from error
            # Somebody was killed in the middle of a write: who opens the file next takes it back, which needs writing.
            looking = self._open(f"file:{_quoted(self.path)}?mode=rw")
        return looking

    def _open(self, name: str) -> sqlite3.Connection:
        try:
            return sqlite3.connect(
                name,
                timeout=_BUSY_MS / 1000,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=512,
                uri=name.startswith("file:"),
            )
        except sqlite3.OperationalError as error:
            raise Unavailable(
                f"The database {self.path} cannot be opened: {error}. Check that the folder exists and is writable."
            ) from error

    def array(self, values: Iterable[Any]) -> str:
        return msgspec.json.encode(list(values)).decode()

    def translate(self, error: Exception) -> Exception:
        text = str(error)
        if isinstance(error, MlflowException):
            return error
        if isinstance(error, OverflowError | UnicodeError):
            return InvalidParameter(f"A value cannot be stored: {error}.")
        if "disk is full" in text or "disk I/O" in text:
            return Unavailable(f"Nothing was stored: {text}. Free some space where {self.path} lies and try again.")
        if "locked" in text or "busy" in text:
            return Unavailable("The database is locked by another program for too long. Try again later.")
        if "readonly" in text:
            return Unavailable(f"The database {self.path} is read-only. Make the file and its folder writable.")
        return InternalError(f"The database failed: {text}") if isinstance(error, sqlite3.Error) else error

    def may_retry(self, error: Exception) -> bool:
        return False

    def is_usable(self, connection: Any) -> bool:
        return True

    def tables(self, connection: Any) -> set[str]:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def lock_schema(self, cursor: Any) -> None:
        """Nothing to do: `BEGIN IMMEDIATE` holds off everybody."""

    def take_turn(self, cursor: Any) -> None:
        """Nothing to do here either."""


class Postgresql(Database):
    """A PostgreSQL database, or one that speaks its protocol."""

    begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    begin_write = "BEGIN"
    one_writer = False

    def __init__(self, uri: str) -> None:
        self.sql = postgresql.dialect(paramstyle="format")  # type: ignore[no-untyped-call]
        # MLflow's users name SQLAlchemy's drivers (postgresql+psycopg2://); libpq knows the bare scheme.
        self.conninfo = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", uri)

    def connect(self) -> Any:
        import psycopg

        try:
            return psycopg.connect(self.conninfo, autocommit=True, connect_timeout=10)
        except psycopg.Error as error:
            raise Unavailable(f"The database {self.shown} cannot be reached: {str(error).strip()}") from error

    @property
    def shown(self) -> str:
        """The address without its password."""
        return re.sub(r"(://[^:/@]+):[^@]*@", r"\1:***@", self.conninfo)

    def array(self, values: Iterable[Any]) -> list[Any]:
        return list(values)

    def translate(self, error: Exception) -> Exception:
        import psycopg

        text = str(error).strip()
        if isinstance(error, MlflowException):
            return error
        if isinstance(error, psycopg.DataError | OverflowError | UnicodeError):
            return InvalidParameter(f"A value cannot be stored: {text}.")
        if isinstance(error, psycopg.errors.DiskFull | psycopg.errors.ReadOnlySqlTransaction):
            return Unavailable(f"Nothing was stored: {text}.")
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return Unavailable(f"The database {self.shown} did not answer: {text}")
        return InternalError(f"The database failed: {text}") if isinstance(error, psycopg.Error) else error

    def may_retry(self, error: Exception) -> bool:
        import psycopg

        lost = psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure | psycopg.errors.UniqueViolation
        return isinstance(error, lost)  # somebody else was first; the next try sees what they wrote

    def is_usable(self, connection: Any) -> bool:
        return not (connection.closed or connection.broken)

    def tables(self, connection: Any) -> set[str]:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        return {row[0] for row in rows}

    def lock_schema(self, cursor: Any) -> None:
        cursor.execute("SELECT pg_advisory_xact_lock(4273891)")

    def take_turn(self, cursor: Any) -> None:
        cursor.execute(_TURN)


def database_for(uri: str) -> Database:
    """Return the database a URI names.

    Raises:
        InvalidParameter: the scheme is not one we speak.
    """
    scheme = uri.split(":", 1)[0].split("+", 1)[0].lower()
    if scheme == "sqlite":
        return Sqlite(uri)
    if scheme in ("postgresql", "postgres"):
        _check_postgresql_uri(uri)
        return Postgresql(uri)
    raise InvalidParameter(
        f"The database URI {re.sub(r'//[^@/]*@', '//***@', uri)!r} is of a kind that is not supported. "
        "Use sqlite:///path/to/file.db or postgresql://user:password@host/database."
    )


def _check_postgresql_uri(uri: str) -> None:
    try:
        parts = urlsplit(uri)
        _ = parts.port
        parse_qsl(parts.query, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise InvalidParameter(f"The PostgreSQL URI cannot be read: {error}.") from error


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _regexp(pattern: str, value: str | None) -> bool:
    from mlflow.search.patterns import compiled_regex

    return value is not None and compiled_regex(pattern).search(value) is not None


def _like_any_case(pattern: str, value: str | None) -> bool:
    from mlflow.search.patterns import compiled_like

    return value is not None and compiled_like(pattern, any_case=True).search(value) is not None
