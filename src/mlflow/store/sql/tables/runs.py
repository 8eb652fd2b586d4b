"""Tables of runs and their tags."""

from sqlalchemy import Column, Index, Table

from mlflow.store.sql.tables.types import Id, Int, Small, String, metadata

runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", String, nullable=False, unique=True),
    Column("experiment", Int, nullable=False),
    Column("name", String, nullable=False),
    Column("user_id", String, nullable=False),
    Column("status", Small, nullable=False),
    Column("start_time", Int, nullable=False),
    Column("end_time", Int),
    Column("deleted_time", Int),  # NULL: active
    Column("artifact_uri", String, nullable=False),
    # Raised by every write to the run where one writer does them all (SQLite); see run_texts.py.
    Column("version", Int, nullable=False, server_default="0"),
)
# The order of the runs table that everybody opens first: last started first.
Index("runs_by_start", runs.c.experiment, runs.c.start_time.desc(), runs.c.run_id)

run_tags = Table(
    "run_tags",
    metadata,
    Column("run", Int, primary_key=True, autoincrement=False),
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
    sqlite_with_rowid=False,
)
