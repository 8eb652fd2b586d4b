"""A version of a registered model; a version of a prompt travels as one too."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import field

from mlflow.entities.base import AliasedEntity, Entity
from mlflow.entities.metric import Metric
from mlflow.exceptions import InvalidParameter


class ModelVersionStages:
    """Where a version stands on its way to use. Older than aliases, which do the same with names of one's own."""

    NONE = "None"
    STAGING = "Staging"
    PRODUCTION = "Production"
    ARCHIVED = "Archived"

    ALL: ClassVar[tuple[str, ...]] = (NONE, STAGING, PRODUCTION, ARCHIVED)
    ACTIVE: ClassVar[tuple[str, ...]] = (STAGING, PRODUCTION)

    @staticmethod
    def named(stage: str) -> str:
        """Return the stage that is meant, in any letter case.

        Raises:
            InvalidParameter: there is no such stage.
        """
        for known in ModelVersionStages.ALL:
            if stage.lower() == known.lower():
                return known
        raise InvalidParameter(
            f"Invalid Model Version stage: {stage[:80]!r}. Value must be one of {', '.join(ModelVersionStages.ALL)}."
        )


class ModelVersionStatus:
    """Whether a version may be used. Here each one is READY from the start."""

    PENDING_REGISTRATION = "PENDING_REGISTRATION"
    FAILED_REGISTRATION = "FAILED_REGISTRATION"
    READY = "READY"

    _NAMES: ClassVar[tuple[str, ...]] = (PENDING_REGISTRATION, FAILED_REGISTRATION, READY)

    @staticmethod
    def from_string(status_str: str) -> int:
        """Return the number of a status's name."""
        if status_str not in ModelVersionStatus._NAMES:
            raise InvalidParameter(f"No version status is called {status_str!r}. Valid: {ModelVersionStatus._NAMES}")
        return ModelVersionStatus._NAMES.index(status_str) + 1

    @staticmethod
    def to_string(status: int) -> str:
        """Return the name of a status's number."""
        if status not in ModelVersionStatus.all_status():
            raise InvalidParameter(f"No version status has the number {status}. Valid: 1 to 3")
        return ModelVersionStatus._NAMES[status - 1]

    @staticmethod
    def all_status() -> list[int]:
        """Return the numbers of all statuses."""
        return [1, 2, 3]


class ModelVersionTag(Entity, gc=False):
    """A key and a text attached to a version."""

    key: str
    value: str = field(default_factory=str)


class ModelVersionDeploymentJobState(Entity):
    """How far a deployment of a version has come. Other servers send it; this one deploys nothing."""

    job_id: str | None = None
    run_id: str | None = None
    job_state: str | None = None
    run_state: str | None = None
    current_task_name: str | None = None


class ModelVersion(AliasedEntity):
    """A version: where its model lies, and what is known of it. Times are milliseconds since the Unix epoch."""

    keywords: ClassVar[dict[str, str]] = {"tags": "_tags"}

    name: str
    version: str
    creation_timestamp: int
    last_updated_timestamp: int | None = None
    description: str | None = None
    user_id: str | None = None
    current_stage: str | None = None
    source: str | None = None
    run_id: str | None = None
    status: str = field(default_factory=lambda: ModelVersionStatus.READY)
    status_message: str | None = None
    _tags: list[ModelVersionTag] = field(name="tags", default_factory=list)
    run_link: str | None = None
    aliases: list[str] = field(default_factory=list)
    model_id: str | None = None
    params: list[Any] | None = field(name="model_params", default=None)
    metrics: list[Metric] | None = field(name="model_metrics", default=None)
    deployment_job_state: ModelVersionDeploymentJobState | None = None

    @property
    def tags(self) -> dict[str, str]:
        """Tags as `{key: value}`."""
        return {tag.key: tag.value for tag in self._tags}


class ModelVersionSearch(ModelVersion):
    """A version as a search returns it."""
