"""Tables that are kept as artifacts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlflow
from mlflow.exceptions import MlflowException


@pytest.fixture(autouse=True)
def _experiment(experiment: str) -> None:
    pass


def text_of(run_id: str, path: str) -> str:
    return Path(mlflow.MlflowClient().download_artifacts(run_id, path)).read_text()


def test_a_table_is_written_as_json_and_named_in_a_tag() -> None:
    with mlflow.start_run() as run:
        mlflow.log_table({"question": ["a", "b"], "score": [1, 2.5]}, "t.json")

    assert text_of(run.info.run_id, "t.json") == '{"columns":["question","score"],"data":[["a",1.0],["b",2.5]]}'
    tag = mlflow.get_run(run.info.run_id).data.tags["mlflow.loggedArtifacts"]
    assert json.loads(tag) == [{"path": "t.json", "type": "table"}]


def test_more_rows_go_below_and_new_columns_beside() -> None:
    with mlflow.start_run():
        mlflow.log_table({"a": [1]}, "t.json")
        mlflow.log_table(pd.DataFrame({"a": [2], "b": ["x"]}), "t.json")
        mlflow.log_table({"c": [1]}, "other.json")

    found = mlflow.load_table("t.json")
    assert found["a"].tolist() == [1, 2]
    assert found["b"].tolist()[1] == "x"
    assert len(mlflow.load_table("other.json")) == 1


def test_single_values_are_one_row() -> None:
    with mlflow.start_run():
        mlflow.log_table({"question": "why", "score": 1}, "t.json")

    assert mlflow.load_table("t.json").to_dict("records") == [{"question": "why", "score": 1}]


def test_tables_of_several_runs_come_one_below_the_other_with_what_is_asked_of_the_runs() -> None:
    ids = []
    for number in range(2):
        with mlflow.start_run() as run:
            mlflow.log_param("lr", number)
            mlflow.log_table({"a": [number]}, "t.json")
            ids.append(run.info.run_id)

    found = mlflow.load_table("t.json", extra_columns=["run_id", "params.lr"])
    assert dict(zip(found["run_id"], found["params.lr"], strict=True)) == {ids[0]: "0", ids[1]: "1"}
    assert mlflow.load_table("t.json", run_ids=[ids[1]])["a"].tolist() == [1]


def test_a_column_that_runs_do_not_have_is_an_error() -> None:
    with mlflow.start_run():
        mlflow.log_table({"a": [1]}, "t.json")

    with pytest.raises(KeyError, match=r"params\.nothing"):
        mlflow.load_table("t.json", extra_columns=["params.nothing"])


def test_a_table_that_no_run_has_is_an_error() -> None:
    with pytest.raises(MlflowException, match="No runs found with the corresponding table artifact"):
        mlflow.load_table("t.json")


def test_images_in_cells_are_stored_as_files() -> None:
    image = mlflow.Image(np.zeros((4, 4, 3), np.uint8))
    with mlflow.start_run() as run:
        mlflow.log_table({"picture": [image, None]}, "deep/t.json")

    cell = json.loads(text_of(run.info.run_id, "deep/t.json"))["data"][0][0]
    stored = {info.path for info in mlflow.MlflowClient().list_artifacts(run.info.run_id, "table_images/deep/t")}
    assert cell["type"] == "image"
    assert {cell["filepath"], cell["compressed_filepath"]} == stored


@pytest.mark.parametrize("name", ["t.csv", "t", "json"])
def test_another_extension_is_refused(name: str) -> None:
    with mlflow.start_run(), pytest.raises(ValueError, match="Invalid artifact file path"):
        mlflow.log_table({"a": [1]}, name)


def test_what_is_no_table_is_refused() -> None:
    with mlflow.start_run(), pytest.raises(MlflowException, match=r"must be a pandas\.DataFrame or a dictionary"):
        mlflow.log_table([1], "t.json")


def test_a_tag_that_somebody_else_wrote_is_no_obstacle() -> None:
    with mlflow.start_run():
        mlflow.set_tag("mlflow.loggedArtifacts", "not json")
        mlflow.log_table({"a": [1]}, "t.json")

    assert len(mlflow.load_table("t.json")) == 1
