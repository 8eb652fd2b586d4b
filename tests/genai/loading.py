"""What the tests of loading share."""

from __future__ import annotations

import time
from collections.abc import Callable

import mlflow
from mlflow.entities.model_registry import PromptVersion

TTL = "MLFLOW_ALIAS_PROMPT_CACHE_TTL_SECONDS"


def load(client: mlflow.MlflowClient, address: str, ttl: float | None = None) -> PromptVersion:
    """Load a prompt that is there."""
    found = client.load_prompt(address, cache_ttl_seconds=ttl)
    assert found is not None
    return found


def wait_for(what: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is true, and fail when that takes longer."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
