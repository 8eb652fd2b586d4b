"""Tables of metrics: names once, points clustered by (run, key, step), and the latest value of each."""

from sqlalchemy import Column, Index, Table

from mlflow.store.sql.tables.types import Id, Int, Real, Small, String, metadata

keys = Table(
    "keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String, nullable=False, unique=True),
)
"""Names of metrics and params, stored once; the other tables hold their numbers."""

metrics = Table(
    "metrics",
    metadata,
    Column("run", Int, primary_key=True, autoincrement=False),
    Column("key", Int, primary_key=True, autoincrement=False),
    Column("step", Int, primary_key=True, autoincrement=False),
    Column("timestamp", Int, primary_key=True, autoincrement=False),
    Column("value", Real, primary_key=True, autoincrement=False),  # 0 where is_nan
    Column("is_nan", Small, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

latest_metrics = Table(
    "latest_metrics",
    metadata,
    Column("run", Int, primary_key=True, autoincrement=False),
    Column("key", Int, primary_key=True, autoincrement=False),
    Column("value", Real, nullable=False),  # 0 where is_nan
    Column("is_nan", Small, nullable=False),
    Column("step", Int, nullable=False),
    Column("timestamp", Int, nullable=False),
    sqlite_with_rowid=False,
)
# `metrics.x > y` and `ORDER BY metrics.z` walk this index instead of all runs.
Index("latest_metrics_by_value", latest_metrics.c.key, latest_metrics.c.is_nan, latest_metrics.c.value)
