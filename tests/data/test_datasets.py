"""Data sets of tables and arrays: schema, profile, digest."""

from __future__ import annotations

import datetime
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlflow
from mlflow.data import digests
from mlflow.exceptions import MlflowException


def column_of(values: Any) -> dict[str, Any] | None:
    """Return the spec of a column of these values, as it is stored."""
    schema = mlflow.data.from_pandas(pd.DataFrame({"x": values})).to_dict()["schema"]
    return None if schema is None else json.loads(schema)["mlflow_colspec"][0]


# What MLflow 3.17.2 stores for such columns, found by asking it.
@pytest.mark.parametrize(
    ("values", "spec"),
    [
        (np.array([1], np.int8), {"type": "integer", "required": True}),
        (np.array([1], np.int32), {"type": "integer", "required": True}),
        (np.array([1], np.uint32), {"type": "long", "required": True}),
        (np.array([1], np.int64), {"type": "long", "required": True}),
        (np.array([1], np.float32), {"type": "float", "required": True}),
        (np.array([1.5, np.nan]), {"type": "double", "required": False}),
        (np.array([True]), {"type": "boolean", "required": True}),
        (["a", "b"], {"type": "string", "required": True}),
        (["a", None], {"type": "string", "required": False}),
        (np.array(["a"], object), {"type": "string", "required": True}),
        (np.array([b"a"], object), {"type": "binary", "required": True}),
        (np.array([1, 2], object), {"type": "long", "required": True}),
        (np.array([None], object), {"type": "any", "required": False}),
        (np.array([1.5, None], object), {"type": "double", "required": False}),
        (pd.to_datetime(["2020-01-01"]), {"type": "datetime", "required": True}),
        (pd.to_datetime(["2020-01-01"], utc=True), {"type": "datetime", "required": True}),
        ([datetime.date(2020, 1, 1)], {"type": "datetime", "required": True}),
        (pd.Categorical(["a"]), {"type": "string", "required": True}),
        (pd.Categorical([1]), {"type": "long", "required": True}),
        (pd.array([1, None], "Int64"), {"type": "long", "required": False}),
        (pd.array([True, None], "boolean"), {"type": "boolean", "required": False}),
        ([[1, 2], [3]], {"type": "array", "items": {"type": "long"}, "required": True}),
        ([np.array([1.5, 2]), np.array([1.0])], {"type": "array", "items": {"type": "double"}, "required": True}),
        ([["a"], []], {"type": "array", "items": {"type": "string"}, "required": True}),
        (
            [{"a": 1}, {"a": 2, "b": "x"}],
            {
                "type": "object",
                "properties": {"a": {"type": "long", "required": True}, "b": {"type": "string", "required": False}},
                "required": True,
            },
        ),
    ],
)
def test_columns_have_the_types_that_mlflow_gives_them(values: Any, spec: dict[str, Any]) -> None:
    assert column_of(values) == {**spec, "name": "x"}


@pytest.mark.parametrize(
    "values", [np.array([1], np.uint64), np.array(["a", 1], object), [{1}], np.array([1j]), pd.to_timedelta(["1s"])]
)
def test_a_column_of_another_type_leaves_the_table_without_a_schema(values: Any) -> None:
    assert column_of(values) is None


def test_a_table_with_a_name_twice_has_no_schema() -> None:
    dataset = mlflow.data.from_pandas(pd.DataFrame([[1, 2]], columns=["a", "a"]))

    assert dataset.schema is None
    assert len(dataset.digest) == 8


def test_an_empty_table_is_fine() -> None:
    stored = mlflow.data.from_pandas(pd.DataFrame()).to_dict()

    assert stored["schema"] is None
    assert stored["profile"] == '{"num_rows": 0, "num_elements": 0}'


def test_a_table_tells_its_size_and_roles() -> None:
    table = pd.DataFrame({"a": [1, 2], "y": [0, 1], "p": [0, 0]})

    dataset = mlflow.data.from_pandas(table, targets="y", predictions="p", name="wines")

    assert dataset.profile == {"num_rows": 2, "num_elements": 6}
    assert (dataset.name, dataset.targets, dataset.predictions) == ("wines", "y", "p")
    assert dataset.df is table


@pytest.mark.parametrize("role", ["targets", "predictions"])
def test_a_role_without_its_column_is_refused(role: str) -> None:
    with pytest.raises(MlflowException, match=f"does not contain the specified {role} column 'z'"):
        mlflow.data.from_pandas(pd.DataFrame({"a": [1]}), **{role: "z"})


def test_arrays_have_the_schema_and_profile_that_mlflow_gives_them() -> None:
    stored = mlflow.data.from_numpy(np.array([[1.0, 2], [3, 4]]), targets=np.array([1, 2])).to_dict()

    assert json.loads(stored["schema"] or "") == {
        "mlflow_tensorspec": {
            "features": '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}}]',
            "targets": '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]',
        }
    }
    assert json.loads(stored["profile"] or "") == {
        "features_shape": [2, 2],
        "features_size": 4,
        "features_nbytes": 32,
        "targets_shape": [2],
        "targets_size": 2,
        "targets_nbytes": 16,
    }


def test_named_arrays_keep_their_names() -> None:
    dataset = mlflow.data.from_numpy({"x": np.array([1]), "t": np.array(["a", "bb"])})

    assert dataset.profile["features_shape"] == {"x": [1], "t": [2]}
    assert dataset.schema is not None
    assert json.loads(dataset.schema["mlflow_tensorspec"]["features"]) == [
        {"name": "x", "type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}},
        {"name": "t", "type": "tensor", "tensor-spec": {"dtype": "str", "shape": [-1]}},
    ]


def test_an_array_without_axes_has_no_schema() -> None:
    assert mlflow.data.from_numpy(np.array(3)).schema is None


def test_a_list_is_no_array() -> None:
    with pytest.raises(MlflowException, match=r"Convert them with numpy\.asarray"):
        mlflow.data.from_numpy([1, 2])  # type: ignore[arg-type]


def digest_of(table: pd.DataFrame) -> str:
    return mlflow.data.from_pandas(table).digest


def test_equal_tables_have_equal_digests_and_others_do_not() -> None:
    table = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})

    different = [
        pd.DataFrame({"a": [1, 3], "b": ["x", "y"]}),
        pd.DataFrame({"a": [1, 2], "c": ["x", "y"]}),
        pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}),
        pd.DataFrame({"a": [2, 1], "b": ["y", "x"]}),
        pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=[5, 6]),
        pd.DataFrame({"b": ["x", "y"], "a": [1, 2]}),
    ]
    assert digest_of(table) == digest_of(table.copy())
    assert len({digest_of(table), *map(digest_of, different)}) == 7


def test_cells_that_cannot_be_hashed_are_digested_too() -> None:
    assert digest_of(pd.DataFrame({"a": [[1], {"b": 2}]})) != digest_of(pd.DataFrame({"a": [[1], {"b": 3}]}))


def test_equal_arrays_have_equal_digests_and_others_do_not() -> None:
    arrays = [
        np.array([1, 2]),
        np.array([1, 3]),
        np.array([1.0, 2.0]),
        np.array([[1, 2]]),
        np.array(["1", "2"]),
        np.array([1, "2"], object),
    ]
    found = [mlflow.data.from_numpy(array).digest for array in arrays]

    assert len(set(found)) == len(arrays)
    assert mlflow.data.from_numpy(arrays[0].copy()).digest == found[0]
    assert mlflow.data.from_numpy(arrays[0], targets=arrays[0]).digest != found[0]


def test_long_data_is_digested_by_rows_at_even_distances(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "ROWS_LIMIT", 10)
    table = pd.DataFrame({"a": range(100)})
    changed = table.copy()
    changed.loc[50, "a"] = -1

    assert digest_of(table) != digest_of(changed)
    assert digest_of(table) != digest_of(table.iloc[:-1])


def test_a_digest_of_the_user_is_kept() -> None:
    assert mlflow.data.from_pandas(pd.DataFrame({"a": [1]}), digest="mine").digest == "mine"


def test_what_is_stored_is_json() -> None:
    dataset = mlflow.data.from_pandas(pd.DataFrame({"a": [1]}), source="s3://bucket/key")

    assert json.loads(dataset.to_json()).keys() == {"name", "digest", "source", "source_type", "schema", "profile"}
    assert dataset.to_dict()["source"] == '{"uri": "s3://bucket/key"}'
