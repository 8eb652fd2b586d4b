"""Table of what happened lately, for those who want to be told."""

from sqlalchemy import Column, Index, Table

from mlflow.store.sql.tables.types import Id, Int, String, metadata

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("time", Int, nullable=False),
    Column("entity", String, nullable=False),
    Column("action", String, nullable=False),
    Column("name", String, nullable=False),
    Column("data", String, nullable=False),  # JSON
)
Index("events_by_time", events.c.time)
