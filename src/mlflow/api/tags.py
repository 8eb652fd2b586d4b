"""Calls on tags of runs."""

from __future__ import annotations

from mlflow.api.base import EDIT, Call, rest
from mlflow.api.checks import TAG_VALUE_LIMIT, check_key, check_run_id, fit_value


@rest("POST", "runs/set-tag", needs=EDIT("run_id"))
class SetTag(Call[None], kw_only=True):
    """Set a tag of a run, replacing an older value. The tag `mlflow.runName` renames the run.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE bad key, or the run is deleted.
    """

    run_id: str = ""
    run_uuid: str = ""
    key: str
    value: str = ""

    def check(self) -> None:
        self.run_id = self.run_id or self.run_uuid
        check_run_id(self.run_id)
        check_key("tag", self.key)
        self.value = fit_value("tag", self.key, self.value, TAG_VALUE_LIMIT)


@rest("POST", "runs/delete-tag", needs=EDIT("run_id"), once=True)
class DeleteTag(Call[None]):
    """Remove a tag of a run.

    Errors: RESOURCE_DOES_NOT_EXIST no such run, or it has no such tag; INVALID_PARAMETER_VALUE the run is deleted.
    """

    run_id: str
    key: str

    def check(self) -> None:
        check_run_id(self.run_id)
        self.must_have("key")
