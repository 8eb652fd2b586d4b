"""What can be asked: one Call for every operation, one module per resource."""

from mlflow.api import artifacts, experiments, inputs, logged_models, metrics, params, promptlab, runs, tags
from mlflow.api.base import CALLS, Call, Needs, Route

__all__ = [
    "CALLS",
    "Call",
    "Needs",
    "Route",
    "artifacts",
    "experiments",
    "inputs",
    "logged_models",
    "metrics",
    "params",
    "promptlab",
    "runs",
    "tags",
]
