"""A folder that nothing inside it can lead out of.

Every name on the way is opened relative to the folder before it and symbolic links are refused, so a link that
somebody puts in place between a check and its use changes nothing. The root itself is the operator's choice and may
be a link.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from mlflow.artifacts.paths import STAGING
from mlflow.exceptions import InternalError, InvalidParameter, MlflowException, NotFound, StorageFull

# Windows has neither. There every step is checked with lstat instead, which leaves a moment between check and use.
_HAS_FOLDER_HANDLES = os.open in os.supports_dir_fd and hasattr(os, "O_DIRECTORY") and hasattr(os, "O_NOFOLLOW")
_FOLDER_FLAGS = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # opening a pipe somebody left there must not hang
_BINARY = getattr(os, "O_BINARY", 0)

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)


class IsAFolder(InvalidParameter):
    """A file was asked for, and the path is a folder."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"Artifact path refers to a directory, not a file: '{path}'. List it, or name a file in it")


class ArtifactNotFound(NotFound):
    """There is no artifact at this path."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"No such artifact: '{path}'")


class Place(NamedTuple):
    """An open folder. `at(name)` and `fd` go together into the functions of `os`."""

    fd: int | None
    prefix: str

    @property
    def here(self) -> int | str:
        """Return what `os.scandir` and `os.listdir` take for this folder."""
        return self.prefix if self.fd is None else self.fd

    def at(self, name: str) -> str:
        """Return what names `name` in this folder."""
        return name if self.fd is not None else os.path.join(self.prefix, name)

    def kind(self, name: str) -> int:
        """Return the file type bits of `name` itself (`stat.S_IFMT`); 0 when there is nothing."""
        try:
            return stat.S_IFMT(os.stat(self.at(name), dir_fd=self.fd, follow_symlinks=False).st_mode)
        except FileNotFoundError:
            return 0

    def open(self, name: str, flags: int, mode: int = 0o666) -> int:
        """Open a regular file in this folder, never through a link.

        Raises:
            IsADirectoryError: it is a folder.
            FileNotFoundError: nothing is there.
            InvalidParameter: it is a link, a pipe or a device.
        """
        if not _HAS_FOLDER_HANDLES and stat.S_ISLNK(self.kind(name)):
            raise _no_regular_file(name)
        try:
            fd = os.open(self.at(name), flags | _NO_FOLLOW | _NO_WAIT | _BINARY, mode, dir_fd=self.fd)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO):
                raise _no_regular_file(name) from error
            raise
        kind = os.fstat(fd).st_mode
        if stat.S_ISREG(kind):
            return fd
        os.close(fd)
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
        raise _no_regular_file(name)

    def sync(self) -> None:
        """Make the names in this folder durable."""
        if self.fd is not None:
            os.fsync(self.fd)


class RootedFolder:
    """The folder `root` and what is below it. Paths are clean ones (see `clean_path`). Shared between threads."""

    keeps_staging = False
    """True where a server's uploads follow each other: the staging folder then stays while nothing is in it."""

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)

    @contextmanager
    def folder(self, path: str = "", *, create: bool = False) -> Iterator[Place]:
        """Open the folder at `path`; with `create` it and those above it are made when missing, durably.

        Raises:
            FileNotFoundError: there is no such folder.
            NotADirectoryError: a step on the way is a file.
            InvalidParameter: a step on the way is a symbolic link.
        """
        names = path.split("/") if path else []
        if create and not os.path.isdir(self.root):
            os.makedirs(self.root, exist_ok=True)
        if not _HAS_FOLDER_HANDLES:
            yield _walk_by_path(self.root, names, create)
            return
        fd = os.open(self.root, _FOLDER_FLAGS)
        try:
            for name in names:
                deeper = _step(fd, name, create)
                os.close(fd)
                fd = deeper
            yield Place(fd, "")
        finally:
            os.close(fd)


def _step(fd: int, name: str, create: bool) -> int:
    flags = _FOLDER_FLAGS | _NO_FOLLOW
    try:
        return os.open(name, flags, dir_fd=fd)
    except FileNotFoundError:
        if not create:
            raise
    except NotADirectoryError as error:
        if stat.S_ISLNK(Place(fd, "").kind(name)):
            raise _link_on_the_way(name) from error
        raise
    with suppress(FileExistsError):  # somebody else was quicker
        os.mkdir(name, dir_fd=fd)
        if name != STAGING:  # that one may be lost in a crash
            os.fsync(fd)
    return os.open(name, flags, dir_fd=fd)


def _walk_by_path(root: str, names: list[str], create: bool) -> Place:
    here = root
    for name in names:
        place = Place(None, here)
        if stat.S_ISLNK(place.kind(name)):
            raise _link_on_the_way(name)
        here = place.at(name)
        if create and not os.path.isdir(here):
            os.makedirs(here, exist_ok=True)
    if not os.path.isdir(here):
        missing = not os.path.lexists(here)
        code = errno.ENOENT if missing else errno.ENOTDIR
        raise OSError(code, os.strerror(code), here)
    return Place(None, here)


def _link_on_the_way(name: str) -> InvalidParameter:
    return InvalidParameter(f"Invalid path: {name!r} is a symbolic link; links are never followed here")


def _no_regular_file(name: str) -> InvalidParameter:
    return InvalidParameter(f"Invalid path: {name!r} is a symbolic link, pipe or device, not a file")


@contextmanager
def errors_about(path: str) -> Iterator[None]:
    """Turn what the file system says about the artifact at `path` into errors of ours."""
    try:
        yield
    except OSError as error:
        raise explain(error, path) from error


def explain(error: OSError, path: str) -> MlflowException:
    """Return the error of ours that says what the file system said about the artifact at `path`."""
    if isinstance(error, FileNotFoundError):
        return ArtifactNotFound(path)
    if isinstance(error, IsADirectoryError):
        return IsAFolder(path)
    if isinstance(error, NotADirectoryError):
        return InvalidParameter(f"Invalid path: a step of '{path}' is a file, so nothing can be below it")
    if error.errno == errno.ENAMETOOLONG:
        return InvalidParameter(f"Invalid path: '{path[:80]}…' is longer than the file system takes")
    if error.errno in _FULL:
        return StorageFull(
            f"No room is left to store '{path}'. Free space where the artifacts are kept, then try again"
        )
    return InternalError(f"'{path}' could not be read or written: {error.strerror or error}")
