"""`mlflow db upgrade` and `mlflow doctor`."""

from __future__ import annotations

import platform
import sqlite3
from pathlib import Path

import pytest

from mlflow.cli.redact import is_secret, without_password
from mlflow.version import MLFLOW_VERSION, VERSION
from tests.cli.conftest import Mlflow
from tests.servers import free_port


def made_by_mlflow(path: Path) -> bytes:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        database.execute("CREATE TABLE experiments (experiment_id INTEGER)")
    database.close()
    return path.read_bytes()


def test_upgrade_makes_a_database_and_may_be_repeated(run: Mlflow, folder: Path) -> None:
    first = run("db", "upgrade", "sqlite:///new.db")
    again = run("db", "upgrade", "sqlite:///new.db")

    assert (first.exit_code, first.stdout, again.exit_code) == (0, "", 0)
    assert first.stderr == again.stderr
    assert (folder / "new.db").stat().st_size > 0


def test_upgrade_leaves_a_database_of_mlflow_alone(run: Mlflow, folder: Path) -> None:
    before = made_by_mlflow(folder / "old.db")

    answer = run("db", "upgrade", "sqlite:///old.db")

    assert answer.exit_code == 1
    assert answer.stderr.startswith("error: This database was made by MLflow")
    assert (folder / "old.db").read_bytes() == before


@pytest.mark.parametrize("url", ["http://localhost:5000", "nonsense", "oracle://me:secret@host/db"])
def test_upgrade_says_what_a_database_url_looks_like(run: Mlflow, url: str) -> None:
    answer = run("db", "upgrade", url)

    assert answer.exit_code == 1
    assert "hint: " in answer.stderr
    assert "secret" not in answer.output


def test_doctor_prints_the_lines_of_mlflow(run: Mlflow, folder: Path) -> None:
    lines = run("doctor").stdout.splitlines()

    assert f"Python version: {platform.python_version()}" in lines
    assert f"MLflow version: {MLFLOW_VERSION}" in lines
    assert f"Headrace version: {VERSION}" in lines
    assert f"Tracking URI: sqlite:///{folder}/tracking.db" in lines
    assert f"  MLFLOW_TRACKING_URI: sqlite:///{folder}/tracking.db" in lines
    assert any(line.startswith("  sqlalchemy: ") for line in lines)


def test_doctor_looks_and_makes_nothing(run: Mlflow, folder: Path) -> None:
    assert "Tracking store: a new database; it is created when first used\n" in run("doctor").stdout
    assert not (folder / "tracking.db").exists()

    run("experiments", "create", "-n", "x")
    assert "Tracking store: the database is ready\n" in run("doctor").stdout


def test_doctor_recognises_a_database_of_mlflow(run: Mlflow, folder: Path) -> None:
    made_by_mlflow(folder / "tracking.db")

    assert "Tracking store: This database was made by MLflow" in run("doctor").stdout


def test_doctor_never_prints_a_secret(run: Mlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hunter2")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "hunter2")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:hunter2@127.0.0.1:{free_port()}")

    printed = run("doctor").output

    assert "hunter2" not in printed
    assert "  MLFLOW_TRACKING_PASSWORD: ***\n" in printed
    assert "does not answer" in printed


def test_doctor_masks_every_value_when_asked(run: Mlflow) -> None:
    assert "  MLFLOW_TRACKING_URI: ***\n" in run("doctor", "--mask-envs").stdout


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:p@ssw0rd@db:5432/x", "postgresql://me:***@db:5432/x"),
        ("postgresql://me:pass/w0rd@db:5432/x?a=b@c", "postgresql://me:***@db:5432/x?a=b@c"),
        ("'http://:token@host' and http://a:b@c", "'http://:***@host' and http://a:***@c"),
        ("http://me:secret@host/path?a=b", "http://me:***@host/path?a=b"),
        ("postgresql://db/x?password=secret&sslmode=require", "postgresql://db/x?password=***&sslmode=require"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
        ("http://host:5000/a@b", "http://host:5000/a@b"),
    ],
)
def test_passwords_in_uris_are_hidden_and_the_rest_is_kept(text: str, shown: str) -> None:
    assert without_password(text) == shown


def test_names_of_secrets_are_known() -> None:
    secret = ["MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "MLFLOW_FLASK_SERVER_SECRET_KEY", "MLFLOW_API_KEY"]
    plain = ["MLFLOW_TRACKING_URI", "MLFLOW_KEYBOARD", "MLFLOW_TRACKING_USERNAME"]

    assert [name for name in secret + plain if is_secret(name)] == secret
