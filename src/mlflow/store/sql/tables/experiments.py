"""Tables of experiments."""

from sqlalchemy import Column, Table

from mlflow.store.sql.tables.types import Id, Int, String, metadata

experiments = Table(
    "experiments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("artifact_location", String, nullable=False),
    Column("deleted_time", Int),  # NULL: active
    Column("creation_time", Int, nullable=False),
    Column("last_update_time", Int, nullable=False),
)

experiment_tags = Table(
    "experiment_tags",
    metadata,
    Column("experiment", Int, primary_key=True, autoincrement=False),
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
    sqlite_with_rowid=False,
)
