"""Import path that other libraries use."""

from mlflow.tracking.context import resolve_tags

__all__ = ["resolve_tags"]
