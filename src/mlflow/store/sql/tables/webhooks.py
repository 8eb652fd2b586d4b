"""Tables of webhooks and of what they are still to be told."""

from sqlalchemy import Column, Index, Table

from mlflow.store.sql.tables.types import Id, Int, Small, String, metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("webhook_id", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("description", String),
    Column("url", String, nullable=False),
    Column("active", Small, nullable=False),
    Column("secret", String),  # sealed, see store/sql/secrets.py
    Column("creation_time", Int, nullable=False),
    Column("last_update_time", Int, nullable=False),
)
webhook_events = Table(
    "webhook_events",
    metadata,
    Column("webhook", Int, primary_key=True, autoincrement=False),
    Column("entity", String, primary_key=True),
    Column("action", String, primary_key=True),
    sqlite_with_rowid=False,
)
Index("webhook_events_by_kind", webhook_events.c.entity, webhook_events.c.action)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("webhook", Int, primary_key=True, autoincrement=False),
    Column("event", Int, primary_key=True, autoincrement=False),
    Column("failed", Small, nullable=False),
    Column("attempts", Small, nullable=False),
    Column("due", Int, nullable=False),  # the next attempt; while one is made, when others may take it for dead
    Column("error", String),
    # What is told is copied: events are forgotten by number, whether or not everybody was told.
    Column("time", Int, nullable=False),
    Column("entity", String, nullable=False),
    Column("action", String, nullable=False),
    Column("data", String, nullable=False),  # JSON
    sqlite_with_rowid=False,
)
# The oldest waiting one of each webhook is looked for all the time, past all that failed before it.
Index(
    "webhook_deliveries_waiting", webhook_deliveries.c.webhook, webhook_deliveries.c.failed, webhook_deliveries.c.event
)
Index("webhook_deliveries_by_time", webhook_deliveries.c.time)
