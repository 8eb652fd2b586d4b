"""Where a data set comes from."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any, Self


class DatasetSource(ABC):
    """Says where a data set comes from, well enough to get it again."""

    @staticmethod
    @abstractmethod
    def _get_source_type() -> str:
        """Return the name of this kind of source, as it is stored with a run."""

    @abstractmethod
    def load(self) -> Any:
        """Get the data; what comes back depends on the kind of source."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return what is stored of the source."""

    @classmethod
    @abstractmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> Self:
        """Make the source anew from what is stored."""

    def to_json(self) -> str:
        """Return what is stored of the source, as JSON."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, source_json: str) -> Self:
        """Make the source anew from the JSON that is stored."""
        return cls.from_dict(json.loads(source_json))
