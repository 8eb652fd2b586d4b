"""A trial of a prompt becomes a finished run with its table, as MLflow 3.17.2 makes it (observed)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import headrace_server

TRIAL = {
    "experiment_id": "0",
    "prompt_template": "Say {{x}}",
    "prompt_parameters": [{"key": "x", "value": "hi"}],
    "model_route": "openai",
    "model_input": "Say hi",
    "mlflow_version": "3.0.0",
    "model_output": "hi!",
    "model_parameters": [{"key": "temperature", "value": "0.1"}],
    "model_output_parameters": [{"key": "tokens", "value": "5"}],
    "run_name": "trial",
    "tags": [{"key": "team", "value": "blue"}],
    "start_time": "123",
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("promptlab")
    with headrace_server(f"sqlite:///{folder}/runs.db", folder / "artifacts") as address:
        yield address


def post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{url}/ajax-api/2.0/mlflow/runs/create-promptlab-run",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def test_a_trial_is_a_finished_run_with_its_settings(url: str) -> None:
    run = post(url, TRIAL)["run"]

    assert (run["info"]["status"], run["info"]["run_name"], run["info"]["start_time"]) == ("FINISHED", "trial", 123)
    assert {param["key"]: param["value"] for param in run["data"]["params"]} == {
        "temperature": "0.1",
        "model_route": "openai",
        "prompt_template": "Say {{x}}",
    }
    tags = {tag["key"]: tag["value"] for tag in run["data"]["tags"]}
    assert (tags["mlflow.runSourceType"], tags["team"]) == ("PROMPT_ENGINEERING", "blue")
    assert json.loads(tags["mlflow.loggedArtifacts"]) == [{"path": "eval_results_table.json", "type": "table"}]


def test_its_table_of_results_is_an_artifact_of_the_run(url: str) -> None:
    run_id = post(url, TRIAL)["run"]["info"]["run_id"]

    with urllib.request.urlopen(f"{url}/get-artifact?run_id={run_id}&path=eval_results_table.json") as answer:
        assert json.load(answer) == {
            "columns": ["x", "prompt", "output", "tokens"],
            "data": [["hi", "Say hi", "hi!", "5"]],
        }


@pytest.mark.parametrize(
    "field", ["experiment_id", "prompt_template", "prompt_parameters", "model_route", "model_input"]
)
def test_a_trial_that_lacks_a_field_is_refused(url: str, field: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(url, {name: value for name, value in TRIAL.items() if name != field})

    body = json.load(refused.value)
    assert (refused.value.code, body["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert field in body["message"]
