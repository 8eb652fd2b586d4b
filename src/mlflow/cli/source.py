"""Whom the commands ask: a client for the tracking URI in force, and its answers page after page."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow.client import MlflowClient
    from mlflow.entities import Experiment, Run

PAGE = 1000
RETRIES_WHILE_SOMEONE_WAITS = "2"  # about five seconds


def client() -> MlflowClient:
    """Return a client for the tracking URI in force."""
    give_up_soon_on_a_terminal()
    from mlflow.client import MlflowClient

    return MlflowClient()


def give_up_soon_on_a_terminal() -> None:
    """Try a server that does not answer for seconds, not minutes, when a person waits for it.

    Scripts keep the patience of the SDK, and MLFLOW_HTTP_REQUEST_MAX_RETRIES decides where it is set.
    """
    if sys.stderr.isatty():
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", RETRIES_WHILE_SOMEONE_WAITS)


def find_experiments(source: MlflowClient, view: str, at_most: int | None = None) -> list[Experiment]:
    """Return the experiments of a view, newest first, page after page.

    Args:
        source: whom to ask.
        view: `active_only`, `deleted_only` or `all`.
        at_most: how many to return; None for all.
    """
    from mlflow.entities import ViewType

    found: list[Experiment] = []
    token: str | None = None
    while at_most is None or len(found) < at_most:
        count = PAGE if at_most is None else min(PAGE, at_most - len(found))
        page = source.search_experiments(ViewType.from_string(view), max_results=count, page_token=token)
        found += page
        token = page.token
        if not token:
            break
    return found


def find_runs(source: MlflowClient, experiment_id: str, view: str) -> list[Run]:
    """Return the runs of an experiment, last started first, page after page."""
    from mlflow.entities import ViewType

    found: list[Run] = []
    token: str | None = None
    while True:
        page = source.search_runs(
            [experiment_id], run_view_type=ViewType.from_string(view), max_results=PAGE, page_token=token
        )
        found += page
        token = page.token
        if not token:
            return found
