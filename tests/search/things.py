"""A run in memory, written down in one line, for tests of the readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass
class Thing:
    """What a filter can be asked about; satisfies `mlflow.search.python.Subject`."""

    attributes: dict[str, str | int | float] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    used: list[dict[str, str]] = field(default_factory=list)

    def attribute(self, name: str) -> str | int | float | None:
        return self.attributes.get(name)

    def metric(self, key: str) -> float | None:
        return self.metrics.get(key)

    def param(self, key: str) -> str | None:
        return self.params.get(key)

    def tag(self, key: str) -> str | None:
        return self.tags.get(key)

    def datasets(self) -> Iterable[Mapping[str, str]]:
        return self.used
