"""Starting the server: what can go wrong is found and said first, then where the server is, then it runs."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import click

from mlflow.cli.errors import Problem
from mlflow.cli.redact import without_password
from mlflow.server.settings import Settings
from mlflow.version import MLFLOW_VERSION, VERSION

_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not bound to
_PORTS_TO_TRY = 50


def start(settings: Settings, notes: Sequence[str] = ()) -> None:
    """Check the port and the database, say where the server will be, and serve until interrupted.

    Raises:
        Problem: the port or host cannot be used, or the options do not go together.
        MlflowException: the database cannot be used.
    """
    settings = replace(settings, port=usable_port(settings.host, settings.port))
    check_workers(settings)
    check_artifacts(settings)

    from mlflow.server import run

    # Said by the server itself, once it is sure: a URL above an error message would be a lie.
    run(settings, lambda: click.echo("\n".join(greeting(settings, notes)), err=True))
    click.echo("Stopped.", err=True)


def usable_port(host: str, port: int) -> int:
    """Return `port` if one can listen there; any free port for 0.

    Raises:
        Problem: the port is taken or not allowed, or the host is none of this machine's.
    """
    try:
        return _listen_once(host, port)
    except socket.gaierror:
        raise Problem(f"There is no host {host!r}", "Use an address of this machine, or 0.0.0.0 for all") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Problem(f"Port {port} is in use by another program", _other_port(host, port)) from None
        if error.errno == errno.EACCES:
            raise Problem(f"You may not listen on port {port}", "Choose one above 1023 with --port") from None
        if error.errno == errno.EADDRNOTAVAIL:
            raise Problem(
                f"{host} is not an address of this machine", "Use 127.0.0.1 for this machine alone, 0.0.0.0 for all"
            ) from None
        raise


def _listen_once(host: str, port: int) -> int:
    family, kind, protocol, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=1)[0]
    with socket.socket(family, kind, protocol) as probe:
        # As uvicorn does: a port whose last connections are still closing can be used.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        return int(probe.getsockname()[1])


def _other_port(host: str, port: int) -> str:
    for other in range(port + 1, min(port + _PORTS_TO_TRY, 65536)):
        try:
            return f"`mlflow server --port {_listen_once(host, other)}` would work; --port 0 takes any free one"
        except OSError:
            continue
    return "Choose another with --port; --port 0 takes any free one"


def check_workers(settings: Settings) -> None:
    """Refuse several processes over a database that only one of them could see.

    Raises:
        Problem: the database is in memory.
    """
    if settings.workers > 1 and not settings.artifacts_only and _in_memory(settings.backend_store_uri):
        raise Problem(
            f"--workers {settings.workers} does not go with a database in memory: each process would have its own",
            "Leave --workers out, or name a file: --backend-store-uri sqlite:///mlflow.db",
        )


def check_artifacts(settings: Settings) -> None:
    """Find out before anything is started whether artifacts can be kept where they shall be.

    Raises:
        MlflowException: no installed package knows such a place.
    """
    if settings.serve_artifacts:
        from mlflow.artifacts.registry import repository_for

        repository_for(settings.artifacts_destination)


def greeting(settings: Settings, notes: Sequence[str] = ()) -> list[str]:
    """Return the lines that say what runs where."""
    lines = [f"Headrace {VERSION}, a tracking server for MLflow clients up to {MLFLOW_VERSION}", ""]
    lines.append(f"  Open       {click.style(address(settings), bold=True)}")
    if not settings.artifacts_only:
        lines.append(f"  Database   {shown_database(settings.backend_store_uri)}")
    lines.append(f"  Artifacts  {_shown_artifacts(settings)}")
    if settings.workers > 1:
        lines.append(f"  Processes  {settings.workers}")
    if remarks := [*notes, *_warnings(settings)]:
        lines += ["", *(f"note: {remark}" for remark in remarks)]
    return [*lines, "", "Ctrl+C to stop."]


def address(settings: Settings) -> str:
    """Return the URL a browser on this machine can open."""
    host = "127.0.0.1" if settings.host in _EVERYWHERE else settings.host
    scheme = "https" if "--ssl-certfile" in " ".join(settings.uvicorn_options) else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}{settings.static_prefix}"


def shown_database(uri: str) -> str:
    """Return a database URI fit for the screen: a file by its full path, others without the password."""
    if _in_memory(uri):
        return f"{uri} (in memory, gone when the server stops)"
    if uri.startswith("sqlite:"):
        from mlflow.store.sql.dialects import Sqlite

        return Sqlite(uri).path
    return without_password(uri)


def _shown_artifacts(settings: Settings) -> str:
    if not settings.serve_artifacts:
        return f"{without_password(settings.artifact_root)} (clients go there themselves)"
    destination = settings.artifacts_destination
    if urlsplit(destination).scheme in ("", "file"):
        destination = str(Path(destination.removeprefix("file://")).absolute())
    through = "" if settings.default_artifact_root is None else f"; new experiments use {settings.artifact_root}"
    return without_password(destination + through)


def _warnings(settings: Settings) -> list[str]:
    warnings = []
    if settings.host in _EVERYWHERE:
        warnings.append("listening on all networks: whoever can reach this machine can read and change everything.")
    if settings.disable_security:
        warnings.append("the security checks are off: any web page you open can read and change everything.")
    if (
        settings.backend_store_uri == Settings().backend_store_uri
        and not settings.artifacts_only
        and next(Path("mlruns").glob("*/meta.yaml"), None) is not None
    ):
        warnings.append("./mlruns holds runs of MLflow's file store; this version does not read them.")
    return warnings


def _in_memory(uri: str) -> bool:
    if not uri.startswith("sqlite:"):
        return False
    from mlflow.store.sql.dialects import Sqlite

    return Sqlite(uri).memory
