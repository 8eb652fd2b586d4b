"""The migrations and the tables that the code declares are the same schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory

from mlflow.store.sql import ForeignDatabase, SqlStore, upgrade
from mlflow.store.sql.dialects import Database, database_for
from mlflow.store.sql.migrations import HEAD, REVISIONS, VERSION_TABLE
from mlflow.store.sql.migrations.run import config, migrate
from tests.databases import fresh_postgresql


@contextmanager
def two_databases(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/one.db", f"sqlite:///{folder}/two.db"
        return
    with fresh_postgresql() as one, fresh_postgresql() as two:
        yield one, two


def schema_of(database: Database) -> Any:
    """Columns, keys and indexes as the database itself describes them."""
    from sqlalchemy import create_engine, inspect, pool

    name = "sqlite" if database.sql.name == "sqlite" else "postgresql+psycopg"
    engine = create_engine(f"{name}://", creator=database.connect, poolclass=pool.NullPool)
    found = inspect(engine)
    described = {
        table: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(table)],
            found.get_pk_constraint(table)["constrained_columns"],
            sorted(
                str((index["name"], index.get("column_names"), index["unique"])) for index in found.get_indexes(table)
            ),
        )
        for table in sorted(found.get_table_names())
    }
    described["words"] = how_words_are_indexed(database)
    engine.dispose()
    return described


def how_words_are_indexed(database: Database) -> Any:
    """What SQLAlchemy's inspection does not see: triggers, and how a column is generated."""
    with closing(database.connect()) as connection:
        if database.sql.name == "sqlite":
            return sorted(connection.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE 'prompt_texts%'"))
        generated = "SELECT generation_expression FROM information_schema.columns WHERE column_name = 'words'"
        indexed = "SELECT indexdef FROM pg_indexes WHERE indexname = 'prompt_versions_by_word'"
        return connection.execute(generated).fetchall() + connection.execute(indexed).fetchall()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_migrations_make_the_schema_that_a_new_database_gets(kind: str, tmp_path: Path) -> None:
    with two_databases(kind, tmp_path) as (created, migrated):
        SqlStore(created).close()
        migrate(database_for(migrated))

        assert schema_of(database_for(migrated)) == schema_of(database_for(created))
        assert how_words_are_indexed(database_for(created))


def test_the_list_of_revisions_is_the_folder_of_revisions() -> None:
    revisions = [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()]

    assert tuple(reversed(revisions)) == REVISIONS


def test_a_database_of_mlflow_is_refused_and_left_byte_for_byte_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as theirs:
        theirs.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        theirs.execute("CREATE TABLE experiments (experiment_id INTEGER)")
    theirs.close()
    before = path.read_bytes()

    with pytest.raises(ForeignDatabase, match="made by MLflow"):
        SqlStore(f"sqlite:///{path}")

    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["theirs.db"]


def test_a_database_newer_than_this_version_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/newer.db"
    SqlStore(uri).close()
    with sqlite3.connect(tmp_path / "newer.db") as newer:
        newer.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    newer.close()

    with pytest.raises(ForeignDatabase, match="newer than this version"):
        SqlStore(uri)
    with pytest.raises(ForeignDatabase, match="newer than this version"):
        upgrade(uri)


def test_a_database_with_tables_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE runs (laps INTEGER)")
    other.close()

    with pytest.raises(ForeignDatabase, match="another program: runs"):
        SqlStore(f"sqlite:///{path}")


def test_upgrade_makes_a_current_database_and_may_be_run_again(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/new.db"

    assert upgrade(uri) == HEAD
    assert upgrade(uri) == HEAD
    SqlStore(uri).close()
