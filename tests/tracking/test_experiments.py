"""Experiments, and which one new runs go into."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import mlflow
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException


@pytest.fixture
def name(tracking_uri: str, request: pytest.FixtureRequest) -> str:
    return f"{request.node.nodeid} {os.getpid()}"


def test_without_a_choice_runs_go_to_the_default_experiment(tracking_uri: str) -> None:
    with mlflow.start_run() as run:
        assert run.info.experiment_id == "0"


def test_a_chosen_experiment_is_created_and_gets_the_runs(name: str) -> None:
    experiment = mlflow.set_experiment(name)

    with mlflow.start_run() as run:
        assert run.info.experiment_id == experiment.experiment_id
    assert mlflow.set_experiment(name).experiment_id == experiment.experiment_id
    assert os.environ["MLFLOW_EXPERIMENT_ID"] == experiment.experiment_id


def test_an_experiment_can_be_chosen_by_id(name: str) -> None:
    experiment_id = mlflow.create_experiment(name)

    assert mlflow.set_experiment(experiment_id=experiment_id).name == name


@pytest.mark.parametrize("arguments", [{}, {"experiment_name": "a", "experiment_id": "0"}])
def test_exactly_one_of_name_and_id_is_needed(tracking_uri: str, arguments: dict[str, str]) -> None:
    with pytest.raises(MlflowException, match="exactly one of"):
        mlflow.set_experiment(**arguments)


def test_an_unknown_id_cannot_be_chosen(tracking_uri: str) -> None:
    with pytest.raises(MlflowException, match="No Experiment with id=99999 exists"):
        mlflow.set_experiment(experiment_id="99999")


def test_a_deleted_experiment_cannot_be_chosen_but_restored(name: str) -> None:
    experiment_id = mlflow.create_experiment(name)
    mlflow.delete_experiment(experiment_id)

    with pytest.raises(MlflowException, match=r"mlflow\.restore_experiment"):
        mlflow.set_experiment(name)

    mlflow.restore_experiment(experiment_id)
    assert mlflow.set_experiment(name).lifecycle_stage == "active"


def test_the_environment_chooses_by_name_and_creates(name: str) -> None:
    os.environ["MLFLOW_EXPERIMENT_NAME"] = name

    with mlflow.start_run() as run:
        assert mlflow.get_experiment(run.info.experiment_id).name == name


def test_name_and_id_in_the_environment_must_agree(name: str) -> None:
    experiment_id = mlflow.create_experiment(name)
    os.environ["MLFLOW_EXPERIMENT_NAME"] = name
    os.environ["MLFLOW_EXPERIMENT_ID"] = "0"

    with pytest.raises(MlflowException, match=f"`0` does not match the experiment id `{experiment_id}`"):
        mlflow.start_run()


def test_a_name_that_is_taken_is_refused(name: str) -> None:
    mlflow.create_experiment(name)

    with pytest.raises(MlflowException, match="already exists") as failure:
        mlflow.create_experiment(name)

    assert failure.value.error_code == "RESOURCE_ALREADY_EXISTS"


def test_an_unknown_name_is_none_and_an_unknown_id_an_error(tracking_uri: str) -> None:
    assert mlflow.get_experiment_by_name("nobody has this name") is None
    with pytest.raises(MlflowException, match="No Experiment with id=99999 exists"):
        mlflow.get_experiment("99999")


def test_tags_are_set_and_removed(name: str) -> None:
    experiment = mlflow.set_experiment(name)

    mlflow.set_experiment_tags({"team": "growth", "year": 2026})
    mlflow.set_experiment_tag("mood", "good")
    mlflow.delete_experiment_tag("mood")

    assert mlflow.get_experiment(experiment.experiment_id).tags == {"team": "growth", "year": "2026"}


def test_experiments_are_found_by_a_filter(name: str) -> None:
    for suffix in ("a", "b", "c"):
        mlflow.create_experiment(f"{name} {suffix}", tags={"of": name})

    found = mlflow.search_experiments(filter_string=f"tags.of = '{name}'", order_by=["name DESC"], max_results=2)

    assert [experiment.name for experiment in found] == [f"{name} c", f"{name} b"]


def test_all_pages_of_experiments_are_fetched(name: str) -> None:
    client = mlflow.MlflowClient()
    for number in range(5):
        client.create_experiment(f"{name} {number}", tags={"of": name})

    first = client.search_experiments(filter_string=f"tags.of = '{name}'", max_results=2)
    second = client.search_experiments(filter_string=f"tags.of = '{name}'", max_results=2, page_token=first.token)

    assert first.token
    assert {experiment.name for experiment in first}.isdisjoint({experiment.name for experiment in second})
    assert len(mlflow.search_experiments(filter_string=f"tags.of = '{name}'")) == 5


def test_deleted_experiments_are_found_on_request(name: str) -> None:
    mlflow.delete_experiment(mlflow.create_experiment(name))

    filter_string = f"name = '{name}'"
    assert mlflow.search_experiments(filter_string=filter_string) == []
    assert len(mlflow.search_experiments(ViewType.DELETED_ONLY, filter_string=filter_string)) == 1


def test_an_experiment_is_renamed(name: str) -> None:
    experiment_id = mlflow.create_experiment(name)

    mlflow.MlflowClient().rename_experiment(experiment_id, f"{name} again")

    assert mlflow.get_experiment(experiment_id).name == f"{name} again"


def test_a_relative_artifact_folder_is_taken_from_here(local_uri: str, tmp_path: Path) -> None:
    mlflow.set_experiment(experiment_id=mlflow.create_experiment("x", artifact_location="files"))

    with mlflow.start_run() as run:
        mlflow.log_text("content", "a.txt")

    assert (tmp_path / "files" / run.info.run_id / "artifacts" / "a.txt").read_text() == "content"


def test_a_name_that_is_no_text_is_refused(tracking_uri: str) -> None:
    with pytest.raises(MlflowException, match="it must be text, not int"):
        mlflow.create_experiment(7)  # type: ignore[arg-type]


def test_a_place_in_a_foreign_catalog_is_refused(tracking_uri: str) -> None:
    with pytest.raises(MlflowException, match="Leave it out"):
        mlflow.set_experiment("x", trace_location=object())
