"""The client's methods on artifacts: files and folders that belong to a run."""

from __future__ import annotations

import io
import json
import os
import sys
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from mlflow.api.runs import GetRun
from mlflow.client.base import ClientBase, text
from mlflow.entities import FileInfo
from mlflow.exceptions import InvalidParameter
from mlflow.store.registry import store_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow.artifacts.base import ArtifactRepository

_CHUNK = 1024 * 1024
_BAR_FROM_BYTES = 16 * 1024 * 1024  # below this a transfer is over before anybody has read a progress bar


class ArtifactMethods(ClientBase):
    """Log, list and download artifacts."""

    def log_artifact(self, run_id: str, local_path: str, artifact_path: str | None = None) -> None:
        """Copy a local file, or a folder under its own name, to a run.

        Args:
            run_id: which run.
            local_path: the file or folder.
            artifact_path: folder among the run's artifacts to put it into; their root when left out.

        Raises:
            FileNotFoundError: there is no such local file.
        """
        local = os.fspath(local_path)
        repository = self._repository(run_id)
        if os.path.isfile(local) and os.path.getsize(local) < _BAR_FROM_BYTES:
            repository.log_artifact(local, artifact_path)
            return
        from mlflow.artifacts.progress import progress_bar

        with progress_bar("Uploading artifacts") as progress:
            repository.log_artifact(local, artifact_path, progress)

    def log_artifacts(self, run_id: str, local_dir: str, artifact_path: str | None = None) -> None:
        """Copy what is in a local folder to a run.

        Args:
            run_id: which run.
            local_dir: the folder.
            artifact_path: folder among the run's artifacts to put its content into; their root when left out.
        """
        from mlflow.artifacts.progress import progress_bar

        with progress_bar("Uploading artifacts") as progress:
            self._repository(run_id).log_artifacts(os.fspath(local_dir), artifact_path, progress)

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        """Write a text, as UTF-8, to the artifact `artifact_file`."""
        if not isinstance(text, str):
            raise TypeError(f"`text` must be a string, not {type(text).__name__}")
        self._write(run_id, text.encode(), artifact_file)

    def log_dict(self, run_id: str, dictionary: dict[str, Any], artifact_file: str) -> None:
        """Write a dict or list to an artifact: YAML if the name ends in `.yml` or `.yaml`, else JSON.

        What JSON does not know is written as its text.
        """
        if os.path.splitext(artifact_file)[1] in (".yml", ".yaml"):
            import yaml

            content = yaml.dump(dictionary, default_flow_style=False)
        else:
            content = json.dumps(dictionary, indent=2, default=str)
        self._write(run_id, content.encode(), artifact_file)

    def log_figure(
        self, run_id: str, figure: Any, artifact_file: str, *, save_kwargs: dict[str, Any] | None = None
    ) -> None:
        """Draw a matplotlib or plotly figure to an artifact; its file extension chooses the format.

        Args:
            run_id: which run.
            figure: `matplotlib.figure.Figure` or `plotly.graph_objects.Figure`.
            artifact_file: for example `plots/loss.png`; plotly also writes `.html`.
            save_kwargs: passed on to the figure's own method of saving.

        Raises:
            TypeError: it is no such figure.
        """
        self._write(run_id, _draw(figure, artifact_file, save_kwargs or {}), artifact_file)

    def log_stream(self, run_id: str, stream: io.BufferedIOBase | io.RawIOBase, artifact_file: str) -> None:
        """Copy an open binary stream to an artifact, from where it stands to its end, in constant memory."""
        self._repository(run_id).upload_stream(_pieces(stream), artifact_file)

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[FileInfo]:
        """Return one folder of a run's artifacts; empty for a file or a missing path."""
        return self._repository(run_id).list_artifacts(path)

    def download_artifacts(self, run_id: str, path: str, dst_path: str | None = None) -> str:
        """Copy an artifact, or a whole folder of them, to the local disk.

        Args:
            run_id: which run.
            path: artifact or folder; "" is all of them.
            dst_path: folder to copy to, made when missing. When left out, a new temporary folder, or no copy at all
                where the artifacts are on the local disk already.

        Returns:
            Absolute path of the local file or folder.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST the run has no such artifact.
        """
        from mlflow.artifacts.progress import progress_bar

        with progress_bar("Downloading artifacts") as progress:
            target = None if dst_path is None else os.fspath(dst_path)
            return self._repository(run_id).download_artifacts(path, target, progress)

    def _write(self, run_id: str, content: bytes, artifact_file: str) -> None:
        self._repository(run_id).upload_stream([content], os.fspath(artifact_file))

    def _repository(self, run_id: str) -> ArtifactRepository:
        return _repository_of(self._tracking_uri, text("run_id", run_id), os.getpid())


# Where a run keeps its artifacts never changes, so it is asked once.
@lru_cache(maxsize=256)
def _repository_of(tracking_uri: str, run_id: str, pid: int) -> ArtifactRepository:
    from mlflow.artifacts.registry import repository_for

    store = store_for(tracking_uri)
    uri = store.call(GetRun(run_id=run_id)).run.info.artifact_uri
    if not uri:
        raise InvalidParameter(f"Run {run_id} has no place for artifacts.")
    # Artifacts behind the tracking server itself travel on the connections that the Calls use.
    transport = getattr(store, "http", None) if uri.startswith("mlflow-artifacts:/") and "://" not in uri else None
    return repository_for(uri, tracking_uri=tracking_uri, transport=transport)


def _pieces(stream: io.BufferedIOBase | io.RawIOBase) -> Iterator[bytes]:
    while piece := stream.read(_CHUNK):
        if isinstance(piece, str):
            raise TypeError("`stream` must be open in binary mode, not text mode")
        yield piece


def _draw(figure: Any, artifact_file: str, options: dict[str, Any]) -> bytes:
    """Return the figure's file content; its library is loaded already, or it could not be a figure of it."""
    extension = PurePosixPath(artifact_file).suffix.lstrip(".").lower()
    matplotlib, plotly = sys.modules.get("matplotlib.figure"), sys.modules.get("plotly.basedatatypes")
    if matplotlib is not None and isinstance(figure, matplotlib.Figure):
        buffer = io.BytesIO()
        figure.savefig(buffer, **{"format": extension or None, **options})
        return buffer.getvalue()
    if plotly is not None and isinstance(figure, plotly.BaseFigure):
        if extension in ("html", "htm"):
            page: str = figure.to_html(**{"include_plotlyjs": "cdn", **options})
            return page.encode()
        if extension not in ("png", "jpeg", "jpg", "webp", "svg", "pdf"):
            raise TypeError(
                f"Unsupported file extension for plotly figure: '{extension}'. Use html, png, jpeg, webp, svg or pdf."
            )
        image: bytes = figure.to_image(**{"format": extension, **options})
        return image
    raise TypeError(f"Unsupported figure object type: '{type(figure)}'")
