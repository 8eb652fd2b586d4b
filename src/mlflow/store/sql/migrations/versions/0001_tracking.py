"""Tracking and the registry: experiments, runs and their data; models, prompts, versions, aliases and webhooks."""

from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Column, Double, Integer, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.types import TypeEngine

from mlflow.store.sql.tables.prompt_texts import index_words

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
    _create_models()
    _create_versions()
    _create_prompts()
    _create_aliases()
    _create_events()
    _create_webhooks()
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


def _create_models() -> None:
    op.create_table(
        "registered_models",
        Column("id", _ID, primary_key=True),
        Column("name", _STRING, nullable=False, unique=True),
        Column("kind", SmallInteger, nullable=False),
        Column("description", _STRING, nullable=False),
        Column("last_version", BigInteger, nullable=False),
        Column("creation_time", BigInteger, nullable=False),
        Column("last_update_time", BigInteger, nullable=False),
    )
    op.create_index("registered_models_by_name", "registered_models", ["kind", "name"])
    op.create_index("registered_models_by_update", "registered_models", ["kind", "last_update_time"])
    op.create_table(
        "registered_model_tags",
        _key("model"),
        _key("key", _STRING),
        Column("value", _STRING, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_version_table(name: str, *more: Column[Any]) -> None:
    op.create_table(
        name,
        Column("id", _ID, primary_key=True),
        Column("model", BigInteger, nullable=False),
        Column("version", BigInteger, nullable=False),
        Column("stage", SmallInteger, nullable=False),
        Column("description", _STRING, nullable=False),
        Column("user_id", _STRING, nullable=False),
        Column("source", _STRING, nullable=False),
        Column("run_id", _STRING, nullable=False),
        Column("run_link", _STRING, nullable=False),
        Column("creation_time", BigInteger, nullable=False),
        Column("last_update_time", BigInteger, nullable=False),
        *more,
    )
    op.create_index(f"{name}_by_number", name, ["model", "version"], unique=True)
    op.create_index(f"{name}_by_stage", name, ["model", "stage", "version"])
    op.create_index(f"{name}_by_update", name, ["last_update_time"])
    op.create_index(f"{name}_by_run", name, ["run_id"])


def _create_versions() -> None:
    _create_version_table("model_versions", Column("storage_location", _STRING, nullable=False))
    op.create_table(
        "model_version_tags",
        _key("model"),
        _key("version"),
        _key("key", _STRING),
        Column("value", _STRING, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_prompts() -> None:
    _create_version_table(
        "prompt_versions",
        Column("type", _STRING),
        Column("template", _STRING),
        Column("response_format", _STRING),
        Column("model_config", _STRING),
        Column("variables", _STRING),
    )
    index_words(op.get_bind().connection.cursor(), op.get_bind().dialect.name)
    op.create_table("run_prompts", _key("run"), _key("name", _STRING), _key("version"), sqlite_with_rowid=False)
    op.create_index("run_prompts_by_name", "run_prompts", ["name", "run"])
    op.create_index("run_prompts_by_version", "run_prompts", ["name", "version", "run"])


def _create_aliases() -> None:
    op.create_table(
        "aliases",
        _key("model"),
        _key("alias", _STRING),
        Column("version", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "alias_history",
        Column("id", _ID, primary_key=True),
        Column("model", BigInteger, nullable=False),
        Column("alias", _STRING, nullable=False),
        Column("from_version", BigInteger),
        Column("to_version", BigInteger),
        Column("user_id", _STRING, nullable=False),
        Column("time", BigInteger, nullable=False),
        Column("undone_to", BigInteger),
    )
    op.create_index("alias_history_by_alias", "alias_history", ["model", "alias", "id"])


def _create_events() -> None:
    op.create_table(
        "events",
        Column("id", _ID, primary_key=True),
        Column("time", BigInteger, nullable=False),
        Column("entity", _STRING, nullable=False),
        Column("action", _STRING, nullable=False),
        Column("name", _STRING, nullable=False),
        Column("data", _STRING, nullable=False),
    )
    op.create_index("events_by_time", "events", ["time"])


def _create_webhooks() -> None:
    op.create_table(
        "webhooks",
        Column("id", _ID, primary_key=True),
        Column("webhook_id", _STRING, nullable=False, unique=True),
        Column("name", _STRING, nullable=False),
        Column("description", _STRING),
        Column("url", _STRING, nullable=False),
        Column("active", SmallInteger, nullable=False),
        Column("secret", _STRING),
        Column("creation_time", BigInteger, nullable=False),
        Column("last_update_time", BigInteger, nullable=False),
    )
    op.create_table(
        "webhook_events", _key("webhook"), _key("entity", _STRING), _key("action", _STRING), sqlite_with_rowid=False
    )
    op.create_index("webhook_events_by_kind", "webhook_events", ["entity", "action"])
    op.create_table(
        "webhook_deliveries",
        _key("webhook"),
        _key("event"),
        Column("failed", SmallInteger, nullable=False),
        Column("attempts", SmallInteger, nullable=False),
        Column("due", BigInteger, nullable=False),
        Column("error", _STRING),
        Column("time", BigInteger, nullable=False),
        Column("entity", _STRING, nullable=False),
        Column("action", _STRING, nullable=False),
        Column("data", _STRING, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("webhook_deliveries_waiting", "webhook_deliveries", ["webhook", "failed", "event"])
    op.create_index("webhook_deliveries_by_time", "webhook_deliveries", ["time"])
