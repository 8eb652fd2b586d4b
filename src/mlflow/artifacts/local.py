"""Artifacts in a local folder."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from mlflow.artifacts.base import ArtifactReader, ArtifactRepository
from mlflow.artifacts.paths import STAGING, clean_path, join, split
from mlflow.artifacts.progress import SILENT, Meter, Progress
from mlflow.artifacts.rooted import ArtifactNotFound, IsAFolder, RootedFolder, errors_about
from mlflow.artifacts.staging import StagedFile, delete_at_once
from mlflow.artifacts.transfer import appearing, copy_bytes
from mlflow.entities import FileInfo
from mlflow.exceptions import InvalidParameter, StorageFull

_KEEP_FREE = 1024 * 1024  # bytes; the file system needs a little for itself


def local_path_of(uri: str) -> str:
    """Return the path that a `file:` URI, or a plain path, stands for.

    Raises:
        InvalidParameter: the URI names another host.
    """
    if not uri.lower().startswith("file:"):
        return uri
    parts = urlsplit(uri)
    if parts.netloc not in ("", "localhost") and os.name != "nt":
        raise InvalidParameter(f"{uri} names the host {parts.netloc}; only files of this machine can be used")
    path = parts.path + (f"#{parts.fragment}" if parts.fragment else "")  # a `#` in a path is seldom quoted
    if os.name == "nt":
        return url2pathname(f"//{parts.netloc}{path}" if parts.netloc else path)
    return unquote(path)


class LocalArtifactRepository(ArtifactRepository):
    """A folder, given as a path or a `file:` URI. It need not exist before the first artifact is logged."""

    def __init__(self, artifact_uri: str) -> None:
        super().__init__(artifact_uri)
        self.folder = RootedFolder(local_path_of(artifact_uri))

    @property
    def root(self) -> str:
        """Absolute path of the folder."""
        return self.folder.root

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        """List one level; links, pipes and devices are not artifacts and do not show."""
        path = clean_path(path)
        found: list[FileInfo] = []
        try:
            with (
                self.folder.folder(path) as place,
                os.scandir(place.fd if place.fd is not None else place.prefix) as all_,
            ):
                for entry in all_:
                    if entry.name == STAGING:
                        continue
                    with suppress(FileNotFoundError):  # deleted meanwhile
                        status = entry.stat(follow_symlinks=False)
                        if stat.S_ISDIR(status.st_mode):
                            found.append(FileInfo(join(path, entry.name), True))
                        elif stat.S_ISREG(status.st_mode):
                            found.append(FileInfo(join(path, entry.name), False, status.st_size))
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(found, key=lambda info: info.path)

    def open(self, path: str) -> ArtifactReader:
        """Open a file, without following a link anywhere on its way below the root."""
        folder, name = split(clean_path(path))
        if not name:
            raise IsAFolder("")
        with errors_about(path), self.folder.folder(folder) as place:
            return LocalReader(place.open(name, os.O_RDONLY))

    def create(self, path: str, size: int | None = None) -> StagedFile:
        """Begin a file aside."""
        clean = clean_path(path)
        if not clean:
            raise InvalidParameter("Invalid path: an artifact needs a name")
        if size is not None:
            self.check_room(path, size)
        return StagedFile(self.folder, clean)

    def check_room(self, path: str, size: int) -> None:
        """Raise StorageFull when `size` more bytes do not fit."""
        try:
            free = shutil.disk_usage(self.root).free
        except OSError:  # not there yet
            return
        if size and size + _KEEP_FREE > free:
            raise StorageFull(
                f"'{path}' has {size} bytes, but only {free} are free where the artifacts are kept. "
                "Free space there, then try again"
            )

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Delete a file or folder; a folder vanishes at once, whoever lists it meanwhile."""
        path = clean_path(artifact_path)
        if not path:
            with errors_about(self.root), suppress(FileNotFoundError):
                shutil.rmtree(self.root)
            return
        folder, name = split(path)
        with errors_about(path), suppress(FileNotFoundError, NotADirectoryError), self.folder.folder(folder) as place:
            if place.kind(name) != stat.S_IFDIR:
                os.unlink(place.at(name), dir_fd=place.fd)
                place.sync()
                return
            delete_at_once(self.folder, place, name)

    def upload(self, local_file: str, path: str, meter: Meter = SILENT) -> None:
        """Copy a local file to `path`, inside the kernel where it can."""
        size = os.path.getsize(local_file)
        with open(local_file, "rb", buffering=0) as source, self.create(path, size) as staged, errors_about(path):
            copy_bytes(source.fileno(), staged.fd, meter)

    def download_file(self, path: str, local_file: str, meter: Meter = SILENT) -> None:
        """Copy the file at `path` to `local_file`, inside the kernel where it can."""
        folder, name = split(clean_path(path))
        if not name:
            raise IsAFolder("")
        with errors_about(path), self.folder.folder(folder) as place:
            source = place.open(name, os.O_RDONLY)
        try:
            with appearing(local_file) as target:
                copy_bytes(source, target.fileno(), meter)
        finally:
            os.close(source)

    def download_artifacts(
        self, artifact_path: str | None = None, dst_path: str | None = None, progress: Progress | None = None
    ) -> str:
        """Copy to `dst_path`; without one, return where the artifact lies already."""
        if dst_path is not None:
            return super().download_artifacts(artifact_path, dst_path, progress)
        path = clean_path(artifact_path)
        folder, name = split(path)
        local = os.path.join(self.root, *path.split("/")) if path else self.root
        with errors_about(path), self.folder.folder(folder) as place:
            kind = place.kind(name) if name else stat.S_IFDIR
            if kind not in (stat.S_IFREG, stat.S_IFDIR):
                raise ArtifactNotFound(path)
        return local

    def keep_empty_folder(self, path: str) -> None:
        """Make an empty folder."""
        with errors_about(path), self.folder.folder(clean_path(path), create=True):
            pass


class LocalReader(ArtifactReader):
    """Reads an open file.

    Args:
        fd: file descriptor, which this object closes.
    """

    def __init__(self, fd: int) -> None:
        self._file = os.fdopen(fd, "rb", buffering=0)
        status = os.fstat(fd)
        self.size: int = status.st_size
        self.modified_at = status.st_mtime
        # A file is never written to in place, so these three change whenever the content does.
        self.etag = f"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"

    def read(self, count: int = -1) -> bytes:
        """Return the next bytes."""
        return self._file.read(count) or b""

    def seek(self, offset: int) -> None:
        """Continue at `offset`."""
        self._file.seek(offset)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
