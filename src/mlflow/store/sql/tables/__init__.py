"""The schema, one module per resource. Integer keys inside; every time is milliseconds since the Unix epoch."""

from mlflow.store.sql.tables.aliases import alias_history, aliases
from mlflow.store.sql.tables.events import events
from mlflow.store.sql.tables.experiments import experiment_tags, experiments
from mlflow.store.sql.tables.inputs import (
    dataset_input_tags,
    dataset_inputs,
    datasets,
    model_inputs,
    model_outputs,
)
from mlflow.store.sql.tables.metrics import keys, latest_metrics, metrics
from mlflow.store.sql.tables.model_versions import model_version_tags, model_versions
from mlflow.store.sql.tables.params import params
from mlflow.store.sql.tables.prompts import prompt_versions, run_prompts
from mlflow.store.sql.tables.registered_models import MODEL, PROMPT, registered_model_tags, registered_models
from mlflow.store.sql.tables.replies import replies
from mlflow.store.sql.tables.runs import run_tags, runs
from mlflow.store.sql.tables.types import metadata
from mlflow.store.sql.tables.webhooks import webhook_deliveries, webhook_events, webhooks

__all__ = [
    "MODEL",
    "PROMPT",
    "alias_history",
    "aliases",
    "dataset_input_tags",
    "dataset_inputs",
    "datasets",
    "events",
    "experiment_tags",
    "experiments",
    "keys",
    "latest_metrics",
    "metadata",
    "metrics",
    "model_inputs",
    "model_outputs",
    "model_version_tags",
    "model_versions",
    "params",
    "prompt_versions",
    "registered_model_tags",
    "registered_models",
    "replies",
    "run_prompts",
    "run_tags",
    "runs",
    "webhook_deliveries",
    "webhook_events",
    "webhooks",
]
