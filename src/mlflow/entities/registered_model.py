"""A registered model: a name under which versions are kept; a prompt travels as one too."""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from mlflow.entities.base import AliasedEntity, Entity
from mlflow.entities.model_version import ModelVersion
from mlflow.exceptions import InvalidParameter


class RegisteredModelTag(Entity, gc=False):
    """A key and a text attached to a registered model."""

    key: str
    value: str = field(default_factory=str)


class RegisteredModelAlias(Entity, gc=False):
    """A name that points to one version and may be moved to another."""

    alias: str
    version: str


class RegisteredModelDeploymentJobState:
    """States of a deployment job, as numbers and names. Other servers send them; this one deploys nothing."""

    NOT_SET_UP = 1
    CONNECTED = 2
    NOT_FOUND = 3
    REQUIRED_PARAMETERS_CHANGED = 4

    _NAMES: ClassVar[dict[int, str]] = {
        1: "NOT_SET_UP",
        2: "CONNECTED",
        3: "NOT_FOUND",
        4: "REQUIRED_PARAMETERS_CHANGED",
    }

    @classmethod
    def from_string(cls, state_str: str) -> int:
        """Return the number of a state's name."""
        for number, name in cls._NAMES.items():
            if name == state_str:
                return number
        raise InvalidParameter(f"No deployment state is called {state_str!r}. Valid: {list(cls._NAMES.values())}")

    @classmethod
    def to_string(cls, state: int) -> str:
        """Return the name of a state's number."""
        if state not in cls._NAMES:
            raise InvalidParameter(f"No deployment state has the number {state}. Valid: {list(cls._NAMES)}")
        return cls._NAMES[state]

    @classmethod
    def all_states(cls) -> list[int]:
        """Return the numbers of all states."""
        return list(cls._NAMES)


class RegisteredModel(AliasedEntity):
    """A registered model with the newest version of each stage. Times are milliseconds since the Unix epoch."""

    keywords: ClassVar[dict[str, str]] = {"tags": "_tags", "aliases": "_aliases"}

    name: str
    creation_timestamp: int | None = None
    last_updated_timestamp: int | None = None
    description: str | None = ""
    latest_versions: list[ModelVersion] = field(default_factory=list)
    _tags: list[RegisteredModelTag] = field(name="tags", default_factory=list)
    _aliases: list[RegisteredModelAlias] = field(name="aliases", default_factory=list)
    deployment_job_id: str | None = None
    deployment_job_state: str | None = None

    @property
    def tags(self) -> dict[str, str]:
        """Tags as `{key: value}`."""
        return {tag.key: tag.value for tag in self._tags}

    @property
    def aliases(self) -> dict[str, str]:
        """Versions by alias."""
        return {alias.alias: alias.version for alias in self._aliases}


class RegisteredModelSearch(RegisteredModel):
    """A registered model as a search returns it."""
