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
import mlflow.genai

# Name → [parameter, kind, default as text or null], found by introspection of the released package.
EXPECTED: dict[str, list[list[str | None]]] = json.loads((Path(__file__).parent / "signatures.json").read_text())


def named(name: str) -> Any:
    if name == "MlflowClient":
        return mlflow.MlflowClient.__init__
    thing: Any = mlflow
    for part in name.removeprefix("mlflow.").split("."):
        thing = getattr(thing, part)
    return thing.__init__ if inspect.isclass(thing) else thing


# What our functions take beyond MLflow's arguments, after them.
ADDED = {
    "MlflowClient.list_logged_prompts": ["max_results", "page_token"],
    "MlflowClient.load_prompt": ["fallback"],
    "MlflowClient.register_prompt": ["variables"],
    "mlflow.genai.load_prompt": ["fallback"],
    "mlflow.genai.register_prompt": ["variables"],
    "mlflow.load_prompt": ["fallback"],
    "mlflow.register_prompt": ["variables"],
}

# What MLflow does not have.
OURS = {
    "MlflowClient.delete_prompt_model_config",
    "MlflowClient.diff_prompt_versions",
    "MlflowClient.get_prompt_alias_history",
    "MlflowClient.get_prompt_aliases",
    "MlflowClient.get_prompt_tags",
    "MlflowClient.link_prompt_versions_to_run",
    "MlflowClient.list_prompt_folder",
    "MlflowClient.list_prompt_runs",
    "MlflowClient.roll_back_prompt_alias",
    "MlflowClient.search_prompt_text",
    "MlflowClient.set_prompt_model_config",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_arguments_are_those_that_are_documented(name: str) -> None:
    parameters = list(inspect.signature(named(name)).parameters.values())
    found = [
        [parameter.name, parameter.kind.name, None if parameter.default is parameter.empty else repr(parameter.default)]
        for parameter in parameters
    ]
    ours = parameters[len(EXPECTED[name]) :]

    assert found[: len(EXPECTED[name])] == EXPECTED[name]
    assert [parameter.name for parameter in ours] == ADDED.get(name, [])
    assert all(parameter.default is not parameter.empty for parameter in ours)


def test_no_public_function_is_missing_from_the_comparison() -> None:
    functions = {
        f"{module.__name__}.{name}"
        for module in (mlflow, mlflow.genai)
        for name in module.__all__
        if inspect.isfunction(getattr(module, name))
    }
    methods = {
        f"MlflowClient.{name}"
        for name, member in inspect.getmembers(mlflow.MlflowClient, inspect.isfunction)
        if not name.startswith("_")
    }

    assert functions | methods <= set(EXPECTED) | OURS
    assert functions | methods >= OURS
