"""Every public function takes the arguments that MLflow 3.17.2 documents: same names, order, kinds and defaults."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

import mlflow
import mlflow.config
import mlflow.data

# Name → [parameter, kind, default as text or null], found by introspection of the released package.
EXPECTED: dict[str, list[list[str | None]]] = json.loads((Path(__file__).parent / "signatures.json").read_text())


def named(name: str) -> Any:
    if name == "MlflowClient":
        return mlflow.MlflowClient.__init__
    thing: Any = mlflow
    for part in name.removeprefix("mlflow.").split("."):
        thing = getattr(thing, part)
    return thing.__init__ if inspect.isclass(thing) else thing


@pytest.mark.parametrize("name", EXPECTED)
def test_the_arguments_are_those_that_are_documented(name: str) -> None:
    found = [
        [parameter.name, parameter.kind.name, None if parameter.default is parameter.empty else repr(parameter.default)]
        for parameter in inspect.signature(named(name)).parameters.values()
    ]

    assert found == EXPECTED[name]


def test_no_public_function_is_missing_from_the_comparison() -> None:
    functions = {f"mlflow.{name}" for name in mlflow.__all__ if inspect.isfunction(getattr(mlflow, name))}
    methods = {
        f"MlflowClient.{name}"
        for name, member in inspect.getmembers(mlflow.MlflowClient, inspect.isfunction)
        if not name.startswith("_")
    }

    assert functions | methods <= set(EXPECTED)
