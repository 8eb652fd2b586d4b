"""Files that are not there yet: written aside on the same file system, then renamed into place."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
import uuid
from contextlib import suppress

from mlflow.artifacts.base import ArtifactWriter
from mlflow.artifacts.paths import STAGING, split
from mlflow.artifacts.rooted import Place, RootedFolder, errors_about
from mlflow.artifacts.transfer import write_all
from mlflow.exceptions import InternalError

FORGOTTEN_AFTER = 24 * 3600  # seconds without a write, after which nobody will finish a staged file
_SWEEP_EVERY = 3600  # seconds

_WRITE_BACK_BYTES = 8 * 1024 * 1024
_WINDOW_BYTES = 32 * 1024 * 1024

_ATTEMPTS = 100  # others make and remove the same folders; each attempt fails only if they are quicker once more

_last_sweep: dict[str, float] = {}


class StagedFile(ArtifactWriter):
    """A file below `<root>/.headrace-staging` that `commit` moves to `path`.

    Args:
        folder: the root that holds both.
        path: clean path of the artifact to be; may be changed until `commit`.
        make_folders: whether `commit` makes the folders of `path` that are missing.
    """

    def __init__(self, folder: RootedFolder, path: str, *, make_folders: bool = True) -> None:
        self.path = path
        self.size = 0
        self._on_its_way = 0  # bytes at the start that the kernel is writing to disk, or has written
        self._folder = folder
        self._make_folders = make_folders
        self._name = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._exists = False
        self._fd: int | None = None
        sweep_now_and_then(folder)
        with errors_about(path):
            self._fd = self._begin()
        self._exists = True

    def _begin(self) -> int:
        for _ in range(_ATTEMPTS):
            with suppress(FileNotFoundError), self._folder.folder(STAGING, create=True) as staging:
                return staging.open(self._name, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        raise InternalError(f"{STAGING} in {self._folder.root} is removed again and again by somebody else")

    @property
    def fd(self) -> int:
        """File descriptor to write to directly; then it is the caller who sees to errors."""
        if self._fd is None:
            raise InternalError(f"The upload of '{self.path}' has ended already")
        return self._fd

    def write(self, data: bytes) -> None:
        """Append bytes, and raise StorageFull when they do not fit."""
        with self._lock, errors_about(self.path):
            write_all(self.fd, data)
            self.size += len(data)
            if self.size - self._on_its_way >= _WRITE_BACK_BYTES:
                self._write_back()

    def _write_back(self) -> None:
        """Have the kernel write this file to disk while it grows, and hold no more than a window of it in memory.

        Told that pages are not needed, Linux begins to write those that are not on disk yet and lets go of those that
        are. So `commit` waits for little, and a model of many gigabytes pushes nothing else out of memory.
        """
        if hasattr(os, "posix_fadvise"):
            start = max(0, self._on_its_way - _WINDOW_BYTES)
            os.posix_fadvise(self.fd, start, self.size - start, os.POSIX_FADV_DONTNEED)
        self._on_its_way = self.size

    def commit(self) -> None:
        """Make the bytes durable, then the file visible, then its name durable."""
        with self._lock, errors_about(self.path):
            os.fsync(self.fd)
            self._close()
            self._move()
            self._exists = False
            remove_if_empty(self._folder)

    def _move(self) -> None:
        folder, name = split(self.path)
        for attempt in range(_ATTEMPTS):
            try:
                with (
                    self._folder.folder(STAGING) as staging,
                    self._folder.folder(folder, create=self._make_folders) as place,
                ):
                    os.replace(staging.at(self._name), place.at(name), src_dir_fd=staging.fd, dst_dir_fd=place.fd)
                    place.sync()
                    return
            except FileNotFoundError:  # somebody deleted the folder in between
                if not self._make_folders or attempt == _ATTEMPTS - 1:
                    raise
            except OSError as error:
                if error.errno == errno.EXDEV:
                    raise InternalError(
                        f"'{folder}' lies on another file system than the artifact root {self._folder.root}, "
                        "so files cannot appear there whole. Mount one file system for both."
                    ) from error
                raise

    def discard(self) -> None:
        """Remove the staged file, unless it was committed."""
        with self._lock:
            self._close()
            if not self._exists:
                return
            self._exists = False
            with suppress(OSError), self._folder.folder(STAGING) as staging:
                os.unlink(staging.at(self._name), dir_fd=staging.fd)
            remove_if_empty(self._folder)

    def _close(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    def __del__(self) -> None:
        self.discard()


def remove_if_empty(folder: RootedFolder) -> None:
    """Leave no empty staging folder behind in what may be a user's own folder."""
    if folder.keeps_staging:
        return
    with suppress(OSError), folder.folder() as root:
        os.rmdir(root.at(STAGING), dir_fd=root.fd)


def delete_at_once(folder: RootedFolder, place: Place, name: str) -> None:
    """Delete the folder `name` in `place`: it vanishes in one step, its files after that.

    Raises:
        OSError: it could not be moved aside or deleted.
    """
    aside = f"deleted-{uuid.uuid4().hex}"
    for _ in range(_ATTEMPTS):
        with suppress(FileNotFoundError), folder.folder(STAGING, create=True) as staging:
            os.rename(place.at(name), staging.at(aside), src_dir_fd=place.fd, dst_dir_fd=staging.fd)
            place.sync()
            shutil.rmtree(staging.at(aside), dir_fd=staging.fd)
            break
        if place.kind(name) == 0:  # else it was the staging folder that vanished
            break
    remove_if_empty(folder)


def sweep_now_and_then(folder: RootedFolder) -> None:
    """Remove what crashed uploads left behind more than a day ago; looks at most once an hour."""
    now = time.monotonic()
    if now - _last_sweep.get(folder.root, -_SWEEP_EVERY) < _SWEEP_EVERY:
        return
    _last_sweep[folder.root] = now
    with suppress(OSError):
        sweep(folder)


def sweep(folder: RootedFolder, older_than: float = FORGOTTEN_AFTER) -> None:
    """Remove everything staged that nobody has written to for `older_than` seconds."""
    oldest = time.time() - older_than
    with folder.folder(STAGING) as staging:
        for name in os.listdir(staging.here):
            with suppress(OSError):
                if os.stat(staging.at(name), dir_fd=staging.fd, follow_symlinks=False).st_mtime > oldest:
                    continue
                try:
                    os.unlink(staging.at(name), dir_fd=staging.fd)
                except (IsADirectoryError, PermissionError):  # macOS and Windows say the latter
                    shutil.rmtree(staging.at(name), dir_fd=staging.fd)
