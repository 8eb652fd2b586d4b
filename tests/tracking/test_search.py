"""Searching runs, as a table and as a list."""

from __future__ import annotations

import math
from typing import Any, cast

import pandas as pd
import pytest

import mlflow
from mlflow.entities import Run, ViewType
from mlflow.exceptions import MlflowException
from mlflow.store.entities import PagedList


@pytest.fixture
def three_runs(experiment: str) -> list[str]:
    ids = []
    for number in range(3):
        with mlflow.start_run(run_name=f"run {number}") as run:
            mlflow.log_metric("score", number)
            if number != 1:
                mlflow.log_param("kind", f"k{number}")
            ids.append(run.info.run_id)
    return ids


def table(**arguments: Any) -> pd.DataFrame:
    return mlflow.search_runs(**arguments)


def runs(**arguments: Any) -> list[Run]:
    return mlflow.search_runs(output_format="list", **arguments)


def test_a_table_has_one_row_a_run_last_started_first(three_runs: list[str]) -> None:
    found = table()

    assert set(found["run_id"]) == set(three_runs)
    assert list(found.columns[:6]) == [
        "run_id",
        "experiment_id",
        "status",
        "artifact_uri",
        "start_time",
        "end_time",
    ]
    assert str(found["start_time"].dt.tz) == "UTC"
    assert found["metrics.score"].dtype == "float64"
    assert found["start_time"].is_monotonic_decreasing


def test_what_a_run_lacks_is_missing_in_its_row(three_runs: list[str]) -> None:
    found = table().set_index("run_id")

    assert pd.isna(found.loc[three_runs[1], "params.kind"])
    assert found.loc[three_runs[0], "params.kind"] == "k0"
    assert found.loc[three_runs[2], "tags.mlflow.runName"] == "run 2"


def test_no_run_is_an_empty_table_with_the_fixed_columns(experiment: str) -> None:
    assert table().shape == (0, 6)


def test_filter_and_order_are_passed_on(three_runs: list[str]) -> None:
    found = runs(filter_string="metrics.score >= 1", order_by=["metrics.score ASC"])

    assert [run.info.run_id for run in found] == three_runs[1:]


def test_a_bad_filter_says_what_is_wrong(experiment: str) -> None:
    with pytest.raises(MlflowException) as failure:
        runs(filter_string="score > 1 OR 2")

    assert failure.value.error_code == "INVALID_PARAMETER_VALUE"


def test_at_most_as_many_as_asked_for(three_runs: list[str]) -> None:
    assert len(runs(max_results=2)) == 2
    assert runs(max_results=0) == []


def test_all_pages_are_fetched(three_runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow.tracking.search, "_PAGE", 2)

    assert len(runs()) == 3


def test_deleted_runs_are_found_on_request(three_runs: list[str]) -> None:
    mlflow.delete_run(three_runs[0])

    assert {run.info.run_id for run in runs()} == set(three_runs[1:])
    assert [run.info.run_id for run in runs(run_view_type=ViewType.DELETED_ONLY)] == [three_runs[0]]


def test_experiments_are_chosen_by_id_or_name(three_runs: list[str], experiment: str) -> None:
    name = mlflow.get_experiment(experiment).name
    mlflow.set_experiment(f"another {name}")

    assert runs() == []
    assert len(runs(experiment_ids=[experiment])) == 3
    assert len(runs(experiment_names=[name, "nobody has this name"])) == 3
    assert {run.info.run_id for run in runs(search_all_experiments=True)} >= set(three_runs)


def test_only_unknown_names_find_nothing(three_runs: list[str]) -> None:
    assert runs(experiment_names=["nobody has this name"]) == []


def test_ids_and_names_together_are_refused(experiment: str) -> None:
    with pytest.raises(MlflowException, match="but not both"):
        runs(experiment_ids=["0"], experiment_names=["Default"])


def test_an_unknown_output_format_is_refused(experiment: str) -> None:
    with pytest.raises(ValueError, match="Unsupported output format: csv"):
        mlflow.search_runs(output_format=cast("Any", "csv"))


def test_the_client_gives_pages(three_runs: list[str], experiment: str) -> None:
    client = mlflow.MlflowClient()

    first = client.search_runs([experiment], max_results=2)
    second = client.search_runs([experiment], max_results=2, page_token=first.token)

    assert isinstance(first, PagedList)
    assert (len(first), len(second)) == (2, 1)
    assert second.token is None
    assert first.to_list() == list(first)


def test_nan_is_nan_in_the_table(experiment: str) -> None:
    with mlflow.start_run():
        mlflow.log_metric("m", math.nan)

    assert math.isnan(table()["metrics.m"].iloc[0])
