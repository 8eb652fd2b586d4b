"""`mlflow runs …`, word for word what scripts parse."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from mlflow.client import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag
from tests.cli.conftest import Mlflow


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The local time of Tokyo."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_create_prints_the_run_as_json_and_ends_it(run: Mlflow, client: MlflowClient) -> None:
    answer = run("runs", "create", "--experiment-id", "0", "--run-name", "nightly", "--status", "failed")

    printed = json.loads(answer.stdout)
    assert printed == {"run_id": printed["run_id"], "experiment_id": "0", "status": "FAILED", "run_name": "nightly"}
    made = client.get_run(printed["run_id"]).info
    assert (made.status, made.run_name, made.end_time is not None) == ("FAILED", "nightly", True)


def test_create_writes_tags_description_and_parent(run: Mlflow, client: MlflowClient) -> None:
    parent = client.create_run("0").info.run_id
    words = ["--experiment-id", "0", "-t", "env=prod", "--tags", "query=a=b", "--description", "Try 1"]

    made = json.loads(run("runs", "create", *words, "--parent-run-id", parent).stdout)["run_id"]

    tags = client.get_run(made).data.tags
    assert (tags["env"], tags["query"]) == ("prod", "a=b")
    assert (tags["mlflow.note.content"], tags["mlflow.parentRunId"]) == ("Try 1", parent)
    assert {"mlflow.user", "mlflow.source.name", "mlflow.source.type"} <= set(tags)


def test_create_makes_the_experiment_it_is_told_the_name_of(run: Mlflow, client: MlflowClient) -> None:
    made = json.loads(run("runs", "create", "--experiment-name", "fresh").stdout)
    again = json.loads(run("runs", "create", "--experiment-name", "fresh").stdout)

    assert made["experiment_id"] == again["experiment_id"]
    assert client.get_experiment(made["experiment_id"]).name == "fresh"


def test_create_makes_nothing_under_a_parent_that_does_not_exist(run: Mlflow, client: MlflowClient) -> None:
    answer = run("runs", "create", "--experiment-id", "0", "--parent-run-id", "nope")

    assert answer.exit_code == 1
    assert client.search_runs(["0"]) == []


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--experiment-id", "0", "--experiment-name", "x"],
        ["--experiment-id", "0", "-t", "bad"],
        ["--experiment-id", "0", "--status", "RUNNING"],
    ],
)
def test_create_refuses_words_that_make_no_sense(run: Mlflow, client: MlflowClient, words: list[str]) -> None:
    assert run("runs", "create", *words).exit_code == 2
    assert client.search_runs(["0"]) == []


def test_what_is_typed_wins_over_the_environment(
    run: Mlflow, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.create_experiment("typed")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "0")

    assert json.loads(run("runs", "create", "--experiment-name", "typed").stdout)["experiment_id"] == "1"


def test_list_prints_the_table_mlflow_prints(run: Mlflow, client: MlflowClient, tokyo: None) -> None:
    first = client.create_run("0", start_time=1_700_000_000_000, run_name="first-of-all").info.run_id
    second = client.create_run("0", start_time=1_700_000_001_999, run_name="2").info.run_id

    assert run("runs", "list", "--experiment-id", "0").stdout == (
        f"Date                     Name          ID{' ' * 30}\n"
        f"-----------------------  ------------  {'-' * 32}\n"
        f"2023-11-15 07:13:21 JST  2             {second}\n"
        f"2023-11-15 07:13:20 JST  first-of-all  {first}\n"
    )


def test_list_without_runs_prints_two_line_ends_like_mlflow(run: Mlflow) -> None:
    assert run("runs", "list", "--experiment-id", "0").stdout == "\n\n"


def test_list_takes_the_experiment_from_the_environment(
    run: Mlflow, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = client.create_run("0").info.run_id
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "0")

    assert made in run("runs", "list").stdout


def test_list_as_json_gives_the_info_of_each_run(run: Mlflow, client: MlflowClient) -> None:
    made = client.create_run("0", run_name="only").info

    (listed,) = json.loads(run("runs", "list", "--experiment-id", "0", "--output", "json").stdout)

    assert listed == {
        "artifact_uri": made.artifact_uri,
        "end_time": None,
        "experiment_id": "0",
        "lifecycle_stage": "active",
        "run_id": made.run_id,
        "run_name": "only",
        "start_time": made.start_time,
        "status": "RUNNING",
        "user_id": made.user_id,
    }


def test_describe_prints_all_of_a_run(run: Mlflow, client: MlflowClient) -> None:
    made = client.create_run("0", start_time=5, run_name="only", tags={"k": "ü"})
    client.log_metric(made.info.run_id, "loss", 0.5)
    client.log_metric(made.info.run_id, "gap", float("nan"))
    client.log_param(made.info.run_id, "lr", "0.1")
    dataset = Dataset("iris", "abc", "local", "{}", schema="{}", profile=None)
    client.log_inputs(made.info.run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "train")])])

    printed = run("runs", "describe", "--run-id", made.info.run_id).stdout

    assert printed.startswith('{\n    "info": {\n        "artifact_uri": ')
    assert '"gap": NaN' in printed
    assert printed.isascii()
    described = json.loads(printed)
    assert described["info"] == {
        "artifact_uri": made.info.artifact_uri,
        "end_time": None,
        "experiment_id": "0",
        "lifecycle_stage": "active",
        "run_id": made.info.run_id,
        "run_name": "only",
        "start_time": 5,
        "status": "RUNNING",
        "user_id": made.info.user_id,
    }
    assert described["data"]["metrics"]["loss"] == 0.5
    assert described["data"]["params"] == {"lr": "0.1"}
    assert described["data"]["tags"]["k"] == "ü"
    (used,) = described["inputs"]["dataset_inputs"]
    assert (used["dataset"]["name"], used["tags"]) == ("iris", {"mlflow.data.context": "train"})
    assert described["inputs"]["model_inputs"] == []
    assert described["outputs"] == {"model_outputs": []}


def test_a_run_is_deleted_and_restored(run: Mlflow, client: MlflowClient) -> None:
    made = client.create_run("0").info.run_id

    assert run("runs", "delete", "--run-id", made).stdout == f"Run with ID {made} has been deleted.\n"
    assert made not in run("runs", "list", "--experiment-id", "0").stdout
    assert made in run("runs", "list", "--experiment-id", "0", "-v", "deleted_only").stdout

    assert run("runs", "restore", "--run-id", made).stdout == f"Run with id {made} has been restored.\n"
    assert made in run("runs", "list", "--experiment-id", "0").stdout
