"""Moving bytes: between two files, and whole folders several files at a time."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from mlflow.artifacts.paths import clean_path, join, split
from mlflow.artifacts.progress import SILENT, Meter, Progress
from mlflow.exceptions import InternalError

if TYPE_CHECKING:
    from mlflow.artifacts.base import ArtifactRepository
    from mlflow.entities import FileInfo

FILES_AT_ONCE = 8
_WAITING_AT_MOST = 4 * FILES_AT_ONCE  # so that a folder of a million files does not become a million futures

_KERNEL_STEP = 64 * 1024 * 1024  # bytes per system call; small enough for progress to be seen
_PLAIN_STEP = 1024 * 1024
_CANNOT = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF, errno.EPERM, errno.ENOTSOCK)


def copy_bytes(source: int, target: int, meter: Meter = SILENT) -> int:
    """Copy the rest of one open file behind the other's position, inside the kernel where it can.

    Args:
        source: file descriptor, read from its position to its end.
        target: file descriptor, written at its position.
        meter: told as bytes are copied.

    Returns:
        The number of bytes copied.

    Raises:
        OSError: reading or writing failed; how far it came shows in the positions.
    """
    copied = 0
    for step in _kernel_copies(source, target):
        try:
            while count := step():
                copied += count
                meter.advance(count)
            if copied:  # files of /proc look empty to the kernel's copy; only a plain read tells
                return copied
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
    while chunk := os.read(source, _PLAIN_STEP):
        write_all(target, chunk)
        copied += len(chunk)
        meter.advance(len(chunk))
    return copied


def _kernel_copies(source: int, target: int) -> Iterator[Callable[[], int]]:
    if hasattr(os, "copy_file_range"):  # Linux; shares the blocks on btrfs and XFS
        yield lambda: os.copy_file_range(source, target, _KERNEL_STEP)
    if hasattr(os, "sendfile"):
        position = os.lseek(source, 0, os.SEEK_CUR)

        def send() -> int:
            nonlocal position
            count = os.sendfile(target, source, position, _KERNEL_STEP)
            position = os.lseek(source, position + count, os.SEEK_SET)
            return count

        yield send


def write_all(target: int, data: bytes) -> None:
    """Write every byte; a single `write` may take fewer.

    Raises:
        OSError: as `os.write`.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(target, rest) :]


@contextmanager
def appearing(local_file: str) -> Iterator[BinaryIO]:
    """Give a file to write to, which appears as `local_file` when the block ends well, and else never."""
    folder, name = os.path.split(os.path.abspath(local_file))
    part = os.path.join(folder, f".{name[:200]}.{uuid.uuid4().hex}.part")
    try:
        with open(part, "xb") as file:
            yield file
        os.replace(part, local_file)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part)


def upload_folder(repository: ArtifactRepository, local_dir: str, path: str, progress: Progress | None) -> None:
    """Copy what is in `local_dir` to the folder `path`; links to files and folders are followed.

    Raises:
        NotADirectoryError: `local_dir` is no folder.
    """
    if not os.path.isdir(local_dir):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), local_dir)
    meter = Meter(progress)

    def jobs() -> Iterator[Callable[[], None]]:
        for folder, names in _walk(local_dir):
            relative = os.path.relpath(folder, local_dir).replace(os.sep, "/")
            # The names are the user's own: each is checked as part of its path when it is uploaded.
            below = path if relative == "." else join(path, relative)
            if not names and below:
                repository.keep_empty_folder(below)
            for name in names:
                local = os.path.join(folder, name)
                meter.expect(os.path.getsize(local))
                yield partial(repository.upload, local, join(below, name), meter)

    run_some_at_once(jobs())


def _walk(local_dir: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each folder with the names of its files; [] only where there is nothing at all in it."""
    seen: set[tuple[int, int]] = set()  # a link may lead back up
    for folder, folders, files in os.walk(local_dir, followlinks=True):
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in seen and status.st_ino:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        if files or not folders:
            yield folder, files


def download_folder(
    repository: ArtifactRepository, path: str, listing: list[FileInfo], local_dir: str, progress: Progress | None
) -> None:
    """Copy the folder `path`, whose first level is `listing`, to `local_dir`."""
    meter = Meter(progress)

    def jobs() -> Iterator[Callable[[], None]]:
        folders = [(path, listing, local_dir)]
        while folders:
            folder, entries, local = folders.pop()
            os.makedirs(local, exist_ok=True)
            for entry in entries:
                # A server that answers `../x` must not write there.
                inside, name = split(clean_path(entry.path))
                if inside != folder or not name:
                    raise InternalError(f"The listing of '{folder}' names '{entry.path}', which is not in that folder")
                target = os.path.join(local, name)
                if entry.is_dir:
                    folders.append((entry.path, repository.list_artifacts(entry.path), target))
                    continue
                meter.expect(entry.file_size or 0)
                yield partial(repository.download_file, entry.path, target, meter)

    run_some_at_once(jobs())


def run_some_at_once(jobs: Iterable[Callable[[], None]]) -> None:
    """Run jobs on a few threads; the first error stops new ones, is raised when the running ones have ended."""
    running: set[Future[None]] = set()
    with ThreadPoolExecutor(FILES_AT_ONCE, thread_name_prefix="artifact-transfer") as pool:
        try:
            for job in jobs:
                running.add(pool.submit(job))
                if len(running) >= _WAITING_AT_MOST:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
            for future in running:
                future.result()
        except BaseException:
            for future in running:
                future.cancel()
            raise
