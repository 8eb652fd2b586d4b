"""Data sets a run read."""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from mlflow.entities.base import AliasedEntity, Entity


class Dataset(Entity):
    """A data set: where it came from, its digest, and its schema and profile as JSON texts."""

    name: str
    digest: str
    source_type: str = field(default_factory=str)
    source: str = field(default_factory=str)
    schema: str | None = None
    profile: str | None = None


class InputTag(Entity, gc=False):
    """A key and a text attached to one use of a data set."""

    key: str
    value: str = field(default_factory=str)


class DatasetInput(AliasedEntity):
    """One use of a data set by a run; the tag `mlflow.data.context` says what for."""

    keywords: ClassVar[dict[str, str]] = {"tags": "_tags"}

    dataset: Dataset
    _tags: list[InputTag] = field(name="tags", default_factory=list)

    @property
    def tags(self) -> list[InputTag]:
        """Tags of this use."""
        return self._tags


class DatasetSummary(Entity):
    """A data set as a list of names shows it."""

    experiment_id: str
    name: str
    digest: str
    context: str | None = None
