"""Metrics, params and tags of the active run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import mlflow
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException


@pytest.fixture(autouse=True)
def _experiment(experiment: str) -> None:
    pass


def stored_run() -> mlflow.entities.Run:
    run = mlflow.last_active_run()
    assert run is not None
    return run


def history(key: str) -> list[tuple[int, float]]:
    points = mlflow.MlflowClient().get_metric_history(stored_run().info.run_id, key)
    return [(point.step, point.value) for point in points]


def test_metrics_keep_their_history_and_show_the_highest_step() -> None:
    for step in (0, 2, 1):
        mlflow.log_metric("loss", step * 10, step=step, timestamp=step)

    assert history("loss") == [(0, 0.0), (1, 10.0), (2, 20.0)]
    assert stored_run().data.metrics == {"loss": 20.0}


def test_several_metrics_share_step_and_time() -> None:
    mlflow.log_metrics({"a": 1, "b": 2.5}, step=3, timestamp=77)

    client = mlflow.MlflowClient()
    points = [client.get_metric_history(stored_run().info.run_id, key)[0] for key in ("a", "b")]
    assert [(point.value, point.step, point.timestamp) for point in points] == [(1.0, 3, 77), (2.5, 3, 77)]


@pytest.mark.parametrize("value", [np.float32(0.5), np.array(0.5), np.array([0.5]), np.float64(0.5), "0.5"])
def test_what_is_a_single_number_is_logged_as_one(value: Any) -> None:
    mlflow.log_metric("m", value)

    assert stored_run().data.metrics == {"m": 0.5}


@pytest.mark.parametrize("value", [None, "high", np.array([1.0, 2.0]), [1.0], object()])
def test_what_is_no_single_number_is_refused(value: Any) -> None:
    with pytest.raises(MlflowException, match="not a single number"):
        mlflow.log_metric("m", value)


def test_nan_stays_nan() -> None:
    mlflow.log_metric("m", math.nan)

    assert math.isnan(stored_run().data.metrics["m"])


def test_steps_may_be_whole_floats_and_numpy_numbers_but_not_fractions() -> None:
    mlflow.log_metric("m", 1, step=np.int64(4))  # type: ignore[arg-type]
    mlflow.log_metric("m", 1, step=5.0)  # type: ignore[arg-type]

    assert [step for step, _ in history("m")] == [4, 5]
    with pytest.raises(MlflowException, match="it must be a whole number"):
        mlflow.log_metric("m", 1, step=0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ["", "a//b", "../a", "a\nb", "x" * 251])
def test_a_bad_key_is_refused(key: str) -> None:
    with pytest.raises(MlflowException, match="Invalid metric name"):
        mlflow.log_metric(key, 1)


def test_a_key_that_is_no_text_is_refused() -> None:
    with pytest.raises(MlflowException, match="it must be text, not NoneType"):
        mlflow.log_metric(None, 1)  # type: ignore[arg-type]


def test_params_are_text_and_the_value_is_given_back() -> None:
    assert mlflow.log_param("lr", 0.1) == 0.1
    mlflow.log_params({"layers": [1, 2], "name": None})

    assert stored_run().data.params == {"lr": "0.1", "layers": "[1, 2]", "name": "None"}


def test_a_param_can_be_repeated_but_not_changed() -> None:
    mlflow.log_param("lr", 1)
    mlflow.log_param("lr", 1)

    with pytest.raises(MlflowException, match="Changing param values is not allowed"):
        mlflow.log_param("lr", 2)


def test_a_long_param_is_cut() -> None:
    mlflow.log_param("text", "x" * 7000)

    assert len(stored_run().data.params["text"]) == 6000


def test_tags_are_overwritten_and_removed() -> None:
    mlflow.set_tag("a", 1)
    mlflow.set_tags({"a": 2, "b": 3})
    mlflow.delete_tag("b")

    tags = stored_run().data.tags
    assert tags["a"] == "2"
    assert "b" not in tags


def test_removing_a_tag_that_is_not_there_is_an_error() -> None:
    mlflow.set_tag("a", 1)

    with pytest.raises(MlflowException, match="No tag with name: b"):
        mlflow.delete_tag("b")


def test_the_name_tag_renames_the_run() -> None:
    mlflow.set_tag("mlflow.runName", "better")

    assert stored_run().info.run_name == "better"


def test_any_number_of_values_can_be_logged_at_once() -> None:
    mlflow.log_metrics({f"m{number}": number for number in range(2500)})
    mlflow.log_params({f"p{number}": number for number in range(250)})
    mlflow.set_tags({f"t{number}": number for number in range(250)})

    data = stored_run().data
    assert (len(data.metrics), len(data.params)) == (2500, 250)
    assert sum(key.startswith("t") for key in data.tags) == 250


def test_a_mixed_batch_over_the_limits_arrives_whole() -> None:
    with mlflow.start_run() as run:
        pass

    mlflow.MlflowClient().log_batch(
        run.info.run_id,
        metrics=[Metric(f"m{number}", number, 0, 0) for number in range(950)],
        params=[Param(f"p{number}", "v") for number in range(120)],
        tags=[RunTag(f"t{number}", "v") for number in range(10)],
    )

    data = mlflow.get_run(run.info.run_id).data
    assert (len(data.metrics), len(data.params)) == (950, 120)


def test_nothing_to_log_is_fine() -> None:
    mlflow.log_metrics({})
    mlflow.log_params({})
    mlflow.set_tags({})


def test_another_run_than_the_active_one_can_be_named() -> None:
    with mlflow.start_run() as other:
        pass

    mlflow.log_metric("m", 1, run_id=other.info.run_id)
    mlflow.log_metrics({"n": 2}, run_id=other.info.run_id)
    mlflow.log_params({"p": 3}, run_id=other.info.run_id)

    assert mlflow.active_run() is None
    data = mlflow.get_run(other.info.run_id).data
    assert (data.metrics, data.params) == ({"m": 1.0, "n": 2.0}, {"p": "3"})


def test_a_deleted_run_takes_nothing_more() -> None:
    with mlflow.start_run() as run:
        pass
    mlflow.delete_run(run.info.run_id)

    with pytest.raises(MlflowException, match="must be in the 'active' state"):
        mlflow.log_metric("m", 1, run_id=run.info.run_id)


def test_a_long_history_comes_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow.client import runs

    monkeypatch.setattr(runs, "HISTORY_PAGE", 7)
    with mlflow.start_run() as run:
        points = [Metric("m", number, number, number) for number in range(30)]
        mlflow.MlflowClient().log_batch(run.info.run_id, metrics=points)

    assert [step for step, _ in history("m")] == list(range(30))
