"""The client's methods on runs as a whole."""

from __future__ import annotations

from typing import Any

from mlflow.api import metrics as metrics_api
from mlflow.api import runs as api
from mlflow.client.base import ClientBase, now_ms, text, whole_number
from mlflow.client.links import print_links
from mlflow.entities import Metric, Run, RunStatus, RunTag, ViewType
from mlflow.store.entities import PagedList

PARENT_RUN_TAG = "mlflow.parentRunId"
USER_TAG = "mlflow.user"
# A history of millions of points comes in pages of this many, so that no answer grows without bound.
HISTORY_PAGE = 25_000


class RunMethods(ClientBase):
    """Create, find, end and delete runs."""

    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: dict[str, Any] | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Create a run; it is RUNNING until `set_terminated`.

        Args:
            experiment_id: an active experiment.
            start_time: milliseconds since the Unix epoch; now when left out.
            tags: texts by key; other values are turned into text. `mlflow.user` names the user.
            run_name: a made-up name when left out.
        """
        texts = {key: str(value) for key, value in (tags or {}).items()}
        call = api.CreateRun(
            experiment_id=str(experiment_id),
            user_id=texts.get(USER_TAG, "unknown"),
            run_name=run_name or "",
            start_time=now_ms() if start_time is None else whole_number("start_time", start_time),
            tags=[RunTag(key, value) for key, value in texts.items()],
        )
        return self._call(call).run

    def get_run(self, run_id: str) -> Run:
        """Return a run with its latest metrics, params, tags, inputs and outputs; deleted or not.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST.
        """
        return self._call(api.GetRun(run_id=text("run_id", run_id))).run

    def get_parent_run(self, run_id: str) -> Run | None:
        """Return the run that this one is nested in, or None."""
        parent_id = self.get_run(run_id).data.tags.get(PARENT_RUN_TAG)
        return self.get_run(parent_id) if parent_id else None

    def search_runs(
        self,
        experiment_ids: list[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Run]:
        """Return one page of the runs that match a filter, last started first unless ordered otherwise.

        Args:
            experiment_ids: ids of the experiments to look in; one id alone will do.
            filter_string: for example `metrics.rmse < 1 AND params.model = 'tree'`.
            run_view_type: one of `ViewType`.
            max_results: runs on a page, 1 to 50,000.
            order_by: for example `["metrics.rmse ASC"]`.
            page_token: `token` of the page before.
        """
        ids = experiment_ids if isinstance(experiment_ids, list | tuple | set) else [experiment_ids]
        page = self._call(
            api.SearchRuns(
                experiment_ids=[str(experiment_id) for experiment_id in ids],
                filter=filter_string or None,
                run_view_type=run_view_type,
                max_results=max_results,
                order_by=list(order_by or []),
                page_token=page_token or None,
            )
        )
        return PagedList(page.runs, page.next_page_token or None)

    def set_terminated(self, run_id: str, status: str | None = None, end_time: int | None = None) -> None:
        """End a run.

        Args:
            run_id: which one.
            status: FINISHED when left out; else a name of `RunStatus`.
            end_time: milliseconds since the Unix epoch; now when left out.
        """
        name = _status("FINISHED" if status is None else status)
        ended = now_ms() if end_time is None else whole_number("end_time", end_time)
        info = self._call(api.UpdateRun(run_id=text("run_id", run_id), status=name, end_time=ended)).run_info
        print_links(self._tracking_uri, info.experiment_id, run_id, info.run_name)

    def update_run(self, run_id: str, status: str | None = None, name: str | None = None) -> None:
        """Change a run's status or name; what is left out stays."""
        new_status = None if status is None else _status(status)
        self._call(api.UpdateRun(run_id=text("run_id", run_id), status=new_status, run_name=name))

    def delete_run(self, run_id: str) -> None:
        """Move a run to the bin, from where `restore_run` brings it back."""
        self._call(api.DeleteRun(run_id=text("run_id", run_id)))

    def restore_run(self, run_id: str) -> None:
        """Bring a deleted run back."""
        self._call(api.RestoreRun(run_id=text("run_id", run_id)))

    def get_metric_history(self, run_id: str, key: str) -> PagedList[Metric]:
        """Return every point of one metric, ordered by time, step and value; empty when there is none."""
        points: list[Metric] = []
        token: str | None = None
        while True:
            page = self._call(
                metrics_api.GetMetricHistory(
                    run_id=text("run_id", run_id),
                    metric_key=text("key", key),
                    max_results=HISTORY_PAGE,
                    page_token=token,
                )
            )
            points += page.metrics
            token = page.next_page_token or None
            if token is None:
                return PagedList(points, None)


def _status(status: str) -> str:
    return RunStatus.to_string(RunStatus.from_string(status))
