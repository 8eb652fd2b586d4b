"""The Store contract kept in SQLite and PostgreSQL."""

from mlflow.store.sql.schema import ForeignDatabase, upgrade
from mlflow.store.sql.store import SqlStore

__all__ = ["ForeignDatabase", "SqlStore", "upgrade"]
