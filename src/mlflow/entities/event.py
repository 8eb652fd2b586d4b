"""Something that was changed, told to whoever listens."""

from __future__ import annotations

from typing import Any

from msgspec import field

from mlflow.entities.base import Entity


class Event(Entity):
    """One change of a model or prompt.

    Args:
        id: its number; a later event has a higher one, and numbers may be left out.
        timestamp: when it was written down, in milliseconds since the Unix epoch.
        entity: what was changed, as in MLflow's webhooks: "prompt_alias", "model_version_tag".
        action: "created", "updated", "deleted" or "set".
        name: of the prompt or model.
        data: what MLflow's webhook of this kind carries.
    """

    id: int
    timestamp: int
    entity: str
    action: str
    name: str
    data: dict[str, Any] = field(default_factory=dict)
