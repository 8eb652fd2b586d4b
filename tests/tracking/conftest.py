"""Every test here runs twice where that makes sense: on a database in this process, and through our server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import mlflow
from mlflow.store import registry
from mlflow.tracking import active, experiments
from tests.servers import headrace_server


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    with headrace_server(f"sqlite:///{folder}/runs.db", folder / "artifacts") as url:
        yield url


@pytest.fixture(autouse=True)
def fresh_process_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Start each test as a new process would start: nothing set, nothing active, an empty current folder."""
    for name in list(os.environ):
        if name.startswith("MLFLOW_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    monkeypatch.chdir(tmp_path)
    before = set(os.environ)
    yield
    while active._here.stack:
        active._here.stack.pop()
    active._here.last = None
    experiments._active_id = None
    registry._tracking_uri = registry._registry_uri = None
    registry.close_stores()
    for name in set(os.environ) - before:
        if name.startswith("MLFLOW_"):
            os.environ.pop(name)


@pytest.fixture(params=["database", "server"])
def tracking_uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Choose where this test's runs go, and return the URI."""
    uri = f"sqlite:///{tmp_path}/runs.db" if request.param == "database" else request.getfixturevalue("server_url")
    mlflow.set_tracking_uri(uri)
    return str(uri)


@pytest.fixture
def local_uri(tmp_path: Path) -> str:
    """Choose a database of this test's own in this process, and return the URI."""
    uri = f"sqlite:///{tmp_path}/runs.db"
    mlflow.set_tracking_uri(uri)
    return uri


@pytest.fixture
def experiment(tracking_uri: str, request: pytest.FixtureRequest) -> str:
    """Make an experiment of this test's own active, and return its id."""
    return mlflow.set_experiment(f"{request.node.nodeid} {os.getpid()}").experiment_id
