"""`mlflow experiments …`, word for word what scripts parse."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from mlflow.client import MlflowClient
from mlflow.entities import Metric
from tests.cli.conftest import Mlflow


def test_create_prints_the_id(run: Mlflow, client: MlflowClient) -> None:
    answer = run("experiments", "create", "-n", "churn", "-l", "/data/churn")

    assert answer.stdout == "Created experiment 'churn' with id 1\n"
    assert client.get_experiment("1").artifact_location == "/data/churn"


def test_create_refuses_a_name_that_is_taken(run: Mlflow) -> None:
    run("experiments", "create", "-n", "churn")

    answer = run("experiments", "create", "-n", "churn")

    assert answer.exit_code == 1
    assert answer.stderr.startswith("error: Experiment(name=churn) already exists")


def test_search_prints_the_table_mlflow_prints(run: Mlflow, folder: Path) -> None:
    run("experiments", "create", "-n", "a-long-name", "-l", "/data")

    assert run("experiments", "search").stdout == (
        f"Experiment Id    Name         {'Artifact Location'.ljust(len(str(folder)) + 9)}\n"
        f"---------------  -----------  {'-' * (len(str(folder)) + 9)}\n"
        f"0                Default      {folder}/mlruns/0\n"
        f"1                a-long-name  {'/data'.ljust(len(str(folder)) + 9)}\n"
    )


def test_search_keeps_the_newest_when_told_how_many(run: Mlflow, client: MlflowClient) -> None:
    for name in ("one", "two", "three"):
        client.create_experiment(name)

    found = json.loads(run("experiments", "search", "--max-results", "2", "--output", "json").stdout)

    assert [experiment["name"] for experiment in found] == ["two", "three"]


def test_search_looks_at_every_page(run: Mlflow, client: MlflowClient) -> None:
    for number in range(1005):
        client.create_experiment(str(number))

    assert len(run("experiments", "search").stdout.splitlines()) == 2 + 1 + 1005


def test_search_shows_deleted_experiments_when_asked(run: Mlflow, client: MlflowClient) -> None:
    client.delete_experiment(client.create_experiment("gone"))

    assert "gone" not in run("experiments", "search").stdout
    assert "gone" in run("experiments", "search", "--view", "deleted_only").stdout
    assert "gone" in run("experiments", "search", "--view", "all").stdout


def test_search_without_any_prints_two_line_ends_like_mlflow(run: Mlflow) -> None:
    assert run("experiments", "search", "--view", "deleted_only").stdout == "\n\n"


def test_get_prints_titles_and_values(run: Mlflow, client: MlflowClient) -> None:
    client.create_experiment("churn", "/data", {"team": "growth", "note": "x"})
    made = client.get_experiment("1")

    assert run("experiments", "get", "-n", "churn").stdout == (
        "Experiment ID      : 1\n"
        "Name               : churn\n"
        "Artifact Location  : /data\n"
        "Lifecycle Stage    : active\n"
        f"Creation Time      : {made.creation_time}\n"
        f"Last Update Time   : {made.last_update_time}\n"
        "Tags               : " + ", ".join(f"{key}={value}" for key, value in made.tags.items()) + "\n"
    )


def test_get_as_json_has_the_keys_of_mlflow(run: Mlflow, client: MlflowClient) -> None:
    client.create_experiment("churn", "/data", {"team": "growth"})

    got = json.loads(run("experiments", "get", "-x", "1", "--output", "json").stdout)

    assert sorted(got) == [
        "artifact_location",
        "creation_time",
        "effective_trace_archival_retention",
        "experiment_id",
        "last_update_time",
        "lifecycle_stage",
        "name",
        "tags",
        "trace_location",
        "workspace",
    ]
    assert (got["experiment_id"], got["name"], got["tags"]) == ("1", "churn", {"team": "growth"})


def test_get_wants_the_id_or_the_name(run: Mlflow) -> None:
    assert run("experiments", "get").exit_code == 2
    assert run("experiments", "get", "-x", "0", "-n", "Default").exit_code == 2


def test_get_of_a_name_nobody_has_is_an_error(run: Mlflow) -> None:
    answer = run("experiments", "get", "-n", "nope")

    assert answer.exit_code == 1
    assert answer.stderr.startswith("error: Experiment with name 'nope' does not exist\n")


def test_an_experiment_is_renamed_deleted_and_restored(run: Mlflow, client: MlflowClient) -> None:
    client.create_experiment("old")

    renamed = run("experiments", "rename", "-x", "1", "--new-name", "new")
    assert renamed.stdout == "Experiment with id 1 has been renamed to 'new'.\n"
    assert client.get_experiment("1").name == "new"

    assert run("experiments", "delete", "-x", "1").stdout == "Experiment with ID 1 has been deleted.\n"
    assert client.get_experiment("1").lifecycle_stage == "deleted"

    assert run("experiments", "restore", "-x", "1").stdout == "Experiment with id 1 has been restored.\n"
    assert client.get_experiment("1").lifecycle_stage == "active"


def test_csv_has_info_then_metrics_params_and_tags_of_all_runs(run: Mlflow, client: MlflowClient) -> None:
    older = client.create_run("0", start_time=1_700_000_000_000, run_name="older", tags={"note": 'say "hi",\nthen go'})
    newer = client.create_run("0", start_time=1_700_000_000_123, run_name="newer")
    client.log_batch(newer.info.run_id, metrics=[Metric("rmse", 3, 1, 0), Metric("nan", float("nan"), 1, 0)])
    client.log_param(older.info.run_id, "lr", "0.1")
    client.set_terminated(older.info.run_id, end_time=1_700_000_060_000)

    lines = list(csv.DictReader(io.StringIO(run("experiments", "csv", "-x", "0").stdout.removesuffix("\n"))))

    assert list(lines[0]) == [
        *("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"),
        *("metrics.nan", "metrics.rmse", "params.lr", "tags.mlflow.runName", "tags.note"),
    ]
    assert [line["tags.mlflow.runName"] for line in lines] == ["newer", "older"]
    assert (lines[0]["start_time"], lines[0]["end_time"]) == ("2023-11-14 22:13:20.123+00:00", "")
    assert (lines[0]["metrics.rmse"], lines[0]["metrics.nan"], lines[0]["params.lr"]) == ("3.0", "", "")
    assert (lines[1]["status"], lines[1]["end_time"]) == ("FINISHED", "2023-11-14 22:14:20.000+00:00")
    assert (lines[1]["params.lr"], lines[1]["tags.note"]) == ("0.1", 'say "hi",\nthen go')


def test_csv_goes_to_a_file_when_one_is_named(run: Mlflow, folder: Path) -> None:
    answer = run("experiments", "csv", "-x", "0", "-o", "runs.csv")

    assert answer.stdout == "Experiment with ID 0 has been exported as a CSV to file: runs.csv.\n"
    assert (folder / "runs.csv").read_text() == "run_id,experiment_id,status,artifact_uri,start_time,end_time\n"


def test_csv_into_a_folder_that_is_not_there_is_an_error(run: Mlflow) -> None:
    answer = run("experiments", "csv", "-x", "0", "-o", "nowhere/runs.csv")

    assert (answer.exit_code, answer.stderr) == (1, "error: nowhere/runs.csv: No such file or directory\n")
