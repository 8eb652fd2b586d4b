"""Searching runs, as a table or a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from mlflow.client.frames import runs_table
from mlflow.entities import Run, ViewType
from mlflow.exceptions import InvalidParameter
from mlflow.logging_utils import get_logger
from mlflow.tracking.clients import client
from mlflow.tracking.experiments import active_experiment_id, get_experiment_by_name, search_experiments

if TYPE_CHECKING:
    import pandas

SEARCH_MAX_RESULTS_PANDAS = 100_000
_PAGE = 1000

_log = get_logger(__name__)


@overload
def search_runs(
    experiment_ids: list[str] | None = None,
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = SEARCH_MAX_RESULTS_PANDAS,
    order_by: list[str] | None = None,
    output_format: Literal["pandas"] = "pandas",
    search_all_experiments: bool = False,
    experiment_names: list[str] | None = None,
) -> pandas.DataFrame: ...


@overload
def search_runs(
    experiment_ids: list[str] | None = None,
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = SEARCH_MAX_RESULTS_PANDAS,
    order_by: list[str] | None = None,
    *,
    output_format: Literal["list"],
    search_all_experiments: bool = False,
    experiment_names: list[str] | None = None,
) -> list[Run]: ...


def search_runs(
    experiment_ids: list[str] | None = None,
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = SEARCH_MAX_RESULTS_PANDAS,
    order_by: list[str] | None = None,
    output_format: Literal["pandas", "list"] = "pandas",
    search_all_experiments: bool = False,
    experiment_names: list[str] | None = None,
) -> list[Run] | pandas.DataFrame:
    """Return the runs that match a filter, last started first unless ordered otherwise.

    Args:
        experiment_ids: experiments to look in; the active one when neither ids nor names are given.
        filter_string: for example `metrics.rmse < 1 AND params.model = 'tree'`.
        run_view_type: one of `ViewType`.
        max_results: at most so many.
        order_by: for example `["metrics.rmse ASC"]`.
        output_format: `pandas` for a table, `list` for `Run` objects.
        search_all_experiments: look in all active experiments when neither ids nor names are given.
        experiment_names: experiments to look in, by name; unknown names are skipped with a warning.

    Returns:
        A list of runs, or a DataFrame with one row a run and the columns run_id, experiment_id, status,
        artifact_uri, start_time and end_time (UTC), `metrics.*` (float), `params.*` and `tags.*` (text).

    Raises:
        MlflowException: INVALID_PARAMETER_VALUE ids and names are both given; a bad filter or order.
        ValueError: there is no such output format.
    """
    if output_format not in ("pandas", "list"):
        raise ValueError(f"Unsupported output format: {output_format}. Supported string values are 'pandas' or 'list'")
    ids = _experiment_ids(experiment_ids, experiment_names, search_all_experiments)
    runs = _search(ids, filter_string, run_view_type, max_results, order_by) if ids else []
    return runs if output_format == "list" else runs_table(runs)


def _experiment_ids(ids: list[str] | None, names: list[str] | None, everywhere: bool) -> list[str]:
    if ids and names:
        raise InvalidParameter("Only experiment_ids or experiment_names can be used, but not both")
    if ids:
        return list(ids) if isinstance(ids, list | tuple | set) else [ids]
    if names:
        found = []
        for name in names:
            if experiment := get_experiment_by_name(name):
                found.append(experiment.experiment_id)
            else:
                _log.warning("Cannot retrieve experiment by name %s", name)
        return found
    if everywhere:
        return [experiment.experiment_id for experiment in search_experiments()]
    return [active_experiment_id()]


def _search(ids: list[str], filter_string: str, view: int, max_results: int, order_by: list[str] | None) -> list[Run]:
    runs: list[Run] = []
    token: str | None = None
    while len(runs) < max_results:
        size = min(_PAGE, max_results - len(runs))
        page = client().search_runs(ids, filter_string, view, size, order_by, token)
        runs += page
        token = page.token
        if not token:
            break
    return runs
