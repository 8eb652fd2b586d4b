"""Calls on what runs read and made: data sets, and logged models as inputs and outputs."""

from __future__ import annotations

import msgspec
from msgspec import field

from mlflow.api.base import EDIT, READ, Call, rest
from mlflow.api.checks import check_no_repeats, check_run_id
from mlflow.entities import Dataset, DatasetInput, DatasetSummary, LoggedModelInput, LoggedModelOutput
from mlflow.exceptions import InvalidParameter

_DATASET_LIMITS = {"name": 500, "digest": 36, "source": 65_535, "schema": 1_048_575, "profile": 16_777_215}
INPUT_TAG_KEY_LIMIT = 255
INPUT_TAG_VALUE_LIMIT = 500
SUMMARIES_EXPERIMENTS_LIMIT = 20
SUMMARIES_LIMIT = 1000


class DatasetSummaries(msgspec.Struct, omit_defaults=True):
    dataset_summaries: list[DatasetSummary] = field(default_factory=list)


def _check_dataset(dataset: Dataset) -> None:
    for name in ("name", "digest", "source_type", "source"):
        if getattr(dataset, name) == "":
            raise InvalidParameter(f"Missing value for required parameter 'dataset.{name}'.")
    for name, limit in _DATASET_LIMITS.items():
        value = getattr(dataset, name)
        if value is not None and len(value) > limit:
            raise InvalidParameter(
                f"The {name} of data set {dataset.name[:80]!r} is {len(value)} characters long; "
                f"at most {limit} are allowed."
            )


@rest("POST", "runs/log-inputs", needs=EDIT("run_id"))
class LogInputs(Call[None]):
    """Note which data sets and logged models a run read; noting the same one again changes nothing.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE a field is missing or too long, or the run is deleted.
    """

    run_id: str
    datasets: list[DatasetInput] = field(default_factory=list)
    models: list[LoggedModelInput] = field(default_factory=list)

    def check(self) -> None:
        check_run_id(self.run_id)
        for used in self.datasets:
            _check_dataset(used.dataset)
            check_no_repeats("datasets.tags", (tag.key for tag in used.tags))
            for tag in used.tags:
                if not 1 <= len(tag.key) <= INPUT_TAG_KEY_LIMIT or len(tag.value) > INPUT_TAG_VALUE_LIMIT:
                    raise InvalidParameter(
                        f"Invalid tag {tag.key[:80]!r} of data set {used.dataset.name[:80]!r}: keys have 1 to "
                        f"{INPUT_TAG_KEY_LIMIT} characters, values at most {INPUT_TAG_VALUE_LIMIT}."
                    )


@rest("POST", "runs/outputs", needs=EDIT("run_id"))
class LogOutputs(Call[None]):
    """Note which logged models a run made.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE the run is deleted.
    """

    run_id: str
    models: list[LoggedModelOutput] = field(default_factory=list)

    def check(self) -> None:
        check_run_id(self.run_id)


@rest("POST", "experiments/search-datasets", needs=READ("experiment_ids"), ajax_only=True)
class SearchDatasets(Call[DatasetSummaries]):
    """List the data sets that the runs of up to 20 experiments read; at most 1,000.

    Errors: INVALID_PARAMETER_VALUE no experiment, or too many.
    """

    experiment_ids: list[str] = field(default_factory=list)

    def check(self) -> None:
        if not 1 <= len(self.experiment_ids) <= SUMMARIES_EXPERIMENTS_LIMIT:
            raise InvalidParameter(
                f"Invalid value for parameter 'experiment_ids': {len(self.experiment_ids)} are given; "
                f"it must be 1 to {SUMMARIES_EXPERIMENTS_LIMIT}."
            )
