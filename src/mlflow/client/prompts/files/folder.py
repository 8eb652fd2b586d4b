"""The folder of prompt files: `team/support/greeting` is `team/support/greeting.prompt.md` in it.

No prompt's name leads out of it, links within are not followed, and a file is there whole or not at all.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from mlflow.api.names import check_free_alias, check_prompt_name
from mlflow.artifacts.rooted import Place, RootedFolder
from mlflow.client.prompts.files import document
from mlflow.entities.prompt_version import PromptVersion
from mlflow.exceptions import Conflict, InvalidParameter, InvalidPrompt, MlflowException

SUFFIX = ".prompt.md"
SIZE_LIMIT = 4 * 1024**2
"""Bytes of a file: the longest template in any script, and room for what stands above it."""

_DOT = "%2E"


class PromptFile(NamedTuple):
    """A file that could be read. `path` is below the folder, with `/`; `text` is as it stood there."""

    path: str
    text: str
    prompt: PromptVersion


class Trouble(NamedTuple):
    """A file that could not be read, and why."""

    path: str
    reason: str


def path_of(name: str) -> str:
    """Return the path of a prompt's file. A dot in front is written as `%2E`: nothing may get into `.git`.

    Raises:
        InvalidParameter: no prompt can have that name, so it may not name a file either.
    """
    check_prompt_name(name)
    parts = [_DOT + part[1:] if part.startswith(".") else part for part in name.split("/")]
    return "/".join(parts) + SUFFIX


def name_of(path: str) -> str:
    """Return the name of the prompt whose file has this path."""
    return "/".join(
        "." + part.removeprefix(_DOT) if part.startswith(_DOT) else part
        for part in path.removesuffix(SUFFIX).split("/")
    )


class Folder:
    """A folder of prompt files.

    Args:
        path: of the folder; it may be a link itself.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._root = RootedFolder(path)

    def read(self) -> tuple[list[PromptFile], list[Trouble]]:
        """Return all prompt files, by path, and those that cannot be read.

        Folders that begin with a dot are left out, as are links to folders.

        Raises:
            InvalidParameter: there is no such folder.
        """
        if not os.path.isdir(self._root.root):
            raise InvalidParameter(f"There is no folder '{self.path}'.")
        found: dict[str, PromptFile] = {}
        troubles: list[Trouble] = []
        for path in sorted(self._paths()):
            try:
                file = self._read(path)
                other = found.setdefault(file.prompt.name, file)
                if other is not file:
                    raise InvalidPrompt(f"it is the prompt '{file.prompt.name}', and so is '{other.path}'")
            except OSError as error:
                troubles.append(Trouble(_shown(path), error.strerror or str(error)))
            except MlflowException as error:
                troubles.append(Trouble(_shown(path), error.message))
        return list(found.values()), troubles

    def write(self, path: str, text: str, instead_of: str | None) -> None:
        """Write a file.

        Args:
            path: below the folder; folders that are missing are made.
            text: the whole file.
            instead_of: the file as it was read; None when there was none.

        Raises:
            Conflict: somebody changed the file since it was read.
            InvalidParameter: a step on the way is a link.
            OSError: it cannot be written.
        """
        folder, _, name = path.rpartition("/")
        with self._root.folder(folder, create=True) as place:
            there = _content(place, name) if place.kind(name) else None
            if there != (None if instead_of is None else instead_of.encode()):
                raise Conflict(f"'{path}' was changed while this ran. Run it again.")
            _replace(place, name, text.encode())

    def _paths(self) -> Iterator[str]:
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            with self._root.folder(folder) as place, os.scandir(place.here) as entries:
                for entry in entries:
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    if entry.name.endswith(SUFFIX) and not entry.is_dir(follow_symlinks=False):
                        yield path
                    elif entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                        waiting.append(path)

    def _read(self, path: str) -> PromptFile:
        folder, _, name = path.rpartition("/")
        with self._root.folder(folder) as place:
            data = _content(place, name)
        if len(data) > SIZE_LIMIT:
            raise InvalidPrompt(f"it is larger than {SIZE_LIMIT} bytes")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InvalidPrompt(f"it is no UTF-8 text: {error.reason} at byte {error.start}") from None
        prompt = document.read(text, name_of(path))
        check_prompt_name(prompt.name)
        for alias in prompt.aliases:
            check_free_alias(alias)
        return PromptFile(path, text, prompt)


def _content(place: Place, name: str) -> bytes:
    with os.fdopen(place.open(name, os.O_RDONLY), "rb") as file:
        return file.read(SIZE_LIMIT + 1)


def _replace(place: Place, name: str, data: bytes) -> None:
    aside = f".{uuid.uuid4().hex}.new"
    try:
        with os.fdopen(place.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
            file.write(data)
        os.replace(place.at(aside), place.at(name), src_dir_fd=place.fd, dst_dir_fd=place.fd)
    except BaseException:
        with suppress(OSError):
            os.unlink(place.at(aside), dir_fd=place.fd)
        raise


def _shown(path: str) -> str:
    return path.encode(errors="replace").decode()  # a name may be no text at all
