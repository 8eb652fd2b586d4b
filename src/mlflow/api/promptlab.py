"""The Call that keeps one trial of a prompt as a run (the way of MLflow's prompt engineering page)."""

from __future__ import annotations

from msgspec import field

from mlflow.api.base import EDIT, Call, rest
from mlflow.api.checks import TAG_VALUE_LIMIT, check_key, check_no_repeats, check_time, fit_value
from mlflow.api.params import fit_param
from mlflow.api.runs import RunReply
from mlflow.entities import Param, RunTag
from mlflow.exceptions import InvalidParameter


@rest("POST", "runs/create-promptlab-run", needs=EDIT("experiment_id"), ajax_only=True)
class CreatePromptlabRun(Call[RunReply]):
    """Store a prompt, its values, the model's settings and its answer as a finished run with a table of results.

    Errors: RESOURCE_DOES_NOT_EXIST no such experiment; INVALID_PARAMETER_VALUE a field is missing, or it is deleted.
    """

    experiment_id: str = ""
    prompt_template: str = ""
    prompt_parameters: list[Param] = field(default_factory=list)
    model_route: str = ""
    model_input: str = ""
    mlflow_version: str = ""
    run_name: str = ""
    tags: list[RunTag] = field(default_factory=list)
    model_parameters: list[Param] = field(default_factory=list)
    model_output: str = ""
    model_output_parameters: list[Param] = field(default_factory=list)
    user_id: str = "unknown"
    start_time: int | None = None

    def check(self) -> None:
        self.must_have("experiment_id", "prompt_template", "model_route", "model_input", "mlflow_version")
        if not self.prompt_parameters:
            raise InvalidParameter("Missing value for required parameter 'prompt_parameters'.")
        check_time("start_time", self.start_time)
        check_no_repeats("prompt_parameters", (param.key for param in self.prompt_parameters))
        check_no_repeats("model_parameters", (param.key for param in self.model_parameters))
        for param in self.model_parameters:
            param.value = fit_param(param.key, param.value)
        for tag in self.tags:
            check_key("tag", tag.key)
            tag.value = fit_value("tag", tag.key, tag.value, TAG_VALUE_LIMIT)
