"""Import path that other libraries use; see `mlflow.data.sources`."""

from mlflow.data.sources import HTTPDatasetSource

__all__ = ["HTTPDatasetSource"]
