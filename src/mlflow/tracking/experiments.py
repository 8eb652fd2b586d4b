"""Experiments, and which one new runs go into."""

from __future__ import annotations

from typing import Any

from mlflow.entities import Experiment, LifecycleStage, ViewType
from mlflow.environment_variables import MLFLOW_EXPERIMENT_ID, MLFLOW_EXPERIMENT_NAME
from mlflow.exceptions import InvalidParameter, MlflowException, MlflowNotImplementedException
from mlflow.logging_utils import get_logger
from mlflow.tracking.clients import client

DEFAULT_EXPERIMENT_ID = "0"

_log = get_logger(__name__)
_active_id: str | None = None


def set_experiment(
    experiment_name: str | None = None, experiment_id: str | None = None, trace_location: Any = None
) -> Experiment:
    """Choose the experiment that new runs go into, for this process and the children it starts.

    Args:
        experiment_name: it is created when there is none of this name.
        experiment_id: an existing experiment; give either this or the name.
        trace_location: only for Databricks.

    Returns:
        The experiment.

    Raises:
        MlflowException: INVALID_PARAMETER_VALUE both or neither is given, or the experiment is deleted;
            RESOURCE_DOES_NOT_EXIST no experiment has this id.
    """
    global _active_id
    _refuse_trace_location(trace_location)
    if (experiment_name is None) == (experiment_id is None):
        raise InvalidParameter("Must specify exactly one of: `experiment_id` or `experiment_name`.")
    if experiment_id is not None:
        experiment = client().get_experiment(str(experiment_id))
    else:
        experiment = _named(str(experiment_name))
    if experiment.lifecycle_stage != LifecycleStage.ACTIVE:
        raise InvalidParameter(
            f"Cannot set a deleted experiment {experiment.name!r} as the active experiment.\n\nhint: bring it back "
            f"with mlflow.restore_experiment({experiment.experiment_id!r}), or choose another name."
        )
    _active_id = experiment.experiment_id
    MLFLOW_EXPERIMENT_ID.set(experiment.experiment_id)
    if MLFLOW_EXPERIMENT_NAME.is_set():  # a child process reads both, and they must agree
        MLFLOW_EXPERIMENT_NAME.set(experiment.name)
    return experiment


def _named(name: str) -> Experiment:
    found = client().get_experiment_by_name(name)
    if found is None:
        _log.info("Experiment with name '%s' does not exist. Creating a new experiment.", name)
        try:
            return client().get_experiment(client().create_experiment(name))
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            found = client().get_experiment_by_name(name)  # another worker was quicker
            if found is None:
                raise
    return found


def active_experiment_id() -> str:
    """Return the id of the experiment that new runs go into."""
    return chosen_experiment_id() or DEFAULT_EXPERIMENT_ID


def chosen_experiment_id() -> str | None:
    """Return the id of the experiment that was chosen in code or environment, or None.

    Raises:
        MlflowException: INVALID_PARAMETER_VALUE MLFLOW_EXPERIMENT_NAME and MLFLOW_EXPERIMENT_ID do not agree.
    """
    if _active_id is not None:
        return _active_id
    wanted_id, name = MLFLOW_EXPERIMENT_ID.get(), MLFLOW_EXPERIMENT_NAME.get()
    if not name:
        return wanted_id or None
    experiment = _named(name)
    if wanted_id and wanted_id != experiment.experiment_id:
        raise InvalidParameter(
            f"The provided MLFLOW_EXPERIMENT_ID environment variable value `{wanted_id}` does not match the experiment "
            f"id `{experiment.experiment_id}` for experiment name `{name}`. Unset one of the two."
        )
    return experiment.experiment_id


def experiment_choice() -> tuple[str | None, ...]:
    """Return what decides the active experiment, without asking the store which one that is."""
    if _active_id is not None:
        return (_active_id,)
    return MLFLOW_EXPERIMENT_ID.get_raw(), MLFLOW_EXPERIMENT_NAME.get_raw()


def create_experiment(
    name: str,
    artifact_location: str | None = None,
    tags: dict[str, Any] | None = None,
    trace_location: Any = None,
) -> str:
    """Create an experiment; see `MlflowClient.create_experiment`.

    Returns:
        The id of the new experiment.
    """
    _refuse_trace_location(trace_location)
    return client().create_experiment(name, artifact_location, tags)


def get_experiment(experiment_id: str) -> Experiment:
    """Return an experiment, deleted or not.

    Raises:
        MlflowException: RESOURCE_DOES_NOT_EXIST.
    """
    return client().get_experiment(experiment_id)


def get_experiment_by_name(name: str) -> Experiment | None:
    """Return the experiment of that name, deleted or not; None when there is none."""
    return client().get_experiment_by_name(name)


def search_experiments(
    view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: list[str] | None = None,
) -> list[Experiment]:
    """Return the experiments that match a filter, newest first unless ordered otherwise.

    Args:
        view_type: one of `ViewType`.
        max_results: at most so many; all when left out.
        filter_string: for example `name LIKE 'churn-%' AND tags.team = 'growth'`.
        order_by: for example `["last_update_time DESC"]`.
    """
    found: list[Experiment] = []
    token: str | None = None
    while max_results is None or len(found) < max_results:
        size = 1000 if max_results is None else min(1000, max_results - len(found))
        page = client().search_experiments(view_type, size, filter_string, order_by, token)
        found += page
        token = page.token
        if not token:
            break
    return found


def delete_experiment(experiment_id: str) -> None:
    """Move an experiment and its runs to the bin."""
    client().delete_experiment(experiment_id)


def restore_experiment(experiment_id: str) -> None:
    """Bring a deleted experiment and all its runs back."""
    client().restore_experiment(experiment_id)


def set_experiment_tag(key: str, value: Any) -> None:
    """Set a tag of the active experiment; `value` is turned into text."""
    client().set_experiment_tag(active_experiment_id(), key, value)


def set_experiment_tags(tags: dict[str, Any]) -> None:
    """Set several tags of the active experiment."""
    for key, value in tags.items():
        set_experiment_tag(key, value)


def delete_experiment_tag(key: str) -> None:
    """Remove a tag of the active experiment."""
    client().delete_experiment_tag(active_experiment_id(), key)


def _refuse_trace_location(trace_location: object) -> None:
    if trace_location is not None:
        raise MlflowNotImplementedException(
            "trace_location names a place in Databricks Unity Catalog, which Headrace does not speak to. Leave it out."
        )
