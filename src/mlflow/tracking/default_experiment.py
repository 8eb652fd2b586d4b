"""Import path that other libraries use."""

from mlflow.tracking.experiments import DEFAULT_EXPERIMENT_ID

__all__ = ["DEFAULT_EXPERIMENT_ID"]
