"""Import path that other libraries use."""

from mlflow.client import MlflowClient

__all__ = ["MlflowClient"]
