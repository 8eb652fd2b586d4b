"""Tables of versions of models, and of the tags of every version."""

from typing import Any

from sqlalchemy import Column, Index, Table

from mlflow.store.sql.tables.types import Id, Int, Small, String, metadata


def version_columns() -> tuple[Column[Any], ...]:
    """Return the columns that versions of models and of prompts have alike."""
    return (
        Column("id", Id, primary_key=True),
        Column("model", Int, nullable=False),
        Column("version", Int, nullable=False),
        Column("stage", Small, nullable=False),  # place in ModelVersionStages.ALL
        Column("description", String, nullable=False),  # of a prompt's version the commit message
        Column("user_id", String, nullable=False),
        Column("source", String, nullable=False),
        Column("run_id", String, nullable=False),  # "": none
        Column("run_link", String, nullable=False),
        Column("creation_time", Int, nullable=False),
        Column("last_update_time", Int, nullable=False),
    )


def index_versions(table: Table) -> None:
    """Add the indexes that a table of versions needs."""
    Index(f"{table.name}_by_number", table.c.model, table.c.version, unique=True)
    # The newest version of a stage, without a look at the others.
    Index(f"{table.name}_by_stage", table.c.model, table.c.stage, table.c.version)
    Index(f"{table.name}_by_update", table.c.last_update_time)
    Index(f"{table.name}_by_run", table.c.run_id)


model_versions = Table(
    "model_versions",
    metadata,
    *version_columns(),
    Column("storage_location", String, nullable=False),  # where `source` leads when it names another version
)
index_versions(model_versions)

model_version_tags = Table(
    "model_version_tags",
    metadata,
    Column("model", Int, primary_key=True, autoincrement=False),
    Column("version", Int, primary_key=True, autoincrement=False),
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
    sqlite_with_rowid=False,
)
