"""The real MLflow server, from the environments of its clients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.compat.environments import client_python
from tests.servers import free_port, server_process


@contextmanager
def reference_server(version: str, folder: Path, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run `mlflow server` of `version` on SQLite in `folder` and yield its base URL; `env` is added to ours.

    Raises:
        CannotInstall: the environment could not be made.
        ServerDidNotStart: it did not answer within two minutes.
    """
    url = f"http://127.0.0.1:{free_port()}"
    command = [str(client_python(version).parent / "mlflow"), "server", "--host", "127.0.0.1", "--workers", "1"]
    command += ["--port", url.rpartition(":")[2], "--backend-store-uri", f"sqlite:///{folder}/reference.db"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", **(env or {})}
    # It needs 10 to 40 seconds to import itself and to create its tables.
    with server_process(command, url, env=quiet, ready_within_seconds=120):
        yield url
