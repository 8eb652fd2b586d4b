"""Alembic's way in: runs the migrations on the connection that `run.migrate` hands over."""

from alembic import context

from mlflow.store.sql.migrations import VERSION_TABLE
from mlflow.store.sql.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transaction_per_migration=True,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
