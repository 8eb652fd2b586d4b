"""What a run's tags say of where it came from: user, program, commit. Found without starting any process."""

from __future__ import annotations

import getpass
import json
import sys
from pathlib import Path

from mlflow.environment_variables import MLFLOW_RUN_CONTEXT
from mlflow.logging_utils import get_logger
from mlflow.utils.mlflow_tags import (
    MLFLOW_GIT_BRANCH,
    MLFLOW_GIT_COMMIT,
    MLFLOW_SOURCE_NAME,
    MLFLOW_SOURCE_TYPE,
    MLFLOW_USER,
)

_log = get_logger(__name__)


def context_tags() -> dict[str, str]:
    """Return the tags of a run that is started now."""
    tags = {MLFLOW_USER: _user(), MLFLOW_SOURCE_NAME: _program(), MLFLOW_SOURCE_TYPE: "LOCAL"}
    commit, branch = git_commit(Path(_program()).absolute().parent)
    if commit:
        tags[MLFLOW_GIT_COMMIT] = commit
        if branch:
            tags[MLFLOW_GIT_BRANCH] = branch
    return {**tags, **_extra()}


def resolve_tags(tags: dict[str, str] | None = None) -> dict[str, str]:
    """Return the context tags with `tags` over them; callbacks of other libraries ask for this."""
    return {**context_tags(), **(tags or {})}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container without an entry for its user id
        return "unknown"


def _program() -> str:
    return sys.argv[0] if sys.argv and sys.argv[0] else sys.executable


def _extra() -> dict[str, str]:
    text = MLFLOW_RUN_CONTEXT.get()
    if not text:
        return {}
    try:
        tags = json.loads(text)
        if isinstance(tags, dict):
            return {str(key): str(value) for key, value in tags.items()}
    except json.JSONDecodeError:
        pass
    _log.warning("MLFLOW_RUN_CONTEXT is not a JSON object and is ignored: %.80s", text)
    return {}


def git_commit(folder: Path) -> tuple[str | None, str | None]:
    """Return commit and branch that are checked out around a folder, None where there is none.

    Reads two small files at most, and starts no process.
    """
    try:
        git = next((parent / ".git" for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
        if git is None:
            return None, None
        if git.is_file():  # a worktree or submodule keeps only a pointer there
            git = git.parent / git.read_text().removeprefix("gitdir:").strip()
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref:"):
            return head or None, None
        name = head.removeprefix("ref:").strip()
        return _commit_of_branch(git, name), name.removeprefix("refs/heads/")
    except (OSError, UnicodeDecodeError):
        return None, None


def _commit_of_branch(git: Path, name: str) -> str | None:
    pointer = git / "commondir"
    places = [git, git / pointer.read_text().strip()] if pointer.exists() else [git]
    for place in places:
        if (place / name).is_file():
            return (place / name).read_text().strip() or None
    for place in places:
        packed = place / "packed-refs"
        if packed.is_file():
            for line in packed.read_text().splitlines():
                commit, _, ref = line.partition(" ")
                if ref == name:
                    return commit
    return None
