"""Where bytes live: files and folders logged by runs, read from anywhere.

The functions here are for users; `mlflow.artifacts.base` is the contract of the places that keep artifacts.
"""

from __future__ import annotations

import json
import os
import tempfile
from typing import TYPE_CHECKING, Any

from mlflow.exceptions import BadRequest, InvalidParameter

if TYPE_CHECKING:
    from PIL.Image import Image

    from mlflow.artifacts.base import ArtifactRepository
    from mlflow.entities import FileInfo

__all__ = ["download_artifacts", "list_artifacts", "load_dict", "load_image", "load_text"]


def download_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    dst_path: str | None = None,
    tracking_uri: str | None = None,
    registry_uri: str | None = None,
) -> str:
    """Copy an artifact file or folder to the local disk.

    Args:
        artifact_uri: what to copy, such as `runs:/<run id>/model` or a path; give this or `run_id`.
        run_id: the run whose artifacts to copy.
        artifact_path: path among the run's artifacts; all of them when left out. Only together with `run_id`.
        dst_path: local folder, made when missing. When left out a temporary folder is made, or nothing is copied at
            all because the artifacts are local files already.
        tracking_uri: tracking server or database to ask; the current one when left out.
        registry_uri: model registry to ask for `models:/` URIs; the current one when left out.

    Returns:
        Absolute path of the file or folder on the local disk.

    Raises:
        InvalidParameter: not exactly one of `artifact_uri` and `run_id`, or the path may not be used.
        NotFound: there is no such run or artifact.
    """
    from mlflow.artifacts.progress import progress_bar

    repository, path = _locate(artifact_uri, run_id, artifact_path, tracking_uri)
    with progress_bar("Downloading artifacts") as progress:
        return repository.download_artifacts(path, dst_path, progress)


def list_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    tracking_uri: str | None = None,
) -> list[FileInfo]:
    """List one level of a folder of artifacts; a file and a missing folder give an empty list.

    Args:
        artifact_uri: the folder, such as `runs:/<run id>/model` or a path; give this or `run_id`.
        run_id: the run whose artifacts to list.
        artifact_path: path among the run's artifacts. Only together with `run_id`.
        tracking_uri: tracking server or database to ask; the current one when left out.

    Returns:
        The entries; paths are relative to the run's artifacts, or to the folder above `artifact_uri`.

    Raises:
        InvalidParameter: not exactly one of `artifact_uri` and `run_id`, or the path may not be used.
        RunNotFound: there is no such run.
    """
    repository, path = _locate(artifact_uri, run_id, artifact_path, tracking_uri)
    return repository.list_artifacts(path)


def load_text(artifact_uri: str) -> str:
    """Return the content of a text file (UTF-8).

    Raises:
        BadRequest: it is not UTF-8.
        NotFound: there is no such artifact.
    """
    content = _load(artifact_uri)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"Unable to read {artifact_uri} as text: it is not UTF-8") from error


def load_dict(artifact_uri: str) -> dict[str, Any]:
    """Return the content of a JSON file.

    Raises:
        BadRequest: it is not JSON.
        NotFound: there is no such artifact.
    """
    try:
        content: dict[str, Any] = json.loads(_load(artifact_uri))
    except ValueError as error:
        raise BadRequest(f"Unable to form a JSON object from the content of {artifact_uri}: {error}") from error
    return content


def load_image(artifact_uri: str) -> Image:
    """Return an image file as a `PIL.Image.Image`; needs Pillow.

    Raises:
        BadRequest: it is not an image that Pillow knows.
        NotFound: there is no such artifact.
    """
    import io

    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(io.BytesIO(_load(artifact_uri)))
        image.load()
    except (UnidentifiedImageError, OSError) as error:
        raise BadRequest(f"Unable to form a PIL Image object from the content of {artifact_uri}") from error
    return image


def _load(artifact_uri: str) -> bytes:
    # Downloaded and not streamed, so that a transfer that breaks goes on instead of failing.
    with tempfile.TemporaryDirectory(prefix="mlflow-artifacts-") as folder:
        repository, path = _locate(artifact_uri, None, None, None)
        local = os.path.join(folder, "content")
        repository.download_file(path, local)
        with open(local, "rb") as file:
            return file.read()


def _locate(
    artifact_uri: str | None, run_id: str | None, artifact_path: str | None, tracking_uri: str | None
) -> tuple[ArtifactRepository, str]:
    """Return the repository, and the path in it, that the arguments of the functions above mean."""
    from mlflow.artifacts.paths import clean_path
    from mlflow.artifacts.registry import folder_and_name, repository_for, scheme_of, split_runs_uri

    if (artifact_uri is None) == (run_id is None):
        raise InvalidParameter("Exactly one of `run_id` or `artifact_uri` must be specified")
    if artifact_uri is not None:
        if artifact_path is not None:
            raise InvalidParameter("`artifact_path` cannot be specified if `artifact_uri` is specified")
        if scheme_of(artifact_uri) != "runs":
            # The folder above is the root, so that a file can be named as well.
            folder, name = folder_and_name(artifact_uri)
            return repository_for(folder, tracking_uri=_tracking_uri(tracking_uri)), name
        run_id, artifact_path = split_runs_uri(artifact_uri)
    path = clean_path(artifact_path)
    root = _artifact_uri_of_run(str(run_id), tracking_uri)
    return repository_for(root, tracking_uri=_tracking_uri(tracking_uri)), path


def _tracking_uri(tracking_uri: str | None) -> str:
    if tracking_uri is not None:
        return tracking_uri
    from mlflow.tracking import get_tracking_uri

    return get_tracking_uri()


def _artifact_uri_of_run(run_id: str, tracking_uri: str | None) -> str:
    from mlflow.client import MlflowClient

    return str(MlflowClient(tracking_uri=tracking_uri).get_run(run_id).info.artifact_uri)
