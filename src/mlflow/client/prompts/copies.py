"""Copies of prompts on disk, for a process that starts while the registry cannot be reached.

One folder per registry below the user's cache folder, readable by the user alone; a file per version, as it travelled,
and one per alias with the version it pointed to. Whatever goes wrong here costs the copy, never the load.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import msgspec

from mlflow.entities.base import encoder
from mlflow.entities.model_version import ModelVersion
from mlflow.environment_variables import HEADRACE_PROMPT_COPIES
from mlflow.store.registry import is_http

FILES_LIMIT = 2000
"""Copies that are kept per registry; those written longest ago go first."""

_LOOK_EVERY = 200  # writes, after which the number of copies is looked at; and at the first one
_SAME_FOR_SECONDS = 30.0  # an alias that has not moved is not written down again before

_read_version = msgspec.json.Decoder(ModelVersion, strict=False).decode


class _AliasCopy(msgspec.Struct):
    name: str
    alias: str
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
        self._aliases: dict[str, tuple[int, float]] = {}  # by file: what was written, and when (monotonic)

    def version(self, name: str, version: int) -> ModelVersion | None:
        """Return a version's copy."""
        data = self._read(_version_file(name, version))
        with suppress(msgspec.DecodeError, msgspec.ValidationError):
            found = _read_version(data) if data else None
            if found is not None and (found.name, found.version) == (name, str(version)):
                return found  # and not another's: there are disks to which `QA` and `qa` are the same file
        return None

    def alias(self, name: str, alias: str) -> tuple[int, float] | None:
        """Return the version that an alias pointed to, and how many seconds ago that was."""
        data = self._read(_alias_file(name, alias))
        with suppress(msgspec.DecodeError, msgspec.ValidationError):
            found = _read_alias(data) if data else None
            if found is not None and (found.name, found.alias) == (name, alias):
                return found.version, max(0.0, time.time() - found.at)
        return None

    def put_version(self, version: ModelVersion) -> None:
        """Keep a copy of a version."""
        self._write(_version_file(version.name, version.version), encoder.encode(version))

    def put_alias(self, name: str, alias: str, version: int | None) -> None:
        """Keep what an alias points to, or nothing of it when that is None."""
        file, now = _alias_file(name, alias), time.monotonic()
        if version is None:
            self._aliases.pop(file, None)
            self._remove(file)
            return
        written = self._aliases.get(file)
        if written is not None and written[0] == version and now - written[1] < _SAME_FOR_SECONDS:
            return
        if len(self._aliases) >= FILES_LIMIT:
            self._aliases.clear()
        self._aliases[file] = version, now
        self._write(file, encoder.encode(_AliasCopy(name, alias, version, time.time())))

    def forget_version(self, name: str, version: int) -> None:
        """Remove a version's copy."""
        self._remove(_version_file(name, version))

    def forget(self, name: str) -> None:
        """Remove all copies of a prompt."""
        self._aliases.clear()
        if self._folder is not None:
            with suppress(OSError):
                for path in self._folder.glob(f"{quote(name, safe='')}~*.json"):
                    path.unlink(missing_ok=True)

    def _read(self, file: str) -> bytes | None:
        if self._folder is None:
            return None
        with suppress(OSError), open(self._folder / file, "rb") as copy:
            # In a folder that others can write to, a file may be theirs: what it says would be our prompt.
            if os.name == "nt" or os.fstat(copy.fileno()).st_uid == os.geteuid():
                return copy.read()
        return None

    def _write(self, file: str, data: bytes) -> None:
        if self._folder is None:
            return
        with suppress(OSError):
            _write_whole(self._folder, file, data)
        if self._writes % _LOOK_EVERY == 0:
            with suppress(OSError):
                self._prune(self._folder)
        self._writes += 1

    def _remove(self, file: str) -> None:
        if self._folder is not None:
            with suppress(OSError):
                (self._folder / file).unlink(missing_ok=True)

    def _prune(self, folder: Path) -> None:
        if len(os.listdir(folder)) > FILES_LIMIT:
            files = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
            for path in files[:-FILES_LIMIT]:
                path.unlink(missing_ok=True)


def _write_whole(folder: Path, file: str, data: bytes) -> None:
    """Let a file appear whole, or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, aside = tempfile.mkstemp(dir=folder, prefix=".", suffix=".new")  # for the user alone
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
        os.replace(aside, folder / file)
    except BaseException:
        with suppress(OSError):
            os.unlink(aside)
        raise


def _version_file(name: str, version: int | str) -> str:
    return f"{quote(name, safe='')}~{version}.json"


def _alias_file(name: str, alias: str) -> str:
    return f"{quote(name, safe='')}~@{alias}.json"
