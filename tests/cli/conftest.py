"""What the tests of the command line share: the command in this process, over a database of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import mlflow
from mlflow.cli import cli
from mlflow.client import MlflowClient
from mlflow.store.registry import close_stores

Mlflow = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current folder, with the tracking database in it."""
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(None)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/tracking.db")
    # Set by commands for their own process; registered here so that it is taken back.
    monkeypatch.setenv("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    for name in ("MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_LOGGING_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path
    close_stores()


@pytest.fixture
def run(folder: Path) -> Mlflow:
    """Run `mlflow` with some words in this process; its output is a pipe, not a terminal."""

    def run_with(*words: str) -> Result:
        return CliRunner().invoke(cli, words, prog_name="mlflow")

    return run_with


@pytest.fixture
def client(folder: Path) -> MlflowClient:
    """A client of the same database."""
    return MlflowClient()
