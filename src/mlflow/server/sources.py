"""Where a version's files may lie when it is registered through a server: what the server reads and hands out itself
must belong to the run that the caller names. In one's own process nothing is read on anybody's behalf, so all is free.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from mlflow.api import Call
from mlflow.api.model_versions import CreateModelVersion
from mlflow.api.runs import GetRun
from mlflow.entities.prompt_tags import SOURCES
from mlflow.exceptions import InvalidParameter, RunNotFound
from mlflow.store.base import Store

_SERVED = ("mlflow-artifacts", "http", "https")
_DECODED_TIMES = 5


async def create_model_version(store: Store, call: Call[Any], key: str | None, finish: Callable[[Any], bytes]) -> bytes:
    """Register the version if its source is one that the caller may name.

    Raises:
        InvalidParameter: it leads out of the run's artifacts, or needs a run and none is given.
    """
    assert isinstance(call, CreateModelVersion)  # noqa: S101 - it is declared for this Call alone
    call.check()
    if call.source not in SOURCES:
        await _check(store, call)
    return await store.submit(call, key, finish, wire=True)


async def _check(store: Store, call: CreateModelVersion) -> None:
    try:
        scheme = urlsplit(call.source).scheme.lower()
    except ValueError as error:
        raise _refused(call.source, f"it cannot be read: {error}") from error
    if _climbs(call.source):
        raise _refused(call.source, "it may not contain '..' steps")
    if scheme == "runs" and _first_step(call.source) != call.run_id:
        raise _refused(call.source, "give the run_id of the run that it names")
    local = len(scheme) <= 1 or scheme == "file"  # one letter is a drive
    if not local and scheme not in _SERVED:
        return
    place = await _artifacts_of(store, call.run_id) if call.run_id else ""
    inside = _local_path if local else _served_path
    if not place or not _is_inside(inside(call.source), inside(place)):
        raise _refused(call.source, "give the run_id of the run whose artifacts it is among")


async def _artifacts_of(store: Store, run_id: str) -> str:
    try:
        return await store.submit(GetRun(run_id=run_id), None, lambda reply: reply.run.info.artifact_uri or "")
    except RunNotFound:
        return ""


def _climbs(source: str) -> bool:
    path = urlsplit(source).path
    for _ in range(_DECODED_TIMES):
        path = unquote(path)
    return ".." in path.replace("\\", "/").split("/")


def _first_step(source: str) -> str:
    return urlsplit(source).path.strip("/").partition("/")[0]


def _local_path(uri: str) -> str:
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return os.path.realpath(unquote(parts.path))
    return "" if len(parts.scheme) > 1 else os.path.realpath(uri)


def _served_path(uri: str) -> str:
    """Return a URI without the host of `mlflow-artifacts://host/path`: that is this server, however it is called."""
    parts = urlsplit(uri)
    if parts.scheme == "mlflow-artifacts":
        return f"mlflow-artifacts:{parts.path}"
    return uri if parts.scheme in _SERVED else ""


def _is_inside(path: str, folder: str) -> bool:
    return bool(folder) and (path == folder or path.startswith(folder.rstrip("/") + "/"))


def _refused(source: str, advice: str) -> InvalidParameter:
    return InvalidParameter(f"Invalid model version source: {source[:200]!r}: {advice}.")
