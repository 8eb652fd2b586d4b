"""Tables of what runs read and made."""

from sqlalchemy import Column, Index, Table, UniqueConstraint

from mlflow.store.sql.tables.types import Id, Int, String, metadata

datasets = Table(
    "datasets",
    metadata,
    Column("id", Id, primary_key=True),
    Column("experiment", Int, nullable=False),
    Column("name", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("source_type", String, nullable=False),
    Column("source", String, nullable=False),
    Column("schema", String),
    Column("profile", String),
    UniqueConstraint("experiment", "name", "digest", name="datasets_once"),
)

dataset_inputs = Table(
    "dataset_inputs",
    metadata,
    Column("run", Int, primary_key=True, autoincrement=False),
    Column("dataset", Int, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
Index("dataset_inputs_by_dataset", dataset_inputs.c.dataset)

dataset_input_tags = Table(
    "dataset_input_tags",
    metadata,
    Column("run", Int, primary_key=True, autoincrement=False),
    Column("dataset", Int, primary_key=True, autoincrement=False),
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
    sqlite_with_rowid=False,
)

model_inputs = Table(
    "model_inputs",
    metadata,
    Column("run", Int, primary_key=True, autoincrement=False),
    Column("model_id", String, primary_key=True),
    sqlite_with_rowid=False,
)

model_outputs = Table(
    "model_outputs",
    metadata,
    Column("run", Int, primary_key=True, autoincrement=False),
    Column("model_id", String, primary_key=True),
    Column("step", Int, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
