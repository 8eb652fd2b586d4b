"""Copies of prompts on disk, for a process that starts while the registry cannot be reached.

One folder per registry below the user's cache folder, readable by the user alone; a file per version, as it travelled,
and one per alias with the version it pointed to. Whatever goes wrong here costs the copy, never the load.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import msgspec

from mlflow.entities.base import encoder
from mlflow.entities.model_version import ModelVersion
from mlflow.environment_variables import HEADRACE_PROMPT_COPIES
from mlflow.store.registry import is_http

FILES_LIMIT = 2000
"""Copies that are kept per registry; the oldest go first."""

_LOOK_EVERY = 200  # writes, after which the number of copies is looked at

_read_version = msgspec.json.Decoder(ModelVersion, strict=False).decode


class _AliasCopy(msgspec.Struct):
    version: int
    at: float  # seconds since the Unix epoch


_read_alias = msgspec.json.Decoder(_AliasCopy).decode


def cache_folder() -> Path | None:
    """Return where copies are kept, or None: HEADRACE_PROMPT_COPIES, else the user's cache folder."""
    chosen = HEADRACE_PROMPT_COPIES.get()
    if chosen is not None:
        return None if chosen.strip().lower() in ("", "off", "false", "0") else Path(chosen).expanduser()
    base = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    with suppress(RuntimeError):  # no home
        return (Path(base) if base else Path.home() / ".cache") / "headrace" / "prompts"
    return None


class Copies:
    """The copies of one registry; none for a database that is opened here: it is as near as they are."""

    def __init__(self, uri: str) -> None:
        folder = cache_folder() if is_http(uri) else None
        self._folder = folder / hashlib.sha256(uri.encode()).hexdigest()[:20] if folder is not None else None
        self._writes = 0

    def version(self, name: str, version: int) -> ModelVersion | None:
        """Return a version's copy."""
        data = self._read(f"{_file(name)}~{version}.json")
        with suppress(msgspec.DecodeError, msgspec.ValidationError):
            return _read_version(data) if data else None
        return None

    def alias(self, name: str, alias: str) -> tuple[int, float] | None:
        """Return the version that an alias pointed to, and how many seconds ago that was."""
        data = self._read(f"{_file(name)}~@{alias}.json")
        with suppress(msgspec.DecodeError, msgspec.ValidationError):
            if data:
                found = _read_alias(data)
                return found.version, max(0.0, time.time() - found.at)
        return None

    def has_version(self, name: str, version: int) -> bool:
        """Tell whether there is a copy of a version."""
        return self._folder is not None and (self._folder / f"{_file(name)}~{version}.json").exists()

    def has_alias(self, name: str, alias: str) -> bool:
        """Tell whether there is a copy of an alias."""
        return self._folder is not None and (self._folder / f"{_file(name)}~@{alias}.json").exists()

    def put_version(self, version: ModelVersion) -> None:
        """Keep a copy of a version."""
        self._write(f"{_file(version.name)}~{version.version}.json", encoder.encode(version))

    def put_alias(self, name: str, alias: str, version: int) -> None:
        """Keep what an alias points to."""
        self._write(f"{_file(name)}~@{alias}.json", encoder.encode(_AliasCopy(version, time.time())))

    def forget(self, name: str) -> None:
        """Remove all copies of a prompt."""
        if self._folder is not None:
            with suppress(OSError):
                for path in self._folder.glob(f"{_file(name)}~*.json"):
                    path.unlink(missing_ok=True)

    def _read(self, file: str) -> bytes | None:
        if self._folder is None:
            return None
        with suppress(OSError):
            return (self._folder / file).read_bytes()
        return None

    def _write(self, file: str, data: bytes) -> None:
        if self._folder is None:
            return
        with suppress(OSError), _appearing(self._folder, file) as descriptor:
            os.write(descriptor, data)
        self._writes += 1
        if self._writes % _LOOK_EVERY == 0:
            self._prune()

    def _prune(self) -> None:
        assert self._folder is not None  # noqa: S101 - something was just written there
        with suppress(OSError):
            files = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime)
            for path in files[:-FILES_LIMIT]:
                path.unlink(missing_ok=True)


@contextmanager
def _appearing(folder: Path, file: str) -> Iterator[int]:
    """Open a file that is there whole, or not at all, when the block ends."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, aside = tempfile.mkstemp(dir=folder, prefix=".", suffix=".new")
    try:
        yield descriptor
        os.close(descriptor)
        os.replace(aside, folder / file)
    except BaseException:
        with suppress(OSError):
            os.unlink(aside)
        raise


def _file(name: str) -> str:
    return quote(name, safe="")
