"""What is known of a run besides its data, and the names of its states."""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from mlflow.entities.base import Entity
from mlflow.exceptions import MlflowException


class RunStatus:
    """States of a run, as numbers and as the names that travel."""

    RUNNING = 1
    SCHEDULED = 2
    FINISHED = 3
    FAILED = 4
    KILLED = 5

    _NAMES: ClassVar[dict[int, str]] = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
    _NUMBERS: ClassVar[dict[str, int]] = {name: number for number, name in _NAMES.items()}

    @staticmethod
    def from_string(status_str: str) -> int:
        """Return the number of a state's name."""
        if status_str not in RunStatus._NUMBERS:
            raise MlflowException(f"No run status is called {status_str!r}. Valid: {list(RunStatus._NUMBERS)}")
        return RunStatus._NUMBERS[status_str]

    @staticmethod
    def to_string(status: int) -> str:
        """Return the name of a state's number."""
        if status not in RunStatus._NAMES:
            raise MlflowException(f"No run status has the number {status}. Valid: {list(RunStatus._NAMES)}")
        return RunStatus._NAMES[status]

    @staticmethod
    def is_terminated(status: int) -> bool:
        """Tell whether a run in this state is over."""
        return status in (RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED)

    @staticmethod
    def all_status() -> list[int]:
        """Return the numbers of all states."""
        return list(RunStatus._NAMES)


class LifecycleStage:
    """Whether a thing is in use or in the bin."""

    ACTIVE = "active"
    DELETED = "deleted"


class ViewType:
    """Which lifecycle stages a search looks at."""

    ACTIVE_ONLY = 1
    DELETED_ONLY = 2
    ALL = 3

    _NAMES: ClassVar[dict[int, str]] = {1: "ACTIVE_ONLY", 2: "DELETED_ONLY", 3: "ALL"}

    @classmethod
    def from_string(cls, view_str: str) -> int:
        """Return the number of a view's name (`active_only`, `deleted_only`, `all`, any letter case)."""
        for number, name in cls._NAMES.items():
            if name == view_str.upper():
                return number
        raise MlflowException(f"No view type is called {view_str!r}. Valid: {[n.lower() for n in cls._NAMES.values()]}")

    @classmethod
    def to_string(cls, view_type: int) -> str:
        """Return the lower-case name of a view's number."""
        if view_type not in cls._NAMES:
            raise MlflowException(f"No view type has the number {view_type}. Valid: {list(cls._NAMES)}")
        return cls._NAMES[view_type].lower()


class RunInfo(Entity, gc=False):
    """What is known of a run besides its data. Times are milliseconds since the Unix epoch."""

    run_id: str
    experiment_id: str
    user_id: str = field(default_factory=str)
    status: str = field(default_factory=str)
    start_time: int = field(default_factory=int)
    end_time: int | None = None
    lifecycle_stage: str = field(default_factory=lambda: LifecycleStage.ACTIVE)
    artifact_uri: str | None = None
    run_name: str | None = None
    run_uuid: str = ""  # the old name of run_id; clients before 1.0 read it

    def __post_init__(self) -> None:
        if not self.run_uuid:
            self.run_uuid = self.run_id

    @classmethod
    def get_searchable_attributes(cls) -> list[str]:
        """Return the attributes a run filter may name."""
        return ["status", "artifact_uri", "start_time", "user_id", "end_time", "run_name", "run_id"]

    @classmethod
    def get_orderable_attributes(cls) -> list[str]:
        """Return the attributes runs can be ordered by."""
        return cls.get_searchable_attributes()
