"""The client's methods on experiments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlflow.api import experiments as api
from mlflow.client.base import ClientBase, text
from mlflow.entities import Experiment, ExperimentTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.store.entities import PagedList
from mlflow.store.registry import is_http

SEARCH_MAX_RESULTS_DEFAULT = 1000


class ExperimentMethods(ClientBase):
    """Create, find, change and delete experiments."""

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: dict[str, Any] | None = None
    ) -> str:
        """Create an experiment.

        Args:
            name: any text, unique also among deleted experiments.
            artifact_location: where its runs' artifacts go; chosen by the store when left out.
            tags: texts by key; other values are turned into text.

        Returns:
            The id of the new experiment.

        Raises:
            MlflowException: RESOURCE_ALREADY_EXISTS the name is taken; INVALID_PARAMETER_VALUE.
        """
        location = None if artifact_location is None else str(artifact_location)
        if location and not is_http(self._tracking_uri) and "://" not in location and ":/" not in location:
            location = str(Path(location).absolute())  # in-process, a relative folder means ours, now and later
        call = api.CreateExperiment(
            name=text("name", name),
            artifact_location=location,
            tags=[ExperimentTag(key, str(value)) for key, value in (tags or {}).items()],
        )
        return self._call(call).experiment_id

    def get_experiment(self, experiment_id: str) -> Experiment:
        """Return an experiment, deleted or not.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST.
        """
        return self._call(api.GetExperiment(experiment_id=str(experiment_id))).experiment

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """Return the experiment of that name, deleted or not; None when there is none."""
        try:
            return self._call(api.GetExperimentByName(experiment_name=text("experiment_name", name))).experiment
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise

    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int | None = SEARCH_MAX_RESULTS_DEFAULT,
        filter_string: str | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """Return one page of the experiments that match a filter, newest first unless ordered otherwise.

        Args:
            view_type: one of `ViewType`.
            max_results: experiments on a page, 1 to 50,000.
            filter_string: for example `name LIKE 'churn-%' AND tags.team = 'growth'`.
            order_by: for example `["last_update_time DESC"]`.
            page_token: `token` of the page before.
        """
        page = self._call(
            api.SearchExperiments(
                max_results=SEARCH_MAX_RESULTS_DEFAULT if max_results is None else max_results,
                page_token=page_token or None,
                filter=filter_string or None,
                order_by=list(order_by or []),
                view_type=view_type,
            )
        )
        return PagedList(page.experiments, page.next_page_token or None)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Give an active experiment another name.

        Raises:
            MlflowException: RESOURCE_ALREADY_EXISTS the name is taken; RESOURCE_DOES_NOT_EXIST.
        """
        self._call(api.UpdateExperiment(experiment_id=str(experiment_id), new_name=text("new_name", new_name)))

    def delete_experiment(self, experiment_id: str) -> None:
        """Move an experiment and its runs to the bin, from where `restore_experiment` brings them back."""
        self._call(api.DeleteExperiment(experiment_id=str(experiment_id)))

    def restore_experiment(self, experiment_id: str) -> None:
        """Bring a deleted experiment and all its runs back."""
        self._call(api.RestoreExperiment(experiment_id=str(experiment_id)))

    def set_experiment_tag(self, experiment_id: str, key: str, value: Any) -> None:
        """Set a tag of an experiment; `value` is turned into text."""
        self._call(
            api.SetExperimentTag(experiment_id=str(experiment_id), key=text("key", key), value=str(value)),
        )

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Remove a tag of an experiment.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST it has no such tag.
        """
        self._call(api.DeleteExperimentTag(experiment_id=str(experiment_id), key=text("key", key)))
