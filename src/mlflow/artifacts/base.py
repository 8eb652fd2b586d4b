"""What every place that keeps artifacts promises."""

from __future__ import annotations

import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mlflow.artifacts.paths import clean_path, join, split
from mlflow.artifacts.progress import SILENT, Meter, Progress
from mlflow.artifacts.rooted import ArtifactNotFound, IsAFolder
from mlflow.exceptions import NotFound

if TYPE_CHECKING:
    from mlflow.entities import FileInfo

CHUNK = 1024 * 1024
"""Bytes that are handled at a time; what a transfer needs of memory is a small multiple of it."""


class ArtifactReader(ABC):
    """An artifact that is open for reading. Used by one thread at a time; close it, or use it in `with`.

    Attributes:
        size: bytes of the whole file; None when the other side does not say.
        etag: changes whenever the content does, without quotes; None when unknown.
        modified_at: seconds since the Unix epoch; None when unknown.
    """

    size: int | None = None
    etag: str | None = None
    modified_at: float | None = None

    @abstractmethod
    def read(self, count: int = -1) -> bytes:
        """Return the next bytes, at most `count` (-1: all that is left); empty at the end."""

    @abstractmethod
    def seek(self, offset: int) -> None:
        """Continue at `offset`, bytes from the start.

        Raises:
            MlflowNotImplementedException: this reader can only go forward.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the file; may be called again."""

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read(CHUNK):
            yield chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class ArtifactWriter(ABC):
    """An artifact that is on its way in. Nobody sees it before `commit`; without it, nothing was ever there.

    Shared between threads: a `discard` waits for a `write` that is under way, and a later `write` is refused.
    """

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Append bytes.

        Raises:
            StorageFull: no room is left.
        """

    @abstractmethod
    def commit(self) -> None:
        """Make the artifact visible, whole and durable; it replaces one that was there."""

    @abstractmethod
    def discard(self) -> None:
        """Remove what was written; does nothing after `commit` or `discard`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self.discard()


class ArtifactRepository(ABC):
    """A tree of files under one URI. Shared between threads.

    Paths are relative to the root, with `/` between names, and are checked by `clean_path`; None or "" is the root.
    A file becomes visible whole or not at all, and replaces one of the same path. There are no empty folders, other
    than where the place itself has them.
    """

    def __init__(self, artifact_uri: str) -> None:
        self.artifact_uri = artifact_uri

    @abstractmethod
    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        """List one level, sorted; the paths in it are relative to the root. Empty for a file or a missing path."""

    @abstractmethod
    def open(self, path: str) -> ArtifactReader:
        """Open a file for reading.

        Raises:
            ArtifactNotFound: nothing is there.
            IsAFolder: it is a folder.
            InvalidParameter: the path may not be used.
        """

    @abstractmethod
    def create(self, path: str, size: int | None = None) -> ArtifactWriter:
        """Begin a file.

        Args:
            path: where it will be.
            size: bytes that will come, if known; lets a full disk be noticed before they are sent.

        Raises:
            InvalidParameter: the path may not be used.
            StorageFull: `size` bytes do not fit.
        """

    @abstractmethod
    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Delete a file, or a folder with all that is in it; a missing path is fine. None deletes everything."""

    def upload(self, local_file: str, path: str, meter: Meter = SILENT) -> None:
        """Copy a local file to `path`."""
        with open(local_file, "rb", buffering=0) as source, self.create(path, os.path.getsize(local_file)) as writer:
            while chunk := source.read(CHUNK):
                writer.write(chunk)
                meter.advance(len(chunk))

    def upload_stream(self, chunks: Iterable[bytes], path: str) -> None:
        """Write what `chunks` yields to `path`."""
        with self.create(path) as writer:
            for chunk in chunks:
                writer.write(chunk)

    def download_file(self, path: str, local_file: str, meter: Meter = SILENT) -> None:
        """Copy the file at `path` to `local_file`, which appears when it is complete; its folder must exist.

        Raises:
            ArtifactNotFound, IsAFolder: as `open`.
        """
        from mlflow.artifacts.transfer import appearing

        with self.open(path) as reader, appearing(local_file) as target:
            for chunk in reader:
                target.write(chunk)
                meter.advance(len(chunk))

    def log_artifact(self, local_file: str, artifact_path: str | None = None, progress: Progress | None = None) -> None:
        """Copy a local file, or a folder under its own name, into the folder `artifact_path`.

        Raises:
            FileNotFoundError: there is no such local file.
            InvalidParameter: the path may not be used.
        """
        name = os.path.basename(os.path.abspath(local_file))
        path = join(clean_path(artifact_path), name)
        if os.path.isdir(local_file):
            self.log_artifacts(local_file, path, progress)
        else:
            self.upload(local_file, path, Meter(progress, os.path.getsize(local_file)))

    def log_artifacts(self, local_dir: str, artifact_path: str | None = None, progress: Progress | None = None) -> None:
        """Copy what is in a local folder into the folder `artifact_path`; several files at once, each whole.

        When one fails the others that are under way are finished, no new one is begun, and the error is raised.

        Raises:
            NotADirectoryError: `local_dir` is no folder.
        """
        from mlflow.artifacts.transfer import upload_folder

        upload_folder(self, local_dir, clean_path(artifact_path), progress)

    def download_artifacts(
        self, artifact_path: str | None = None, dst_path: str | None = None, progress: Progress | None = None
    ) -> str:
        """Copy a file or folder to the local disk and return where it is now.

        Args:
            artifact_path: what to copy; None or "" everything.
            dst_path: local folder, made when missing; the copy is in it under the artifact's own last name. None means
                a new temporary folder, or no copy at all where the artifact is a local file anyway.
            progress: told about bytes as they arrive.

        Returns:
            Absolute path of the file or folder.

        Raises:
            NotFound: nothing is there.
        """
        from mlflow.artifacts.transfer import download_folder

        path = clean_path(artifact_path)
        target_dir = os.path.abspath(dst_path) if dst_path else tempfile.mkdtemp(prefix="mlflow-artifacts-")
        os.makedirs(target_dir, exist_ok=True)
        local = os.path.join(target_dir, split(path)[1]) if path else target_dir
        if not path or (listing := self.list_artifacts(path)):
            download_folder(self, path, self.list_artifacts(path) if not path else listing, local, progress)
            return local
        try:
            self.download_file(path, local, Meter(progress, 0))
        except IsAFolder:  # an empty one
            os.makedirs(local, exist_ok=True)
        except ArtifactNotFound as error:
            raise NotFound(
                f"Failed to download artifacts from path '{path}': there is none in {self.artifact_uri}. "
                "List the artifacts to see their paths."
            ) from error
        return local

    def keep_empty_folder(self, path: str) -> None:  # noqa: B027
        """Make an empty folder, where the place knows such a thing."""
