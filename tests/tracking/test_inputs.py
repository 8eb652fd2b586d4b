"""Data sets that a run read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlflow
from mlflow.data.sources import HTTPDatasetSource
from mlflow.entities import Dataset, DatasetInput
from mlflow.exceptions import MlflowException


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})


def inputs_of(run_id: str) -> list[DatasetInput]:
    return list(mlflow.get_run(run_id).inputs.dataset_inputs)


def test_a_data_set_is_noted_with_context_and_tags(experiment: str, table: pd.DataFrame) -> None:
    dataset = mlflow.data.from_pandas(table, source="https://host/a.csv", name="wines")
    with mlflow.start_run() as run:
        mlflow.log_input(dataset, context="training", tags={"part": "1"})

    (used,) = inputs_of(run.info.run_id)
    assert (used.dataset.name, used.dataset.digest, used.dataset.source_type) == ("wines", dataset.digest, "http")
    assert {tag.key: tag.value for tag in used.tags} == {"mlflow.data.context": "training", "part": "1"}
    assert used.dataset.schema is not None
    assert '"type": "long"' in used.dataset.schema


def test_the_source_of_a_noted_data_set_can_be_had_again(experiment: str, table: pd.DataFrame, tmp_path: Path) -> None:
    table.to_csv(tmp_path / "a.csv")
    with mlflow.start_run() as run:
        mlflow.log_input(mlflow.data.from_pandas(table, source=str(tmp_path / "a.csv")))

    assert mlflow.data.get_source(inputs_of(run.info.run_id)[0]).load() == str(tmp_path / "a.csv")


def test_several_data_sets_are_noted_at_once(experiment: str, table: pd.DataFrame) -> None:
    datasets = [mlflow.data.from_pandas(table, name="a"), mlflow.data.from_numpy(np.array([1]), name="b"), None]
    with mlflow.start_run() as run:
        mlflow.log_inputs(datasets, contexts=["train", None, None], tags_list=[None, {"k": "v"}, None])

    found = {used.dataset.name: {tag.key: tag.value for tag in used.tags} for used in inputs_of(run.info.run_id)}
    assert found == {"a": {"mlflow.data.context": "train"}, "b": {"k": "v"}}


def test_lists_of_different_lengths_are_refused(local_uri: str, table: pd.DataFrame) -> None:
    with mlflow.start_run(), pytest.raises(MlflowException, match="Got 1 datasets, 2 contexts and 1 sets of tags"):
        mlflow.log_inputs([mlflow.data.from_pandas(table)], contexts=["a", "b"])


def test_what_is_no_data_set_is_refused(local_uri: str) -> None:
    with mlflow.start_run(), pytest.raises(MlflowException, match="str is no data set"):
        mlflow.log_input("wines.csv")


def test_a_metric_may_name_the_data_set_it_was_measured_on(local_uri: str, table: pd.DataFrame) -> None:
    with mlflow.start_run() as run:
        mlflow.log_metric("m", 1, dataset=mlflow.data.from_pandas(table))

    assert mlflow.get_run(run.info.run_id).data.metrics == {"m": 1.0}


def test_a_source_can_be_found_for_every_form_of_a_data_set(table: pd.DataFrame) -> None:
    dataset = mlflow.data.from_pandas(table, source="https://host/a.csv")
    entity = dataset._to_mlflow_entity()

    for form in (dataset, entity, DatasetInput(entity)):
        source = mlflow.data.get_source(form)
        assert isinstance(source, HTTPDatasetSource)
        assert source.url == "https://host/a.csv"


def test_a_kind_of_source_that_is_not_known_is_told() -> None:
    dataset = Dataset(name="wines", digest="1", source_type="delta_table", source="{}")

    with pytest.raises(MlflowException, match="of the kind 'delta_table', which is not known here"):
        mlflow.data.get_source(dataset)
