"""The import path of `RegisteredModel`."""

from mlflow.entities.registered_model import RegisteredModel

__all__ = ["RegisteredModel"]
