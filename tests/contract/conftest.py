"""One contract, every backend: each test of this folder runs on SQLite, PostgreSQL, and a server over HTTP."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from mlflow.api.experiments import CreateExperiment
from mlflow.api.runs import CreateRun, GetRun
from mlflow.entities import Run, RunTag
from mlflow.store.base import Store
from mlflow.store.rest import RestStore
from mlflow.store.sql import SqlStore
from tests.databases import fresh_postgresql
from tests.servers import free_port


@contextmanager
def _served(uri: str, folder: Path) -> Iterator[str]:
    """A server in a thread of this process; its database is `uri`."""
    import uvicorn

    from mlflow.server import Settings, make_server

    port = free_port()
    settings = Settings(backend_store_uri=uri, artifacts_destination=str(folder / "artifacts"))
    server = uvicorn.Server(uvicorn.Config(make_server(settings), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="session", params=["sqlite", "memory", "postgresql", "rest"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp(request.param)
    sqlite = f"sqlite:///{folder}/contract.db"
    with ExitStack() as opened:
        if request.param == "rest":
            made: Store = RestStore(opened.enter_context(_served(sqlite, folder)))
        elif request.param == "postgresql":
            made = SqlStore(opened.enter_context(fresh_postgresql()), str(folder))
        else:
            made = SqlStore(sqlite if request.param == "sqlite" else "sqlite://", str(folder))
        opened.callback(made.close)
        yield made


@pytest.fixture
def experiment(store: Store) -> str:
    """The id of a new experiment."""
    return store.call(CreateExperiment(name=uuid.uuid4().hex)).experiment_id


NewRun = Callable[..., Run]


@pytest.fixture
def new_run(store: Store, experiment: str) -> NewRun:
    """Start a run in the test's experiment."""

    def start(name: str = "", start_time: int = 0, tags: dict[str, str] | None = None) -> Run:
        given = [RunTag(key, value) for key, value in (tags or {}).items()]
        call = CreateRun(experiment_id=experiment, run_name=name, start_time=start_time, tags=given)
        return store.call(call).run

    return start


@pytest.fixture
def run(new_run: NewRun) -> str:
    """The id of a new run."""
    return new_run().info.run_id


@pytest.fixture
def read(store: Store) -> Callable[[str], Run]:
    """Get a run by id."""
    return lambda run_id: store.call(GetRun(run_id=run_id)).run
