"""A data set that a run reads."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any

from mlflow.data.dataset_source import DatasetSource
from mlflow.entities import Dataset as DatasetEntity


class Dataset(ABC):
    """Data, where it comes from, and a digest that changes with it.

    Args:
        source: where the data comes from.
        name: `dataset` when left out.
        digest: at most 36 characters; computed when left out.
    """

    def __init__(self, source: DatasetSource, name: str | None = None, digest: str | None = None) -> None:
        self._name = name
        self._source = source
        # Subclasses set their data before they call us, so that it can be digested here.
        self._digest = digest or self._compute_digest()

    @abstractmethod
    def _compute_digest(self) -> str:
        """Return a short text that is the same for the same data."""

    @property
    def name(self) -> str:
        """Name of the data set."""
        return self._name if self._name is not None else "dataset"

    @property
    def digest(self) -> str:
        """A short text that is the same for the same data."""
        return self._digest

    @property
    def source(self) -> DatasetSource:
        """Where the data comes from."""
        return self._source

    @property
    @abstractmethod
    def profile(self) -> Any:
        """Numbers that sum up the data, or None."""

    @property
    @abstractmethod
    def schema(self) -> Any:
        """Names and types of the data, as the JSON object that is stored; None when they cannot be told."""

    def to_dict(self) -> dict[str, str | None]:
        """Return what is stored of the data set; schema and profile are JSON texts."""
        return {
            "name": self.name,
            "digest": self.digest,
            "source": self.source.to_json(),
            "source_type": self.source._get_source_type(),
            "schema": None if self.schema is None else json.dumps(self.schema),
            "profile": None if self.profile is None else json.dumps(self.profile),
        }

    def to_json(self) -> str:
        """Return what is stored of the data set, as JSON."""
        return json.dumps(self.to_dict())

    def _to_mlflow_entity(self) -> DatasetEntity:
        stored = self.to_dict()
        return DatasetEntity(
            name=self.name,
            digest=self.digest,
            source_type=stored["source_type"] or "",
            source=stored["source"] or "",
            schema=stored["schema"],
            profile=stored["profile"],
        )
