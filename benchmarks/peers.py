"""The installations that are compared: this checkout, and the peers, each in a virtual environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.progress import say

ROOT = Path(__file__).resolve().parent.parent

HEADRACE = "Headrace"
MLFLOW = "MLflow"
FASTTRACKML = "FastTrackML"


@dataclass(frozen=True)
class Peer:
    """An installed server; `bin` is the folder its commands are in."""

    name: str
    version: str
    bin: Path

    @property
    def python(self) -> str:
        """The interpreter of its virtual environment."""
        return str(self.bin / "python")


class PeerMissing(Exception):
    """A peer could not be installed; the message says why. The others are measured all the same."""


def headrace() -> Peer:
    """This checkout, as the interpreter that runs the benchmark has it."""
    binaries = Path(sys.executable).parent
    script = "import mlflow.version as version; print(version.VERSION)"
    return Peer(HEADRACE, _printed_by(binaries / "python", script), binaries)


def mlflow() -> Peer:
    """The newest MLflow on PyPI, installed on first use into `.venvs/bench-mlflow`.

    Raises:
        PeerMissing: it could not be installed.
    """
    packages = ["mlflow", "psycopg2-binary"]
    binaries = _virtual_environment("HEADRACE_BENCH_MLFLOW", "bench-mlflow", packages, command="mlflow")
    return Peer(MLFLOW, _installed_version(binaries, "mlflow"), binaries)


def fasttrackml() -> Peer:
    """FastTrackML from PyPI, installed on first use into `.venvs/bench-fasttrackml`.

    Raises:
        PeerMissing: it could not be installed.
    """
    binaries = _virtual_environment("HEADRACE_BENCH_FML", "bench-fasttrackml", ["fasttrackml"], command="fml")
    return Peer(FASTTRACKML, _installed_version(binaries, "fasttrackml"), binaries)


def _virtual_environment(override: str, folder: str, packages: list[str], command: str) -> Path:
    """The `bin` folder of an environment that has `command`: the one `override` names, or one we make once and keep."""
    if chosen := os.environ.get(override):
        path = Path(chosen)
    else:
        path = ROOT / ".venvs" / folder
        if not (path / "bin" / command).exists():
            _install(path, packages)
    if not (path / "bin" / command).exists():
        raise PeerMissing(f"{path} has no command {command!r}; delete the folder to install it anew")
    return path / "bin"


def _install(path: Path, packages: list[str]) -> None:
    say(f"installing {', '.join(packages)} into {path.relative_to(ROOT)} (once)")
    uv = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".tools" / "bin"))
    if uv:
        _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(path)])
        _run([uv, "pip", "install", "--quiet", "--python", str(path / "bin" / "python"), *packages])
    else:
        _run([sys.executable, "-m", "venv", "--clear", str(path)])
        _run([str(path / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last_words = " ".join(done.stderr.split())[-300:]
        raise PeerMissing(f"{' '.join(command[:3])} … ended with {done.returncode}: {last_words}")


def _installed_version(binaries: Path, distribution: str) -> str:
    return _printed_by(binaries / "python", f"import importlib.metadata as m; print(m.version({distribution!r}))")


def _printed_by(python: Path, script: str) -> str:
    # `cwd` is elsewhere so that no folder of the checkout can shadow an installed package.
    done = subprocess.run([str(python), "-c", script], capture_output=True, text=True, cwd="/", check=False)
    return done.stdout.strip() or "unknown version"
