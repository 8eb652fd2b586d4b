"""The client that the fluent functions speak through."""

from __future__ import annotations

from functools import lru_cache

from mlflow.client import MlflowClient
from mlflow.store.registry import get_tracking_uri


@lru_cache(maxsize=64)
def client_of(tracking_uri: str, registry_uri: str | None = None) -> MlflowClient:
    """Return the client for a tracking URI, and for a registry of its own if there is one."""
    return MlflowClient(tracking_uri, registry_uri)


def client() -> MlflowClient:
    """Return the client for the tracking URI in force."""
    return client_of(get_tracking_uri())
