"""Calls on params."""

from __future__ import annotations

from mlflow.api.base import EDIT, Call, rest
from mlflow.api.checks import PARAM_VALUE_LIMIT, check_key, check_run_id, fit_value


def fit_param(key: str, value: str) -> str:
    """Check a param and return its value as it is stored."""
    check_key("param", key)
    return fit_value("param", key, value, PARAM_VALUE_LIMIT)


@rest("POST", "runs/log-parameter", needs=EDIT("run_id"))
class LogParam(Call[None], kw_only=True):
    """Write a param of a run, once; the same value again is fine.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE it already has another value, or the run is deleted.
    """

    run_id: str = ""
    run_uuid: str = ""
    key: str
    value: str = ""

    def check(self) -> None:
        self.run_id = self.run_id or self.run_uuid
        check_run_id(self.run_id)
        self.value = fit_param(self.key, self.value)
