"""Calls on the listing of artifacts; their bytes travel on routes of their own."""

from __future__ import annotations

import msgspec
from msgspec import field

from mlflow.api.base import READ, Call, rest
from mlflow.api.checks import check_run_id
from mlflow.entities import FileInfo


class ArtifactsPage(msgspec.Struct, omit_defaults=True):
    root_uri: str = field(default_factory=str)
    files: list[FileInfo] = field(default_factory=list)
    next_page_token: str | None = None


@rest("GET", "artifacts/list", needs=READ("run_id"))
class ListArtifacts(Call[ArtifactsPage]):
    """List one folder of a run's artifacts; an unknown path gives an empty list.

    Errors: RESOURCE_DOES_NOT_EXIST no such run; INVALID_PARAMETER_VALUE the path leaves the run's folder.
    """

    run_id: str = ""
    run_uuid: str = ""
    path: str | None = None
    page_token: str | None = None

    def check(self) -> None:
        self.run_id = self.run_id or self.run_uuid
        check_run_id(self.run_id)
