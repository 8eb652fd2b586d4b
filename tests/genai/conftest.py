"""A server that can be killed and started in milliseconds, a proxy before it, and a process that remembers nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

import mlflow
from mlflow.client.prompts import cache
from tests.faults.forked import ForkedServer
from tests.faults.proxy import CuttingProxy
from tests.tracking.conftest import fresh_process_state, server_url, tracking_uri

__all__ = ["fresh_process_state", "server_url", "tracking_uri"]


@pytest.fixture(scope="package")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedServer]:
    folder = tmp_path_factory.mktemp("server")
    with ForkedServer(f"sqlite:///{folder}/registry.db", folder) as made:
        yield made


@pytest.fixture
def server(forked: ForkedServer) -> Iterator[ForkedServer]:
    """A running server; a test may kill it."""
    if forked.pid is None:
        forked.start()
    yield forked
    if forked.pid is None:
        forked.start()


@pytest.fixture
def proxy(server: ForkedServer) -> Iterator[CuttingProxy]:
    """A way to the server on which answers are counted and can be held back."""
    with CuttingProxy(server.port) as between:
        yield between


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where copies are kept; nobody's real ones are touched."""
    folder = tmp_path / "copies"
    monkeypatch.setenv("HEADRACE_PROMPT_COPIES", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _nothing_remembered(copies: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nor is anything heard: what these tests promise holds without events too. test_prompt_events.py listens."""
    monkeypatch.setenv("HEADRACE_PROMPT_EVENTS", "false")
    cache._caches.clear()
    yield
    cache._caches.clear()


@pytest.fixture
def elsewhere(server: ForkedServer) -> mlflow.MlflowClient:
    """A client whose changes are not known here: it speaks of the same server by another name."""
    return mlflow.MlflowClient(server.url.replace("127.0.0.1", "localhost"))


@pytest.fixture
def prompt(elsewhere: mlflow.MlflowClient, name: str) -> str:
    """The name of a prompt with versions 1 and 2, whose templates are those numbers; `live` points to the first."""
    for number in ("1", "2"):
        elsewhere.register_prompt(name, number)
    elsewhere.set_prompt_alias(name, "live", 1)
    return name


@pytest.fixture
def name() -> str:
    """The name of a prompt that is not there yet."""
    return f"prompt-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def client(tracking_uri: str) -> mlflow.MlflowClient:
    """A client of the store that this test uses: a database in this process, then our server."""
    assert mlflow.get_registry_uri() == tracking_uri
    return mlflow.MlflowClient()
