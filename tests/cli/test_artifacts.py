"""`mlflow artifacts …`: files of runs up and down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlflow.client import MlflowClient
from tests.cli.conftest import Mlflow


@pytest.fixture
def run_id(client: MlflowClient) -> str:
    """A run to put files into."""
    return client.create_run("0").info.run_id


def test_a_file_is_uploaded_and_listed(run: Mlflow, folder: Path, run_id: str) -> None:
    (folder / "notes.txt").write_text("hello\n")

    top = run("artifacts", "log-artifact", "-l", "notes.txt", "-r", run_id)
    deep = run("artifacts", "log-artifact", "-l", "notes.txt", "-r", run_id, "-a", "a/b")

    assert (top.exit_code, top.stdout, deep.exit_code) == (0, "", 0)
    assert run("artifacts", "list", "-r", run_id).stdout == (
        '[{\n  "path": "a",\n  "is_dir": true\n}, {\n  "path": "notes.txt",\n  "is_dir": false,\n  "file_size": 6\n}]\n'
    )
    assert json.loads(run("artifacts", "list", "-r", run_id, "-a", "a/b").stdout)[0]["path"] == "a/b/notes.txt"


def test_a_folder_is_uploaded_without_its_own_name(run: Mlflow, folder: Path, run_id: str) -> None:
    (folder / "model" / "data").mkdir(parents=True)
    (folder / "model" / "data" / "weights").write_bytes(b"\0" * 10)

    answer = run("artifacts", "log-artifacts", "-l", "model", "-r", run_id, "-a", "best")

    assert answer.stderr == "Logged artifact from local dir model to artifact_path=best\n"
    assert json.loads(run("artifacts", "list", "-r", run_id, "-a", "best/data").stdout) == [
        {"path": "best/data/weights", "is_dir": False, "file_size": 10}
    ]


def test_what_is_not_there_is_listed_as_nothing(run: Mlflow, run_id: str) -> None:
    assert run("artifacts", "list", "-r", run_id, "-a", "nope").stdout == "[]\n"


def test_a_file_that_is_not_there_cannot_be_uploaded(run: Mlflow, run_id: str) -> None:
    answer = run("artifacts", "log-artifact", "-l", "nope.txt", "-r", run_id)

    assert answer.exit_code == 2
    assert "'nope.txt' does not exist" in answer.stderr


@pytest.mark.parametrize("by_uri", [False, True])
def test_a_download_ends_with_the_local_path(
    run: Mlflow, client: MlflowClient, folder: Path, run_id: str, by_uri: bool
) -> None:
    client.log_text(run_id, "hello", "a/notes.txt")
    what = ["-u", f"runs:/{run_id}/a/notes.txt"] if by_uri else ["-r", run_id, "-a", "a/notes.txt"]

    answer = run("artifacts", "download", *what, "-d", "here")

    local = Path(answer.stdout.splitlines()[-1])
    assert answer.stdout == f"\n{local}\n"
    assert local.read_text() == "hello"
    assert local.is_relative_to(folder / "here")


@pytest.mark.parametrize("words", [[], ["-r", "x", "-u", "runs:/x"], ["-u", "runs:/x", "-a", "y"]])
def test_a_download_wants_one_source(run: Mlflow, words: list[str]) -> None:
    assert run("artifacts", "download", *words).exit_code == 2


def test_a_download_of_nothing_says_how_to_see_what_there_is(run: Mlflow, run_id: str) -> None:
    answer = run("artifacts", "download", "-r", run_id, "-a", "nope", "-d", "here")

    assert answer.exit_code == 1
    assert "error: " in answer.stderr
    assert "hint: " in answer.stderr
