"""Which repository keeps the artifacts of a URI."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from mlflow.artifacts.paths import clean_path
from mlflow.exceptions import InvalidParameter, MlflowNotImplementedException

if TYPE_CHECKING:
    from mlflow.artifacts.base import ArtifactRepository
    from mlflow.artifacts.transport import Transport

ENTRY_POINTS = "mlflow.artifact_repository"
"""Group in which packages offer repositories for further schemes: name = scheme, value = a class taking the URI."""

_OBJECT_STORES = {
    "s3": "Amazon S3",
    "r2": "Cloudflare R2",
    "b2": "Backblaze B2",
    "gs": "Google Cloud Storage",
    "wasbs": "Azure Blob Storage",
    "abfss": "Azure Data Lake",
    "hdfs": "HDFS",
    "viewfs": "HDFS",
    "dbfs": "Databricks",
    "ftp": "FTP",
    "sftp": "SFTP",
}

ArtifactUriOfRun = Callable[[str], str]


def repository_for(
    uri: str,
    *,
    tracking_uri: str | None = None,
    transport: Transport | None = None,
    artifact_uri_of_run: ArtifactUriOfRun | None = None,
) -> ArtifactRepository:
    """Return the repository whose root is `uri`.

    Args:
        uri: a path, `file:…`, `mlflow-artifacts:…`, `http(s)://…/api/2.0/mlflow-artifacts/artifacts/…`,
            `runs:/<run id>/<path>`, or the URI of a scheme that an installed package offers.
        tracking_uri: the tracking server, for the URIs that go through it.
        transport: sends the requests to it.
        artifact_uri_of_run: tells where a run keeps its artifacts; needed for `runs:/`.

    Raises:
        MlflowNotImplementedException: nothing that is installed knows the scheme.
        InvalidParameter: the URI is incomplete.
    """
    scheme = scheme_of(uri)
    if scheme in ("", "file"):
        from mlflow.artifacts.local import LocalArtifactRepository

        return LocalArtifactRepository(uri)
    if scheme in ("mlflow-artifacts", "http", "https"):
        from mlflow.artifacts.proxied import ProxiedArtifactRepository

        return ProxiedArtifactRepository(uri, tracking_uri, transport)
    if scheme == "runs":
        run_id, path = split_runs_uri(uri)
        if artifact_uri_of_run is None:
            raise InvalidParameter(f"{uri} names a run, and there is no tracking server or database to ask for it")
        root = artifact_uri_of_run(run_id)
        return repository_for(below(root, path), tracking_uri=tracking_uri, transport=transport)
    return _from_a_package(uri, scheme)


def scheme_of(uri: str) -> str:
    """Return the scheme of a URI in lower case; empty for a path, also for one with a drive letter."""
    scheme = urlsplit(uri).scheme.lower() if ":" in uri else ""
    return "" if len(scheme) == 1 and (os.name == "nt" or "://" not in uri) else scheme


def split_runs_uri(uri: str) -> tuple[str, str]:
    """Split `runs:/<run id>/<path>` into the run's id and the clean path, which may be empty.

    Raises:
        InvalidParameter: there is no run id, or the path may not be used.
    """
    rest = uri[len("runs:") :].lstrip("/")
    run_id, _, path = rest.partition("/")
    if not run_id:
        raise InvalidParameter(f"{uri!r} names no run. Write runs:/<run id>/<path of the artifact>")
    return run_id, clean_path(path)


def folder_and_name(uri: str) -> tuple[str, str]:
    """Split a URI into that of the folder above, and the clean name in it; the name of a root is empty.

    A local path may lead through links: it is the caller's own, and only what is below it must not leave it.

    Raises:
        InvalidParameter: the name may not be used.
    """
    if scheme_of(uri) in ("", "file"):
        from mlflow.artifacts.local import local_path_of

        folder, name = os.path.split(os.path.realpath(local_path_of(uri)))
        return folder, clean_path(name)
    parts = urlsplit(uri)
    path, _, name = parts.path.rstrip("/").rpartition("/")
    return (parts._replace(path=path or "/").geturl(), clean_path(unquote(name))) if name else (uri, "")


def below(uri: str, path: str) -> str:
    """Return the URI of what is at the clean path `path` under `uri`; a query (as of `wasbs`) stays at the end."""
    if not path:
        return uri
    if scheme_of(uri) == "":
        return os.path.join(uri, *path.split("/"))
    parts = urlsplit(uri)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{quote(path)}").geturl()


def _from_a_package(uri: str, scheme: str) -> ArtifactRepository:
    from importlib.metadata import entry_points

    for entry_point in entry_points(group=ENTRY_POINTS, name=scheme):
        repository: ArtifactRepository = entry_point.load()(uri)
        return repository
    if scheme in _OBJECT_STORES:
        raise MlflowNotImplementedException(
            f"{uri}: artifacts on {_OBJECT_STORES[scheme]} are not yet supported, and no installed package adds them.\n"
            "Let a server keep them: start `mlflow server --artifacts-destination <folder>` and log through it"
        )
    raise MlflowNotImplementedException(
        f"{uri}: nothing that is installed keeps artifacts under '{scheme}:'. Known are paths, file:, runs:, "
        f"mlflow-artifacts:, http(s): and what packages offer as entry points of '{ENTRY_POINTS}'"
    )
