"""The import path of `ModelVersion`."""

from mlflow.entities.model_version import ModelVersion

__all__ = ["ModelVersion"]
