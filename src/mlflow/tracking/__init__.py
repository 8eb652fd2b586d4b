"""The fluent functions: `mlflow.start_run`, `mlflow.log_metric` and their kin, one module for each concern."""

from mlflow.client import MlflowClient
from mlflow.tracking.uris import (
    get_registry_uri,
    get_tracking_uri,
    is_tracking_uri_set,
    set_registry_uri,
    set_tracking_uri,
)

__all__ = [
    "MlflowClient",
    "get_registry_uri",
    "get_tracking_uri",
    "is_tracking_uri_set",
    "set_registry_uri",
    "set_tracking_uri",
]
