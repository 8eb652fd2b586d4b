"""Tracking: experiments, runs, metrics, params, tags, inputs and outputs."""

from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Column, Double, Integer, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None

_ID = BigInteger().with_variant(Integer, "sqlite")
_STRING = Text().with_variant(Text(collation="C"), "postgresql")
_REAL: Double[float] = Double()


def _key(name: str, kind: TypeEngine[Any] | None = None) -> Column[Any]:
    """Return a column of a primary key that the caller numbers."""
    return Column(name, kind or BigInteger(), primary_key=True, autoincrement=False)


def upgrade() -> None:
    """Create the tables."""
    _create_experiments()
    _create_runs()
    _create_metrics_and_params()
    _create_inputs()
    op.create_table(
        "replies",
        Column("key", _STRING, primary_key=True),
        Column("call", _STRING, nullable=False),
        Column("reply", _STRING, nullable=False),
        Column("created", BigInteger, nullable=False),
    )
    op.create_index("replies_by_age", "replies", ["created"])


def _create_experiments() -> None:
    op.create_table(
        "experiments",
        Column("id", _ID, primary_key=True),
        Column("name", _STRING, nullable=False, unique=True),
        Column("artifact_location", _STRING, nullable=False),
        Column("deleted_time", BigInteger),
        Column("creation_time", BigInteger, nullable=False),
        Column("last_update_time", BigInteger, nullable=False),
    )
    op.create_table(
        "experiment_tags",
        _key("experiment"),
        _key("key", _STRING),
        Column("value", _STRING, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_runs() -> None:
    op.create_table(
        "runs",
        Column("id", _ID, primary_key=True),
        Column("run_id", _STRING, nullable=False, unique=True),
        Column("experiment", BigInteger, nullable=False),
        Column("name", _STRING, nullable=False),
        Column("user_id", _STRING, nullable=False),
        Column("status", SmallInteger, nullable=False),
        Column("start_time", BigInteger, nullable=False),
        Column("end_time", BigInteger),
        Column("deleted_time", BigInteger),
        Column("artifact_uri", _STRING, nullable=False),
        Column("version", BigInteger, nullable=False, server_default="0"),
    )
    op.create_index("runs_by_start", "runs", ["experiment", text("start_time DESC"), "run_id"])
    op.create_table(
        "run_tags",
        _key("run"),
        _key("key", _STRING),
        Column("value", _STRING, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_metrics_and_params() -> None:
    op.create_table(
        "keys",
        Column("id", _ID, primary_key=True),
        Column("name", _STRING, nullable=False, unique=True),
    )
    op.create_table(
        "metrics",
        _key("run"),
        _key("key"),
        _key("step"),
        _key("timestamp"),
        _key("value", _REAL),
        _key("is_nan", SmallInteger()),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "latest_metrics",
        _key("run"),
        _key("key"),
        Column("value", _REAL, nullable=False),
        Column("is_nan", SmallInteger, nullable=False),
        Column("step", BigInteger, nullable=False),
        Column("timestamp", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("latest_metrics_by_value", "latest_metrics", ["key", "is_nan", "value"])
    op.create_table(
        "params",
        _key("run"),
        _key("key"),
        Column("value", _STRING, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_inputs() -> None:
    op.create_table(
        "datasets",
        Column("id", _ID, primary_key=True),
        Column("experiment", BigInteger, nullable=False),
        Column("name", _STRING, nullable=False),
        Column("digest", _STRING, nullable=False),
        Column("source_type", _STRING, nullable=False),
        Column("source", _STRING, nullable=False),
        Column("schema", _STRING),
        Column("profile", _STRING),
        UniqueConstraint("experiment", "name", "digest", name="datasets_once"),
    )
    op.create_table("dataset_inputs", _key("run"), _key("dataset"), sqlite_with_rowid=False)
    op.create_index("dataset_inputs_by_dataset", "dataset_inputs", ["dataset"])
    op.create_table(
        "dataset_input_tags",
        _key("run"),
        _key("dataset"),
        _key("key", _STRING),
        Column("value", _STRING, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table("model_inputs", _key("run"), _key("model_id", _STRING), sqlite_with_rowid=False)
    op.create_table("model_outputs", _key("run"), _key("model_id", _STRING), _key("step"), sqlite_with_rowid=False)
