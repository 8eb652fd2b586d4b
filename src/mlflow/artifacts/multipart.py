"""Uploads in parts to a local folder, several at once and each tried again on its own.

An upload is a folder `<root>/.headrace-staging/mpu-<id>` that holds `upload.json` and the parts, each named after its
number and digest; so any process of the server can take any part, and it survives a restart. Forgotten ones are swept
as all staged files are.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from mlflow.artifacts.local import LocalArtifactRepository
from mlflow.artifacts.paths import STAGING, clean_path, join
from mlflow.artifacts.rooted import errors_about
from mlflow.artifacts.staging import StagedFile
from mlflow.artifacts.transfer import copy_bytes
from mlflow.exceptions import InvalidParameter, NotFound

MOST_PARTS = 10_000
LARGEST_PART = 5 * 1024**3  # bytes; both as S3 has them, so that clients need no other rule for us

_UPLOAD_ID = re.compile(r"[0-9a-f]{64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Part(msgspec.Struct):
    """A part as the client names it: its number from 1, and the etag it got when it sent the part."""

    part_number: int
    etag: str
    url: str = ""


class MultipartUploads:
    """The uploads in parts to one repository. Shared between threads and processes."""

    def __init__(self, repository: LocalArtifactRepository) -> None:
        self._repository = repository
        self._folder = repository.folder

    def create(self, path: str, number_of_parts: int) -> str:
        """Begin an upload and return its id, which is also what allows to send parts: it cannot be guessed.

        Raises:
            InvalidParameter: the path may not be used, or there are too many parts.
        """
        path = clean_path(path)
        if not path:
            raise InvalidParameter("Invalid path: an artifact needs a name")
        if not 1 <= number_of_parts <= MOST_PARTS:
            raise InvalidParameter(f"num_parts is {number_of_parts}; 1 to {MOST_PARTS} parts are possible")
        upload_id = secrets.token_hex(32)
        with StagedFile(self._folder, join(_folder_of(upload_id), "upload.json")) as staged:
            staged.write(json.dumps({"path": path, "parts": number_of_parts}).encode())
        return upload_id

    def part(self, upload_id: str, number: int, size: int | None) -> StagedFile:
        """Begin to take a part; `finish_part` ends it.

        Raises:
            NotFound: there is no such upload, or it has ended.
            InvalidParameter: the upload has no such part, or it is too large.
        """
        path, number_of_parts = self._read(upload_id)
        if not 1 <= number <= number_of_parts:
            raise InvalidParameter(f"Part {number} was not announced; the upload has parts 1 to {number_of_parts}")
        if size is not None:
            check_part_size(size)
            self._repository.check_room(path, size)
        return StagedFile(self._folder, join(_folder_of(upload_id), str(number)), make_folders=False)

    def finish_part(self, staged: StagedFile, sha256: str) -> str:
        """Keep a part whose bytes have this digest, and return its etag."""
        staged.path += f"-{sha256}"
        try:
            staged.commit()
        except NotFound:
            raise _unknown_upload() from None
        return f'"{sha256}"'

    def complete(self, upload_id: str, path: str, parts: Sequence[Part]) -> None:
        """Put the parts together at `path`; the artifact appears whole. Doing it again changes nothing.

        Raises:
            NotFound: there is no such upload.
            InvalidParameter: `path` is another one than at the beginning, or `parts` are not the announced ones.
        """
        begun_for, number_of_parts = self._read(upload_id, ended=True)
        if clean_path(path) != begun_for:
            raise InvalidParameter(f"This upload was begun for '{begun_for}', not for '{path}'")
        if number_of_parts == 0:
            return
        ordered = sorted(parts, key=lambda part: part.part_number)
        if [part.part_number for part in ordered] != list(range(1, number_of_parts + 1)):
            raise InvalidParameter(f"`parts` must name each of the parts 1 to {number_of_parts} once")
        names = [_name_of(part) for part in ordered]
        with self._repository.create(begun_for, self._size_of(upload_id, names)) as whole:
            self._append(upload_id, names, whole)
        # A client that did not hear the answer asks again, so a note stays until the sweep.
        with StagedFile(self._folder, join(_folder_of(upload_id), "upload.json")) as staged:
            staged.write(json.dumps({"path": begun_for, "parts": 0}).encode())
        self._remove(upload_id, keep_note=True)

    def abort(self, upload_id: str, path: str) -> None:
        """Forget an upload and its parts; an unknown one is fine.

        Raises:
            InvalidParameter: `path` is another one than at the beginning.
        """
        with suppress(NotFound):
            begun_for, _ = self._read(upload_id)
            if clean_path(path) != begun_for:
                raise InvalidParameter(f"This upload was begun for '{begun_for}', not for '{path}'")
            self._remove(upload_id, keep_note=False)

    def _read(self, upload_id: str, *, ended: bool = False) -> tuple[str, int]:
        """Return the path and the number of parts, which is 0 when the upload has ended (refused unless `ended`)."""
        if not _UPLOAD_ID.fullmatch(upload_id):
            raise _unknown_upload()
        try:
            with (
                self._folder.folder(_folder_of(upload_id)) as place,
                open(place.open("upload.json", os.O_RDONLY), "rb") as file,
            ):
                note = json.loads(file.read())
        except FileNotFoundError:
            raise _unknown_upload() from None
        if note["parts"] == 0 and not ended:
            raise _unknown_upload()
        return note["path"], note["parts"]

    def _size_of(self, upload_id: str, names: list[str]) -> int:
        with self._folder.folder(_folder_of(upload_id)) as place:
            for name in names:
                if not place.kind(name):
                    raise InvalidParameter(
                        f"Part {name.partition('-')[0]} was not received with this etag. Send it again, then complete"
                    )
            return sum(os.stat(place.at(name), dir_fd=place.fd, follow_symlinks=False).st_size for name in names)

    def _append(self, upload_id: str, names: list[str], whole: StagedFile) -> None:
        with errors_about(whole.path), self._folder.folder(_folder_of(upload_id)) as place:
            for name in names:
                part = place.open(name, os.O_RDONLY)
                try:
                    copy_bytes(part, whole.fd)
                finally:
                    os.close(part)

    def _remove(self, upload_id: str, *, keep_note: bool) -> None:
        with suppress(OSError), self._folder.folder(_folder_of(upload_id)) as place:
            for name in os.listdir(place.here):
                if not (keep_note and name == "upload.json"):
                    os.unlink(place.at(name), dir_fd=place.fd)
        if not keep_note:
            with suppress(OSError), self._folder.folder(STAGING) as staging:
                os.rmdir(staging.at(f"mpu-{upload_id}"), dir_fd=staging.fd)


def check_part_size(size: int) -> None:
    """Raise InvalidParameter when a part of `size` bytes is too large."""
    if size > LARGEST_PART:
        raise InvalidParameter(
            f"The part has {size} bytes, at most {LARGEST_PART} are possible. Send more, smaller ones"
        )


def _folder_of(upload_id: str) -> str:
    return f"{STAGING}/mpu-{upload_id}"


def _name_of(part: Part) -> str:
    digest = part.etag.strip('"')
    if not _SHA256.fullmatch(digest):
        raise InvalidParameter(f"The etag of part {part.part_number} is not one that this server gave")
    return f"{part.part_number}-{digest}"


def _unknown_upload() -> NotFound:
    return NotFound("There is no such upload: it was completed, aborted or forgotten for a day. Begin a new one")
