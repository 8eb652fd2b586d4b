"""Calls on logged models: for now only the search that clients from 3.0 on make to list a run's artifacts."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import field

from mlflow.api.base import READ, Call, rest
from mlflow.exceptions import InvalidParameter


class LoggedModelsPage(msgspec.Struct, omit_defaults=True):
    models: list[dict[str, Any]] = field(default_factory=list)
    next_page_token: str | None = None


@rest("POST", "logged-models/search", needs=READ("experiment_ids"))
class SearchLoggedModels(Call[LoggedModelsPage]):
    """List logged models. None can be made here yet, so the list is empty.

    Errors: INVALID_PARAMETER_VALUE no experiment is given.
    """

    experiment_ids: list[str] = field(default_factory=list)

    def check(self) -> None:
        if not self.experiment_ids:
            raise InvalidParameter("Missing value for required parameter 'experiment_ids'.")
