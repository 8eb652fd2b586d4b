"""Sorting, item by item. Checked against MLflow 3.17.2 except where a line says otherwise."""

from __future__ import annotations

import pytest

from mlflow.exceptions import InvalidParameter
from mlflow.search.fields import EXPERIMENTS, RUNS
from mlflow.search.parse import parse_order_by
from mlflow.search.tree import OrderBy


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("metrics.acc", OrderBy("metric", "acc", True)),
        ("metrics.acc DESC", OrderBy("metric", "acc", False)),
        ("metrics.acc  asc", OrderBy("metric", "acc", True)),
        ("metrics.`a b` dEsC", OrderBy("metric", "a b", False)),
        ("metrics.'a b'", OrderBy("metric", "a b", True)),
        ("metrics.desc", OrderBy("metric", "desc", True)),
        ("`metrics`.`acc` desc", OrderBy("metric", "acc", False)),
        ("parameter.p", OrderBy("param", "p", True)),
        ("tags.mlflow.user", OrderBy("tag", "mlflow.user", True)),
        ("start_time DESC", OrderBy("attribute", "start_time", False)),
        ('"start_time" DESC', OrderBy("attribute", "start_time", False)),
        ("attributes.created", OrderBy("attribute", "start_time", True)),
        ("metrics.val/loss-1 desc", OrderBy("metric", "val/loss-1", False)),  # MLflow wants quotes
        ("`Run Name`", OrderBy("attribute", "run_name", True)),  # MLflow takes run_name only
        (" metrics.acc ", OrderBy("metric", "acc", True)),  # MLflow refuses spaces around
    ],
)
def test_an_item_means(item: str, expected: OrderBy) -> None:
    assert parse_order_by([item], RUNS) == (expected,)


def test_the_order_of_the_items_is_kept() -> None:
    assert parse_order_by(["tags.b", "tags.a desc"], RUNS) == (OrderBy("tag", "b"), OrderBy("tag", "a", False))


def test_no_items_is_no_order() -> None:
    assert parse_order_by([], RUNS) == ()


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        ("", "at position 1: expected a key"),
        ("desc", "at position 1: expected a key"),
        ("5", "at position 1: expected a key"),
        ("metrics.acc foo", "at position 13: expected ASC, DESC or the end, found 'foo'"),
        ("metrics.acc DESC, params.p", "at position 17: expected the end, found ','"),
        ("metrics.acc > 3", "at position 13: expected ASC, DESC or the end"),
        ("foo", "at position 1: runs have no attribute 'foo'"),
        ("metrics.", "at position 1: the key after 'metrics.' is missing"),
        ("dataset.name", "use run_id, run_name, status, user_id, artifact_uri, start_time, end_time, metrics.KEY"),
    ],
)
def test_an_item_is_refused(item: str, sentence: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        parse_order_by([item], RUNS)

    assert caught.value.message.startswith("Invalid order_by")
    assert sentence in caught.value.message


@pytest.mark.parametrize(
    "items",
    [
        ["metrics.acc", "metric.acc desc"],
        ["start_time", "attributes.Created"],
        ["run_id", "status", "run_id"],
    ],
)
def test_the_same_key_twice_is_refused(items: list[str]) -> None:
    with pytest.raises(InvalidParameter, match="are the same key"):
        parse_order_by(items, RUNS)


def test_a_metric_and_a_param_of_one_name_are_two_keys() -> None:
    assert len(parse_order_by(["metrics.acc", "params.acc"], RUNS)) == 2


def test_experiments_cannot_be_ordered_by_tags() -> None:
    with pytest.raises(InvalidParameter, match="use name, experiment_id, creation_time, last_update_time"):
        parse_order_by(["tags.k"], EXPERIMENTS)


def test_fifty_keys_are_the_most() -> None:
    assert len(parse_order_by([f"tags.k{n}" for n in range(50)], RUNS)) == 50
    with pytest.raises(InvalidParameter, match="at most 50"):
        parse_order_by([f"tags.k{n}" for n in range(51)], RUNS)
