"""An empty database for each server that is started, and what each server wants to call it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import FASTTRACKML, MLFLOW

SQLITE = "sqlite"
POSTGRESQL = "postgresql"


@dataclass(frozen=True)
class Database:
    """One empty database. `location` is an absolute file path on SQLite, a database name on PostgreSQL."""

    backend: str
    location: str

    def uri_for(self, peer_name: str) -> str:
        """The URI as the server of `peer_name` spells it."""
        if self.backend == POSTGRESQL:
            uri = f"{postgresql_base()}/{self.location}"
            # SQLAlchemy 2.1 takes psycopg 3 unless told otherwise; MLflow's users install psycopg2.
            return uri.replace("postgresql://", "postgresql+psycopg2://") if peer_name == MLFLOW else uri
        # FastTrackML reads what follows the two slashes as a path; SQLAlchemy, what follows the third.
        return f"sqlite://{self.location}" if peer_name == FASTTRACKML else f"sqlite:///{self.location}"


def postgresql_base() -> str:
    """Where PostgreSQL answers; the user must be allowed to create databases. No slash at the end."""
    return os.environ.get("HEADRACE_BENCH_POSTGRESQL", "postgresql://localhost").rstrip("/")


@contextmanager
def empty_database(backend: str, folder: Path) -> Iterator[Database]:
    """A new database, dropped at the end (a SQLite file goes with its `folder`).

    Raises:
        psycopg.Error: PostgreSQL cannot be reached or refuses.
    """
    if backend == SQLITE:
        yield Database(SQLITE, str(folder / "tracking.db"))
        return
    name = f"headrace_bench_{uuid.uuid4().hex[:12]}"
    _administer(f'CREATE DATABASE "{name}"')
    try:
        yield Database(POSTGRESQL, name)
    finally:
        _administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def analyze(database: Database) -> None:
    """Let PostgreSQL look at freshly filled tables now, the same for every server, not whenever its helper comes by."""
    if database.backend == POSTGRESQL:
        import psycopg

        with psycopg.connect(f"{postgresql_base()}/{database.location}", autocommit=True) as connection:
            connection.execute(b"VACUUM ANALYZE")


def _administer(statement: str) -> None:
    import psycopg

    with psycopg.connect(f"{postgresql_base()}/postgres", autocommit=True) as connection:
        connection.execute(statement.encode())
