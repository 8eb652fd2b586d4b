"""The import path of `ModelVersionStatus`."""

from mlflow.entities.model_version import ModelVersionStatus

__all__ = ["ModelVersionStatus"]
