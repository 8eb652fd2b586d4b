"""The artifact routes on a real server: uvicorn in a thread, on a free port, gone when the block ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from mlflow.exceptions import MlflowException
from mlflow.server.artifacts import ArtifactSettings, add_artifact_routes


def error_answer(_: Request, error: Exception) -> Response:
    assert isinstance(error, MlflowException)
    return Response(error.serialize_as_json(), error.get_http_status_code(), media_type="application/json")


@contextmanager
def serving(settings: ArtifactSettings) -> Iterator[str]:
    """Serve artifacts and yield the server's URL."""
    app = FastAPI()
    app.add_exception_handler(MlflowException, error_answer)
    service = add_artifact_routes(app, settings)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            assert thread.is_alive(), "the server ended while it started"
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        service.close()


def eventually(condition: object, within_seconds: float = 10.0) -> None:
    """Wait until `condition()` is true."""
    assert callable(condition)
    deadline = time.monotonic() + within_seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
