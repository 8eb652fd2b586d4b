"""One point of a metric's history."""

from __future__ import annotations

from msgspec import field

from mlflow.entities.base import Entity


class Metric(Entity, gc=False):
    """A value measured at a step.

    `value` may be NaN; `timestamp` is milliseconds since the Unix epoch; `step` any 64-bit integer.
    """

    key: str
    value: float
    timestamp: int
    step: int = field(default_factory=int)
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None
    run_id: str | None = None
