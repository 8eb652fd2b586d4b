"""Keeping one trial of a prompt: a run, and the table of results as its artifact."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlflow.api.checks import PARAM_VALUE_LIMIT, fit_value
from mlflow.api.promptlab import CreatePromptlabRun
from mlflow.api.runs import CreateRun, GetRun, LogBatch, RunReply, UpdateRun
from mlflow.entities import Param, RunTag
from mlflow.store.base import Store

TABLE = "eval_results_table.json"


def results_table(call: CreatePromptlabRun) -> dict[str, Any]:
    """Return the one row of results, as the pages of MLflow read it."""
    row = {param.key: param.value for param in call.prompt_parameters}
    row |= {"prompt": call.model_input, "output": call.model_output}
    row |= {param.key: param.value for param in call.model_output_parameters}
    return {"columns": list(row), "data": [list(row.values())]}


def create_promptlab_run(store: Store, upload: Callable[[str, str], None], call: CreatePromptlabRun) -> RunReply:
    """Make the run, its params and tags, and upload the table.

    Args:
        store: where runs are.
        upload: takes a run's artifact URI and the path of a local file.
        call: checked already.
    """
    now = time.time_ns() // 1_000_000
    start = now if call.start_time is None else call.start_time
    made = store.call(
        CreateRun(
            experiment_id=call.experiment_id,
            user_id=call.user_id,
            run_name=call.run_name,
            start_time=start,
            tags=call.tags,
        )
    ).run.info
    template = fit_value("param", "prompt_template", call.prompt_template, PARAM_VALUE_LIMIT)
    params = {param.key: param.value for param in call.model_parameters}
    params |= {"model_route": call.model_route, "prompt_template": template}
    tags = {
        "mlflow.loggedArtifacts": json.dumps([{"path": TABLE, "type": "table"}]),
        "mlflow.runSourceType": "PROMPT_ENGINEERING",
    }
    store.call(
        LogBatch(
            run_id=made.run_id,
            params=[Param(key, value) for key, value in params.items()],
            tags=[RunTag(key, value) for key, value in tags.items()],
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / TABLE
        table.write_text(json.dumps(results_table(call)))
        upload(made.artifact_uri or "", str(table))
    store.call(UpdateRun(run_id=made.run_id, status="FINISHED", end_time=time.time_ns() // 1_000_000))
    return store.call(GetRun(run_id=made.run_id))
