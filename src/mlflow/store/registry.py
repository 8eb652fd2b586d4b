"""Which store answers for a tracking URI, and which URI is in force."""

from __future__ import annotations

import atexit
import os
import threading
from pathlib import Path
from urllib.parse import urlsplit

from mlflow.environment_variables import MLFLOW_REGISTRY_URI, MLFLOW_TRACKING_URI
from mlflow.exceptions import InvalidParameter
from mlflow.store.base import Store

DEFAULT_DATABASE = "mlflow.db"
DEFAULT_ARTIFACT_FOLDER = "mlruns"
_DATABASES = frozenset({"sqlite", "postgresql", "postgres"})

_tracking_uri: str | None = None
_registry_uri: str | None = None
_stores: dict[tuple[int, str], Store] = {}
_lock = threading.Lock()


def set_tracking_uri(uri: str | Path | None) -> None:
    """Choose where runs are read and written, for this process and the children it starts.

    Args:
        uri: `http(s)://…` of a server, `sqlite:///mlflow.db`, `postgresql://…`; None goes back to the default.
    """
    global _tracking_uri
    _tracking_uri = uri.absolute().as_uri() if isinstance(uri, Path) else (uri or None)
    if _tracking_uri is None:
        MLFLOW_TRACKING_URI.unset()
    else:
        MLFLOW_TRACKING_URI.set(_tracking_uri)


def get_tracking_uri() -> str:
    """Return the tracking URI: as set, else MLFLOW_TRACKING_URI, else `mlflow.db` in the current folder."""
    return _tracking_uri or MLFLOW_TRACKING_URI.get() or f"sqlite:///{Path(DEFAULT_DATABASE).absolute()}"


def is_tracking_uri_set() -> bool:
    """Tell whether a tracking URI was chosen, in code or in the environment."""
    return bool(_tracking_uri or MLFLOW_TRACKING_URI.get())


def set_registry_uri(uri: str | None) -> None:
    """Choose where models and prompts are registered; without it that is the tracking URI.

    Args:
        uri: as for `set_tracking_uri`; None goes back to the default.
    """
    global _registry_uri
    _registry_uri = uri or None


def get_registry_uri() -> str:
    """Return the registry URI: as set, else MLFLOW_REGISTRY_URI, else the tracking URI."""
    return _registry_uri or MLFLOW_REGISTRY_URI.get() or get_tracking_uri()


def is_http(uri: str) -> bool:
    """Tell whether a URI names a server."""
    return uri.lower().startswith(("http://", "https://"))


def store_for(uri: str) -> Store:
    """Return the store behind a URI: opened once in a process, closed when the process ends.

    Raises:
        InvalidParameter: no store speaks this kind of URI.
        InvalidUrlException: the URL of a server cannot be used.
    """
    if uri.startswith("sqlite:"):
        uri = _with_absolute_path(uri)
    key = (os.getpid(), uri)  # connections do not survive a fork: a child opens its own
    store = _stores.get(key)
    if store is None:
        with _lock:
            store = _stores.get(key)
            if store is None:
                store = _stores[key] = _open(uri)
    return store


def _open(uri: str) -> Store:
    if is_http(uri):
        from mlflow.store.rest import RestStore

        return RestStore(uri)
    scheme = urlsplit(uri).scheme.partition("+")[0]
    if scheme in _DATABASES:
        from mlflow.store.sql import SqlStore

        return SqlStore(uri, str(Path(DEFAULT_ARTIFACT_FOLDER).absolute()))
    raise _unknown(uri, scheme)


def _unknown(uri: str, scheme: str) -> InvalidParameter:
    if uri == "databricks" or scheme.startswith("databricks"):
        return InvalidParameter(
            f"The tracking URI {uri!r} names a Databricks workspace, which Headrace does not speak to. "
            "Use the https:// address of a tracking server instead."
        )
    if scheme in ("", "file") or (os.name == "nt" and len(scheme) == 1):
        return InvalidParameter(
            f"The tracking URI {uri!r} names a folder of files, which this version cannot read or write yet.\n\n"
            "hint: use a database file instead: mlflow.set_tracking_uri('sqlite:///mlflow.db')."
        )
    return InvalidParameter(
        f"The tracking URI {uri!r} is of no kind that is known. Use http(s)://host:port of a server, "
        "sqlite:///path/to/file.db or postgresql://user:password@host/database."
    )


def _with_absolute_path(uri: str) -> str:
    """Fix a relative SQLite path to the current folder, so that a later chdir does not change its meaning."""
    parts = urlsplit(uri)
    path = parts.path[1:]
    if not path or parts.netloc or path.startswith(("/", ":memory:", "file:")):
        return uri
    return f"{parts.scheme}:///{Path(path).absolute()}" + (f"?{parts.query}" if parts.query else "")


def close_stores() -> None:
    """Close every store of this process; the next use of one opens it anew."""
    for pid, uri in list(_stores):
        if pid == os.getpid():  # those of a parent process are not ours to close
            _stores.pop((pid, uri)).close()


# Exit handlers run last registered first: what flushes into a store is imported later, and so runs before this.
atexit.register(close_stores)
