"""Virtual environments with unmodified MLflow clients and other libraries, made by uv and kept in `.venvs/`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# The last of 2.x that is still widely installed, the version our Python API follows, and the newest on PyPI.
NEWEST = "3.17.2"
VERSIONS = ("2.22.5", "3.7.0", NEWEST)

# Transcripts show what these libraries print and hash, so they are as fixed as the clients.
COMPANIONS = ("matplotlib==3.11.2", "numpy==2.4.6", "pillow==13.0.0")
# The older two need an older pandas, and their servers do not start with SQLAlchemy 2.1.
OLDER = ("pandas==2.3.3", "sqlalchemy<2.1")
OWN_COMPANIONS = {"2.22.5": OLDER, "3.7.0": OLDER, NEWEST: ("pandas==3.1.1",)}
PYTHON = "3.11"

# What prompts are handed to.
FRAMEWORKS = ["langchain-core==1.7.2", "llama-index-core==0.14.25"]


class CannotInstall(RuntimeError):
    """uv or the package index is out of reach; the message says which."""


def client_python(version: str) -> Path:
    """Return the interpreter of an environment that has `mlflow==version`; make the environment when it is missing.

    Raises:
        CannotInstall: uv is not there, or could not install.
    """
    return _python(f"compat-{version}", [f"mlflow=={version}", *COMPANIONS, *OWN_COMPANIONS[version]])


def frameworks_python_or_skip() -> Path:
    """Return the interpreter of an environment with the frameworks that take prompts; skip where there can be none."""
    return _or_skip("the frameworks", lambda: _python("frameworks", FRAMEWORKS))


def _python(name: str, requirements: list[str]) -> Path:
    folder = ROOT / ".venvs" / name
    # Written last, so an interrupted installation is not taken for a whole one.
    stamp = folder / "installed.json"
    if not stamp.exists() or json.loads(stamp.read_text()) != requirements:
        _run("venv", "--quiet", "--clear", "--python", PYTHON, str(folder))
        _run("pip", "install", "--quiet", "--python", str(folder), *requirements)
        stamp.write_text(json.dumps(requirements))
    return folder / "bin" / "python"


def client_python_or_skip(version: str) -> Path:
    """Return `client_python`; without uv or network skip the test at the desk, and fail it in CI."""
    return _or_skip(f"mlflow {version}", lambda: client_python(version))


def _or_skip(what: str, find: Callable[[], Path]) -> Path:
    try:
        return find()
    except CannotInstall as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{what} cannot be installed here: {error}")


def _run(*arguments: str) -> None:
    uv = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".tools" / "bin"))
    if uv is None:
        raise CannotInstall("uv is neither on PATH nor in .tools/bin; see https://docs.astral.sh/uv")
    done = subprocess.run([uv, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotInstall(f"uv {arguments[0]} failed: {done.stderr.strip()[-1000:]}")
