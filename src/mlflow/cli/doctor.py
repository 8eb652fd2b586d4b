"""`mlflow doctor`: what somebody who helps you will ask for first."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata

import click

from mlflow.cli.errors import printable
from mlflow.cli.redact import HIDDEN, is_secret, without_password
from mlflow.version import MLFLOW_VERSION, VERSION

ANSWER_WITHIN_SECONDS = 3.0


@click.command()
@click.option(
    "--mask-envs", is_flag=True, help="Show which MLFLOW_* variables are set, but not their values. [default: off]"
)
def doctor(mask_envs: bool) -> None:
    """Show versions, settings and whether the tracking server answers.

    Fit to be pasted into a bug report: passwords, tokens and keys are never shown.
    """
    from mlflow.tracking import get_registry_uri, get_tracking_uri

    tracking_uri = get_tracking_uri()
    for title, text in (
        ("System information", f"{platform.system()} {platform.release()} {platform.machine()}"),
        ("Python version", platform.python_version()),
        ("MLflow version", MLFLOW_VERSION),
        ("Headrace version", VERSION),
        ("MLflow module location", sys.modules["mlflow"].__file__),
        ("Tracking URI", without_password(tracking_uri)),
        ("Registry URI", without_password(get_registry_uri())),
    ):
        click.echo(f"{title}: {printable(str(text))}")
    click.echo(f"Tracking store: {printable(look_at(tracking_uri))}")
    _print_section("MLflow environment variables", environment(mask_envs))
    _print_section("MLflow dependencies", sorted(dependencies()))


def environment(mask: bool) -> list[tuple[str, str]]:
    """Return the `MLFLOW_*` variables that are set, sorted; secrets hidden, everything hidden when `mask`."""
    return [
        (name, HIDDEN if mask or is_secret(name) else without_password(os.environ[name]))
        for name in sorted(os.environ)
        if name.startswith("MLFLOW_")
    ]


def dependencies() -> Iterator[tuple[str, str]]:
    """Yield name and version of every package Headrace uses that is installed."""
    try:
        requirements = metadata.requires("headrace") or []
    except metadata.PackageNotFoundError:  # run from a source tree that was never installed
        return
    for name in {re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0] for requirement in requirements}:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            continue


def look_at(tracking_uri: str) -> str:
    """Return a sentence that says whether the tracking store can be used; nothing is changed by looking."""
    from mlflow.exceptions import MlflowException

    try:
        if tracking_uri.lower().startswith(("http://", "https://")):
            return _look_at_server(tracking_uri)
        return _look_at_database(tracking_uri)
    except MlflowException as error:
        return without_password(error.message)


def _look_at_server(tracking_uri: str) -> str:
    import urllib3

    shown = without_password(tracking_uri)
    verify = os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() not in ("true", "1")
    http = urllib3.PoolManager(
        timeout=ANSWER_WITHIN_SECONDS,
        retries=False,
        cert_reqs="CERT_REQUIRED" if verify else "CERT_NONE",
        ca_certs=os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH"),
    )
    try:
        answer = http.request("GET", f"{tracking_uri.rstrip('/')}/version")
    except urllib3.exceptions.HTTPError as error:
        return f"{shown} does not answer ({_cause(error)}). Is the server running there?"
    version = answer.data[:100].decode(errors="replace").strip()
    if answer.status == 200 and re.fullmatch(r"\d[\w.+-]*", version):
        return f"{shown} answers; it speaks MLflow {version}"
    return f"{shown} answers /version with status {answer.status}: it may not be a tracking server"


def _cause(error: Exception) -> str:
    """Return the plain reason out of urllib3's sentence, which starts with the pool's address."""
    return str(error).rpartition(": ")[2].strip() or type(error).__name__


def _look_at_database(tracking_uri: str) -> str:
    from mlflow.store.sql.dialects import Sqlite, database_for
    from mlflow.store.sql.schema import is_ready

    database = database_for(tracking_uri)
    connection = database.look() if isinstance(database, Sqlite) else database.connect()
    if connection is None:
        return "a new database; it is created when first used"
    try:
        ready = is_ready(database, connection)
    finally:
        connection.close()
    return "the database is ready" if ready else "an empty database; its tables are created when first used"


def _print_section(title: str, pairs: list[tuple[str, str]]) -> None:
    click.echo(f"{title}: ")
    for name, value in pairs:
        click.echo(f"  {name}: {printable(value)}")
