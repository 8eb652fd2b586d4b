"""The tracking server. `run` starts it; `Server` is the ASGI application."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mlflow.server.settings import Settings

if TYPE_CHECKING:
    from mlflow.server.app import Server
    from mlflow.store.base import Store

__all__ = ["Settings", "make_server", "run"]

_SETTINGS = "_HEADRACE_SERVER_SETTINGS"  # hands the settings to worker processes

_OPEN_FILES = 65_536


def make_server(settings: Settings) -> Server:
    """Open the store and return the application.

    Raises:
        MlflowException: the database cannot be used, or an option is wrong.
    """
    from mlflow.server.app import Server

    return Server(settings, _open_store(settings))


def worker() -> Server:
    """Return the application of one worker process, from the settings its parent left in the environment."""
    raw = json.loads(os.environ[_SETTINGS])
    _tune_the_interpreter()
    lists = {name: tuple(value) for name, value in raw.items() if isinstance(value, list)}
    return make_server(Settings(**{**raw, **lists}))


def run(settings: Settings, when_ready: Callable[[], None] = lambda: None) -> None:
    """Serve until interrupted.

    Args:
        settings: the options.
        when_ready: called when the options are good and the database is open, right before requests are taken.

    Raises:
        MlflowException: the database cannot be used, or an option is wrong; nothing was started.
    """
    import uvicorn

    _allow_many_connections()
    options: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "access_log": False,
        "http": _http_protocol(),
        "log_level": "debug" if settings.dev else "warning",
        "server_header": False,
        "timeout_keep_alive": 65,
        "timeout_graceful_shutdown": 10,
        **_uvicorn_options(settings.uvicorn_options),
    }
    if settings.workers > 1 or settings.dev:
        _open_store_once(settings)
        os.environ[_SETTINGS] = json.dumps(asdict(settings))
        when_ready()
        uvicorn.run("mlflow.server:worker", factory=True, workers=settings.workers, reload=settings.dev, **options)
        return
    server = make_server(settings)
    _tune_the_interpreter()
    when_ready()
    uvicorn.run(server, **options)


def _http_protocol() -> Any:
    try:
        from mlflow.server.quick import QuickProtocol
    except ImportError:  # no httptools here; uvicorn has a protocol in Python
        return "auto"
    return QuickProtocol


def _allow_many_connections() -> None:
    """Raise the limit of open files, by default often 1,024, as far as the system lets us: each connection is one."""
    try:
        import resource
    except ImportError:  # not on Windows, which has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _tune_the_interpreter() -> None:
    """Fit Python's collector and thread switching to a server.

    Pages of runs are many objects, none cyclic: with Python's defaults a list of 1,000 runs spent a sixth of its time
    in the collector. And a thread that comes back from the database waits for the interpreter's lock at most half a
    millisecond instead of five.
    """
    sys.setswitchinterval(0.0005)
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def _open_store(settings: Settings) -> Store | None:
    if settings.artifacts_only:
        return None
    from mlflow.server.webhooks import check_settings
    from mlflow.store.sql import SqlStore

    check_settings()
    return SqlStore(settings.backend_store_uri, settings.artifact_root)


def _open_store_once(settings: Settings) -> None:
    """Create the schema and meet every error in the parent, before workers are started."""
    if store := _open_store(settings):
        store.close()


def _uvicorn_options(given: tuple[str, ...]) -> dict[str, Any]:
    """Return the options of `--uvicorn-opts` as uvicorn's own command line reads them."""
    if not given:
        return {}
    import click
    from uvicorn.main import main

    from mlflow.exceptions import InvalidParameter

    try:
        context = main.make_context("uvicorn", ["app:app", *given])
    except click.ClickException as error:
        raise InvalidParameter(f"--uvicorn-opts: {error.format_message()}") from error
    from click.core import ParameterSource

    return {
        name: value
        for name, value in context.params.items()
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE and name not in ("app", "factory")
    }
