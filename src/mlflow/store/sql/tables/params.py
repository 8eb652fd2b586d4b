"""Table of params."""

from sqlalchemy import Column, Table

from mlflow.store.sql.tables.types import Int, String, metadata

params = Table(
    "params",
    metadata,
    Column("run", Int, primary_key=True, autoincrement=False),
    Column("key", Int, primary_key=True, autoincrement=False),
    Column("value", String, nullable=False),
    sqlite_with_rowid=False,
)
