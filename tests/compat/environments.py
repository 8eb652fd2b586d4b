"""Virtual environments with unmodified MLflow clients, made by uv and kept in `.venvs/compat-<version>`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
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


class CannotInstall(RuntimeError):
    """uv or the package index is out of reach; the message says which."""


def client_python(version: str) -> Path:
    """Return the interpreter of an environment that has `mlflow==version`; make the environment when it is missing.

    Raises:
        CannotInstall: uv is not there, or could not install.
    """
    folder = ROOT / ".venvs" / f"compat-{version}"
    requirements = [f"mlflow=={version}", *COMPANIONS, *OWN_COMPANIONS[version]]
    # Written last, so an interrupted installation is not taken for a whole one.
    stamp = folder / "installed.json"
    if not stamp.exists() or json.loads(stamp.read_text()) != requirements:
        _run("venv", "--quiet", "--clear", "--python", PYTHON, str(folder))
        _run("pip", "install", "--quiet", "--python", str(folder), *requirements)
        stamp.write_text(json.dumps(requirements))
    return folder / "bin" / "python"


def client_python_or_skip(version: str) -> Path:
    """Return `client_python`; without uv or network skip the test at the desk, and fail it in CI."""
    try:
        return client_python(version)
    except CannotInstall as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"mlflow {version} cannot be installed here: {error}")


def _run(*arguments: str) -> None:
    uv = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".tools" / "bin"))
    if uv is None:
        raise CannotInstall("uv is neither on PATH nor in .tools/bin; see https://docs.astral.sh/uv")
    done = subprocess.run([uv, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotInstall(f"uv {arguments[0]} failed: {done.stderr.strip()[-1000:]}")
