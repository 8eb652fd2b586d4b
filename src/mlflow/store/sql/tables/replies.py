"""Table of replies that may be asked for again."""

from sqlalchemy import Column, Index, Table

from mlflow.store.sql.tables.types import Int, String, metadata

replies = Table(
    "replies",
    metadata,
    Column("key", String, primary_key=True),
    Column("call", String, nullable=False),
    Column("reply", String, nullable=False),
    Column("created", Int, nullable=False),
)
Index("replies_by_age", replies.c.created)
