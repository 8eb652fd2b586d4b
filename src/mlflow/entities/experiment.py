"""An experiment: a named collection of runs."""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from mlflow.entities.base import AliasedEntity, Entity


class ExperimentTag(Entity, gc=False):
    """A key and a text attached to an experiment."""

    key: str
    value: str = field(default_factory=str)


class Experiment(AliasedEntity):
    """A named collection of runs. Times are milliseconds since the Unix epoch; `tags` is a dict of text."""

    keywords: ClassVar[dict[str, str]] = {"tags": "_tags"}
    DEFAULT_EXPERIMENT_NAME: ClassVar[str] = "Default"

    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: str
    _tags: list[ExperimentTag] = field(name="tags", default_factory=list)
    creation_time: int | None = None
    last_update_time: int | None = None

    @property
    def tags(self) -> dict[str, str]:
        """Tags as `{key: value}`."""
        return {tag.key: tag.value for tag in self._tags}
