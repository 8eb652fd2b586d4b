"""What a run's tags say of where it came from."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mlflow
from mlflow.tracking.context import git_commit


def git(folder: Path, *words: str) -> str:
    names = {f"GIT_{role}_{what}": "a" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**os.environ, **names, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(["git", *words], cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / "deep").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "first")
    return folder


def test_user_program_and_kind_are_noted(local_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/train.py", "--lr=1"])
    monkeypatch.setattr(getpass, "getuser", lambda: "anna")

    with mlflow.start_run() as run:
        assert run.info.user_id == "anna"
        assert run.data.tags["mlflow.user"] == "anna"
        assert run.data.tags["mlflow.source.name"] == "/somewhere/train.py"
        assert run.data.tags["mlflow.source.type"] == "LOCAL"


def test_a_user_without_a_name_is_no_obstacle(local_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", nobody)

    with mlflow.start_run() as run:
        assert run.info.user_id == "unknown"


def test_tags_of_the_user_win_over_those_of_the_context(local_uri: str) -> None:
    with mlflow.start_run(tags={"mlflow.source.name": "mine"}) as run:
        assert run.data.tags["mlflow.source.name"] == "mine"


def test_the_environment_adds_tags(local_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_RUN_CONTEXT", '{"cluster": "a", "node": 3}')

    with mlflow.start_run() as run:
        assert (run.data.tags["cluster"], run.data.tags["node"]) == ("a", "3")


@pytest.mark.parametrize("text", ["bad", "[1]"])
def test_a_bad_context_is_told_and_ignored(
    local_uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    monkeypatch.setenv("MLFLOW_RUN_CONTEXT", text)

    with mlflow.start_run():
        pass

    assert "MLFLOW_RUN_CONTEXT is not a JSON object and is ignored" in capsys.readouterr().err


def test_the_commit_of_the_program_is_noted(local_uri: str, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(repository / "deep" / "train.py")])

    with mlflow.start_run() as run:
        assert run.data.tags["mlflow.source.git.commit"] == git(repository, "rev-parse", "HEAD")
        assert run.data.tags["mlflow.source.git.branch"] == "main"


def test_a_folder_outside_any_repository_has_no_commit(tmp_path: Path) -> None:
    assert git_commit(tmp_path) == (None, None)


def test_a_repository_without_a_commit_has_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")

    assert git_commit(tmp_path)[0] is None


def test_a_packed_branch_is_found(repository: Path) -> None:
    git(repository, "pack-refs", "--all")

    assert git_commit(repository / "deep") == (git(repository, "rev-parse", "HEAD"), "main")


def test_a_checked_out_commit_has_no_branch(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "-q", "--detach")

    assert git_commit(repository) == (commit, None)


def test_a_worktree_has_the_commit_of_its_own_branch(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", "-b", "other", str(tmp_path / "worktree"))
    git(tmp_path / "worktree", "commit", "-q", "--allow-empty", "-m", "second")

    assert git_commit(tmp_path / "worktree") == (git(tmp_path / "worktree", "rev-parse", "HEAD"), "other")
