"""The schema, one module per resource. Integer keys inside; every time is milliseconds since the Unix epoch."""

from mlflow.store.sql.tables.experiments import experiment_tags, experiments
from mlflow.store.sql.tables.inputs import (
    dataset_input_tags,
    dataset_inputs,
    datasets,
    model_inputs,
    model_outputs,
)
from mlflow.store.sql.tables.metrics import keys, latest_metrics, metrics
from mlflow.store.sql.tables.params import params
from mlflow.store.sql.tables.replies import replies
from mlflow.store.sql.tables.runs import run_tags, runs
from mlflow.store.sql.tables.types import metadata

__all__ = [
    "dataset_input_tags",
    "dataset_inputs",
    "datasets",
    "experiment_tags",
    "experiments",
    "keys",
    "latest_metrics",
    "metadata",
    "metrics",
    "model_inputs",
    "model_outputs",
    "params",
    "replies",
    "run_tags",
    "runs",
]
