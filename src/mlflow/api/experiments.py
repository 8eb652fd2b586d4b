"""Calls on experiments."""

from __future__ import annotations

import msgspec
from msgspec import field

from mlflow.api.base import EDIT, MANAGE, READ, Call, rest
from mlflow.api.checks import (
    EXPERIMENT_TAG_VALUE_LIMIT,
    SEARCH_LIMIT,
    check_artifact_location,
    check_experiment_name,
    check_key,
    check_max_results,
    view_number,
)
from mlflow.entities import Experiment, ExperimentTag, ViewType
from mlflow.exceptions import InvalidParameter


def check_experiment_tag(key: str, value: str) -> None:
    """Refuse an experiment's tag with a bad key or a value that is too long."""
    check_key("tag", key)
    if len(value) > EXPERIMENT_TAG_VALUE_LIMIT:
        raise InvalidParameter(
            f"The value of experiment tag {key!r} is {len(value)} characters long; "
            f"at most {EXPERIMENT_TAG_VALUE_LIMIT} are allowed."
        )


class ExperimentReply(msgspec.Struct):
    experiment: Experiment


class ExperimentIdReply(msgspec.Struct):
    experiment_id: str


class ExperimentsPage(msgspec.Struct, omit_defaults=True):
    experiments: list[Experiment] = field(default_factory=list)
    next_page_token: str | None = None


@rest("POST", "experiments/create", needs=EDIT(), once=True)
class CreateExperiment(Call[ExperimentIdReply]):
    """Create an experiment.

    Errors: RESOURCE_ALREADY_EXISTS the name is taken, also by a deleted experiment; INVALID_PARAMETER_VALUE.
    """

    name: str
    artifact_location: str | None = None
    tags: list[ExperimentTag] = field(default_factory=list)

    def check(self) -> None:
        check_experiment_name(self.name, "name")
        if self.artifact_location:
            check_artifact_location(self.artifact_location)
        for tag in self.tags:
            check_experiment_tag(tag.key, tag.value)


@rest("POST", "experiments/delete", needs=MANAGE("experiment_id"), once=True)
class DeleteExperiment(Call[None]):
    """Move an experiment and all its runs to the bin.

    Errors: RESOURCE_DOES_NOT_EXIST no active experiment has this id.
    """

    experiment_id: str

    def check(self) -> None:
        self.must_have("experiment_id")


@rest("POST", "experiments/restore", needs=MANAGE("experiment_id"), once=True)
class RestoreExperiment(Call[None]):
    """Bring a deleted experiment and all its runs back.

    Errors: RESOURCE_DOES_NOT_EXIST no deleted experiment has this id.
    """

    experiment_id: str

    def check(self) -> None:
        self.must_have("experiment_id")


@rest("GET", "experiments/get", needs=READ("experiment_id"))
class GetExperiment(Call[ExperimentReply]):
    """Get an experiment by id, deleted or not.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE the id is not a number.
    """

    experiment_id: str

    def check(self) -> None:
        self.must_have("experiment_id")


@rest("GET", "experiments/get-by-name", needs=READ("experiment_name"))
class GetExperimentByName(Call[ExperimentReply]):
    """Get an experiment by name, deleted or not.

    Errors: RESOURCE_DOES_NOT_EXIST.
    """

    experiment_name: str

    def check(self) -> None:
        self.must_have("experiment_name")


@rest("POST", "experiments/search", needs=READ(), also=("GET",))
class SearchExperiments(Call[ExperimentsPage]):
    """List the experiments that match a filter, newest first unless ordered otherwise.

    Errors: INVALID_PARAMETER_VALUE bad filter, order, page size or token.
    """

    max_results: int = 0  # MLflow has no default here: the caller must say 1..50000
    page_token: str | None = None
    filter: str | None = None
    order_by: list[str] = field(default_factory=list)
    view_type: str | int = ViewType.ACTIVE_ONLY

    def check(self) -> None:
        check_max_results(self.max_results, SEARCH_LIMIT)
        self.view_type = view_number("view_type", self.view_type)


@rest("POST", "experiments/update", needs=EDIT("experiment_id"))
class UpdateExperiment(Call[None]):
    """Rename an experiment.

    Errors: RESOURCE_DOES_NOT_EXIST; RESOURCE_ALREADY_EXISTS the name is taken; INVALID_PARAMETER_VALUE it is deleted.
    """

    experiment_id: str
    new_name: str = ""

    def check(self) -> None:
        self.must_have("experiment_id")
        check_experiment_name(self.new_name, "new_name")


@rest("POST", "experiments/set-experiment-tag", needs=EDIT("experiment_id"))
class SetExperimentTag(Call[None]):
    """Set a tag of an experiment, replacing an older value.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE bad key, too long a value, or the experiment is deleted.
    """

    experiment_id: str
    key: str
    value: str = ""

    def check(self) -> None:
        self.must_have("experiment_id", "key")
        check_experiment_tag(self.key, self.value)


@rest("POST", "experiments/delete-experiment-tag", needs=EDIT("experiment_id"), once=True)
class DeleteExperimentTag(Call[None]):
    """Remove a tag of an experiment.

    Errors: RESOURCE_DOES_NOT_EXIST no such experiment, or it has no such tag.
    """

    experiment_id: str
    key: str

    def check(self) -> None:
        self.must_have("experiment_id", "key")
