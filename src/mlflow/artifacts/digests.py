"""SHA-256 digests as HTTP writes them (RFC 9530)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import IO

from mlflow.artifacts.progress import SILENT, Meter

WANTED = "Want-Repr-Digest"
WHOLE = "Repr-Digest"
SENT = "Content-Digest"
WANTS_SHA256 = "sha-256=10"

_SHA256 = re.compile(r"(?:^|[,\s])sha-256=:([A-Za-z0-9+/=]+):")


def digest_field(digest: bytes) -> str:
    """Return the header value that carries a SHA-256 digest."""
    return f"sha-256=:{base64.b64encode(digest).decode()}:"


def parse_digest(field: str | None) -> bytes | None:
    """Return the SHA-256 digest in a header value; None when there is none."""
    found = _SHA256.search(field or "")
    try:
        return base64.b64decode(found[1], validate=True) if found else None
    except binascii.Error:
        return None


def digest_of(source: IO[bytes], size: int) -> bytes:
    """Return the SHA-256 digest of the first `size` bytes of an open file."""
    body = HashingBody(source, 0, size)
    while body.read(1024 * 1024):
        pass
    return body.digest()


class HashingBody:
    """A slice of an open file as a request body: knows its digest after it was read. May be read again from the start.

    Args:
        source: open file; only this object reads it.
        start: first byte.
        size: bytes from there; what is appended to the file meanwhile is not sent.
        meter: told as bytes are read.
        hashing: False where nobody will compare.
    """

    def __init__(
        self, source: IO[bytes], start: int, size: int, meter: Meter = SILENT, *, hashing: bool = True
    ) -> None:
        self._source = source
        self._start = start
        self._size = size
        self._meter = meter
        self._hashing = hashing
        self._sent = 0
        self._hash = hashlib.sha256()
        source.seek(start)

    def __len__(self) -> int:
        return self._size

    def read(self, count: int = -1) -> bytes:
        """Return the next bytes."""
        left = self._size - self._sent
        data = self._source.read(left if count < 0 else min(count, left))
        self._sent += len(data)
        if self._hashing:
            self._hash.update(data)
        self._meter.advance(len(data))
        return data

    def tell(self) -> int:
        """Return how many bytes were read."""
        return self._sent

    def seek(self, position: int, whence: int = 0) -> int:
        """Start again; any other place is refused."""
        if position or whence:
            raise OSError("an upload can only be sent again from its start")
        self._meter.advance(-self._sent)
        self._source.seek(self._start)
        self._sent = 0
        self._hash = hashlib.sha256()
        return 0

    def digest(self) -> bytes:
        """Return the SHA-256 digest of what was read."""
        return self._hash.digest()
