"""What can be asked: one Call for every operation, one module per resource."""

from mlflow.api import (
    aliases,
    artifacts,
    events,
    experiments,
    inputs,
    logged_models,
    metrics,
    model_versions,
    params,
    promptlab,
    prompts,
    registered_models,
    runs,
    tags,
    webhooks,
)
from mlflow.api.base import CALLS, Call, Needs, Route

__all__ = [
    "CALLS",
    "Call",
    "Needs",
    "Route",
    "aliases",
    "artifacts",
    "events",
    "experiments",
    "inputs",
    "logged_models",
    "metrics",
    "model_versions",
    "params",
    "promptlab",
    "prompts",
    "registered_models",
    "runs",
    "tags",
    "webhooks",
]
