"""A parameter of a run."""

from __future__ import annotations

from msgspec import field

from mlflow.entities.base import Entity


class Param(Entity, gc=False):
    """A setting the run was started with: written once, always text."""

    key: str
    value: str = field(default_factory=str)
