"""`mlflow server`: its options become settings, mistakes are found before anything starts, and it starts."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlflow.cli.starting import greeting
from mlflow.server.settings import Settings
from mlflow.version import MLFLOW_VERSION
from tests.cli.conftest import Mlflow
from tests.cli.test_db_and_doctor import made_by_mlflow
from tests.servers import free_port, server_process


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings servers would have been started with; none is started."""
    calls: list[Settings] = []
    monkeypatch.setattr("mlflow.server.run", lambda settings, when_ready: calls.append(settings))
    for name in list(os.environ):
        if name.startswith("MLFLOW_"):
            monkeypatch.delenv(name)
    return calls


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_without_options_everything_is_in_the_current_folder(run: Mlflow, started: list[Settings]) -> None:
    port = free_port()

    answer = run("server", "--port", str(port))

    assert answer.exit_code == 0
    assert started == [Settings(port=port)]


def test_options_become_settings(run: Mlflow, started: list[Settings]) -> None:
    port = free_port()
    options = {
        "--backend-store-uri": "postgresql://me@db/x",
        "--default-artifact-root": "/srv/root",
        "--artifacts-destination": "/srv/artifacts",
        "--host": "0.0.0.0",
        "--port": str(port),
        "--workers": "3",
        "--static-prefix": "/mlflow",
        "--allowed-hosts": "a.example, *.b.example",
        "--cors-allowed-origins": "https://a.example",
        "--x-frame-options": "deny",
        "--uvicorn-opts": "--log-level 'info'",
        "--expose-prometheus": "/tmp/metrics",
        "--registry-store-uri": "postgresql://me@db/x",
    }

    run("server", *(word for pair in options.items() for word in pair), "--disable-security-middleware")

    assert started == [
        Settings(
            backend_store_uri="postgresql://me@db/x",
            default_artifact_root="/srv/root",
            artifacts_destination="/srv/artifacts",
            host="0.0.0.0",
            port=port,
            workers=3,
            static_prefix="/mlflow",
            allowed_hosts=("a.example", "*.b.example"),
            cors_allowed_origins=("https://a.example",),
            x_frame_options="DENY",
            disable_security=True,
            uvicorn_options=("--log-level", "info"),
        )
    ]


def test_variables_become_settings_and_options_win(
    run: Mlflow, started: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    for name, value in {
        "MLFLOW_BACKEND_STORE_URI": "sqlite:///other.db",
        "MLFLOW_PORT": "1",
        "MLFLOW_HOST": "localhost",
        "MLFLOW_WORKERS": "2",
        "MLFLOW_SERVE_ARTIFACTS": "false",
        "MLFLOW_SERVER_ALLOWED_HOSTS": "a,b",
    }.items():
        monkeypatch.setenv(name, value)

    run("server", "--port", str(port))

    assert started == [
        Settings(
            backend_store_uri="sqlite:///other.db",
            host="localhost",
            port=port,
            workers=2,
            serve_artifacts=False,
            allowed_hosts=("a", "b"),
        )
    ]


def test_port_0_is_a_free_port(run: Mlflow, started: list[Settings]) -> None:
    run("server", "--port", "0")

    assert started[0].port > 0


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--gunicorn-opts", "--timeout 9"], "--gunicorn-opts is not supported"),
        (["--waitress-opts", "x"], "--waitress-opts is not supported"),
        (["--app-name", "basic-auth"], "no login of its own"),
        (["--enable-workspaces"], "Workspaces are not supported"),
        (["--registry-store-uri", "sqlite:///models.db"], "names another database"),
        (["--workers", "2", "--backend-store-uri", "sqlite://"], "does not go with a database in memory"),
        (["--artifacts-destination", "s3://bucket"], "not yet supported"),
        (["--host", "192.0.2.1"], "is not an address of this machine"),
        (["--host", "nowhere.invalid"], "There is no host"),
    ],
)
def test_what_cannot_be_had_is_refused_with_a_hint(
    run: Mlflow, started: list[Settings], words: list[str], complaint: str
) -> None:
    answer = run("server", "--port", "0", *words)

    assert answer.exit_code == 1
    assert complaint in answer.stderr
    assert "\n\nhint: " in answer.stderr
    assert started == []


@pytest.mark.parametrize(
    "words",
    [
        ["--port", "70000"],
        ["--workers", "0"],
        ["--static-prefix", "mlflow"],
        ["--static-prefix", "/mlflow/"],
        ["--artifacts-only", "--no-serve-artifacts"],
        ["--dev", "--uvicorn-opts", "--reload"],
        ["--uvicorn-opts", "'unbalanced"],
        ["--x-frame-options", "SOMETIMES"],
    ],
)
def test_wrong_words_are_refused(run: Mlflow, started: list[Settings], words: list[str]) -> None:
    assert run("server", *words).exit_code == 2
    assert started == []


def test_a_port_that_is_in_use_is_named_with_one_that_is_not(
    run: Mlflow, started: list[Settings], taken_port: int
) -> None:
    answer = run("server", "--port", str(taken_port))

    assert answer.exit_code == 1
    assert answer.stderr.startswith(
        f"error: Port {taken_port} is in use by another program\n\nhint: `mlflow server --p"
    )


def test_options_without_effect_are_noted_and_do_not_stop_the_server(
    run: Mlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlflow.server.run", lambda settings, when_ready: when_ready())

    answer = run("server", "--port", "0", "--secrets-cache-ttl", "60")

    assert answer.exit_code == 0
    assert "note: --secrets-cache-ttl has no effect here.\n" in answer.stderr


def test_the_greeting_says_where_everything_is_without_the_password(folder: Path) -> None:
    lines = greeting(Settings(backend_store_uri="postgresql://me:secret@db/x", static_prefix="/ml", port=8080))

    assert lines[2:5] == [
        "  Open       \x1b[1mhttp://127.0.0.1:8080/ml\x1b[0m",
        "  Database   postgresql://me:***@db/x",
        f"  Artifacts  {folder}/mlartifacts",
    ]


def test_the_greeting_warns_who_can_reach_an_open_server(folder: Path) -> None:
    assert not any(line.startswith("note:") for line in greeting(Settings()))
    assert any("all networks" in line for line in greeting(Settings(host="0.0.0.0")))
    assert any("security checks are off" in line for line in greeting(Settings(disable_security=True)))


def test_the_greeting_mentions_runs_of_a_file_store_that_are_not_read(folder: Path) -> None:
    (folder / "mlruns" / "0").mkdir(parents=True)
    (folder / "mlruns" / "0" / "meta.yaml").touch()

    assert any("./mlruns holds runs" in line for line in greeting(Settings()))


def test_a_database_of_mlflow_is_refused_before_any_url_is_printed(run: Mlflow, folder: Path) -> None:
    before = made_by_mlflow(folder / "mlflow.db")

    answer = run("server", "--port", "0")

    assert answer.exit_code == 1
    assert answer.stderr.startswith("error: This database was made by MLflow")
    assert "http://" not in answer.stderr
    assert (folder / "mlflow.db").read_bytes() == before


def test_a_server_answers_at_the_url_it_printed_and_stops_on_ctrl_c(folder: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}

    with server_process(command, f"http://127.0.0.1:{port}", env=environment) as server:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/version") as answer:
            assert answer.read().decode() == MLFLOW_VERSION
        assert (folder / "mlflow.db").exists()

        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0


def test_the_other_commands_work_against_a_server(folder: Path, run: Mlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "mlflow", "server", "--port", url.rpartition(":")[2]]
    (folder / "notes.txt").write_text("hello")

    with server_process(command, url):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
        assert f"Tracking store: {url} answers; it speaks MLflow {MLFLOW_VERSION}\n" in run("doctor").stdout
        assert run("experiments", "create", "-n", "x").stdout == "Created experiment 'x' with id 1\n"
        run_id = subprocess.check_output(
            [sys.executable, "-m", "mlflow", "runs", "create", "--experiment-id", "1"], text=True
        ).split('"')[3]
        assert run("artifacts", "log-artifact", "-l", "notes.txt", "-r", run_id).exit_code == 0
        downloaded = run("artifacts", "download", "-r", run_id, "-a", "notes.txt", "-d", "here").stdout.strip()
        assert Path(downloaded).read_text() == "hello"
        missing = run("runs", "describe", "--run-id", "nope")
        assert missing.exit_code == 1
        assert f"lists the runs at {url}" in missing.stderr
