"""Whose database this is, and bringing it to the schema of this version."""

from __future__ import annotations

from typing import Any

from sqlalchemy.schema import CreateIndex, CreateTable

from mlflow.exceptions import MlflowException
from mlflow.store.sql.dialects import Database, Sqlite, database_for
from mlflow.store.sql.migrations import HEAD, REVISIONS, VERSION_TABLE
from mlflow.store.sql.tables import metadata
from mlflow.store.sql.tables.prompt_texts import index_words
from mlflow.store.sql.transaction import now_ms


class ForeignDatabase(MlflowException):
    """The database belongs to another program, or to another version of this one; it was left untouched."""

    error_code = "INVALID_STATE"


def prepare(database: Database, artifact_root: str) -> None:
    """Check that the database is ours and current; create the schema in an empty one.

    Raises:
        ForeignDatabase: MLflow made it, another program did, or its schema is older or newer than this version's.
    """
    if isinstance(database, Sqlite):
        look = database.look()
        if look is not None:
            try:
                if _state(database, look):
                    return
            finally:
                look.close()
        if database.memory:
            return
    connection = database.connect()
    try:
        if not _state(database, connection):
            create(database, connection, artifact_root)
    finally:
        connection.close()


def create(database: Database, connection: Any, artifact_root: str) -> None:
    """Create every table and the default experiment, all in one transaction; whoever comes second finds them there."""
    cursor = connection.cursor()
    cursor.execute(database.begin_write)
    try:
        database.lock_schema(cursor)
        if not _state(database, connection):
            for table in metadata.sorted_tables:
                cursor.execute(str(CreateTable(table).compile(dialect=database.sql)))
                for index in sorted(table.indexes, key=lambda index: str(index.name)):
                    cursor.execute(str(CreateIndex(index).compile(dialect=database.sql)))
            index_words(cursor, database.sql.name)
            cursor.execute(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
            cursor.execute(f"INSERT INTO {VERSION_TABLE} VALUES ('{HEAD}')")  # noqa: S608
            seed(database, cursor, artifact_root)
        cursor.execute("COMMIT")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise


def seed(database: Database, cursor: Any, artifact_root: str) -> None:
    """Add the experiment that is there from the start: number 0, named Default."""
    from mlflow.store.sql.answers.experiments import artifact_location

    mark = "?" if isinstance(database, Sqlite) else "%s"
    cursor.execute(
        "INSERT INTO experiments (id, name, artifact_location, creation_time, last_update_time) "  # noqa: S608
        f"VALUES (0, 'Default', {mark}, {mark}, {mark})",
        (artifact_location(artifact_root, 0), now_ms(), now_ms()),
    )


def upgrade(uri: str) -> str:
    """Bring the schema of the database at `uri` to this version's; return the revision it is at now.

    Raises:
        ForeignDatabase: MLflow made it, another program did, or it is newer than this version.
    """
    database = database_for(uri)
    if isinstance(database, Sqlite) and (look := database.look()) is not None:
        try:
            _state(database, look, may_be_old=True)
        finally:
            look.close()
    connection = database.connect()
    try:
        if not _state(database, connection, may_be_old=True):
            create(database, connection, "./mlruns")
            return HEAD
        if _revision(connection) != HEAD:
            from mlflow.store.sql.migrations.run import migrate

            migrate(database)
        return HEAD
    finally:
        connection.close()


def is_ready(database: Database, connection: Any) -> bool:
    """Tell whether the schema is there (False: still empty), without changing anything.

    Raises:
        ForeignDatabase: as `prepare`.
    """
    return _state(database, connection)


def _state(database: Database, connection: Any, *, may_be_old: bool = False) -> bool:
    """Return True when the schema is ours, False when nothing is there yet."""
    tables = database.tables(connection)
    if VERSION_TABLE in tables:
        revision = _revision(connection)
        if revision == HEAD:
            return True
        if revision in REVISIONS:
            if may_be_old:
                return True
            raise ForeignDatabase(
                f"The database has schema {revision}; this version of Headrace needs {HEAD}. "
                "It was left untouched. Back it up, then run `mlflow db upgrade <database URI>`."
            )
        raise ForeignDatabase(
            f"The database has schema {revision!r}, which is newer than this version of Headrace knows ({HEAD}). "
            "It was left untouched. Install the newer version of Headrace, or point to another database."
        )
    if "alembic_version" in tables and "experiments" in tables:
        raise ForeignDatabase(
            "This database was made by MLflow. It was left untouched. Point --backend-store-uri to a new database, "
            "for example sqlite:///headrace.db; MLflow keeps working on this one."
        )
    if taken := sorted(tables & set(metadata.tables)):
        raise ForeignDatabase(
            f"The database already has tables of another program: {', '.join(taken)}. It was left untouched. "
            "Point --backend-store-uri to a new database."
        )
    return False


def _revision(connection: Any) -> str:
    rows = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall()  # noqa: S608
    return str(rows[0][0]) if rows else ""
