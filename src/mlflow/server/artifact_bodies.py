"""Bytes between a request and an artifact: in constant memory, and never on the event loop."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import re
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mlflow.artifacts.base import ArtifactReader, ArtifactWriter
from mlflow.exceptions import BadRequest, InternalError

BATCH: Final = 2 * 1024 * 1024
"""Bytes that are collected before a thread writes them, and read at a time; two such are held per transfer."""

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.ASCII | re.IGNORECASE)

# What MLflow shows as text, beyond what the extension says (observed on 3.17.2).
_TEXT = {"cfg", "conf", "csv", "ini", "ipynb", "js", "json", "log", "md", "mlmodel", "mlproject", "properties", "py"}
_TEXT |= {"rst", "text", "toml", "tsv", "txt", "xml", "yaml", "yml"}
# Without the machine's own files, so that every server says the same.
_TYPES = mimetypes.MimeTypes()
_TYPES.add_type("image/webp", ".webp")

_SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # What somebody uploaded runs no script, even where a browser shows it in spite of Content-Disposition.
    "Content-Security-Policy": "sandbox; default-src 'none'",
}


async def receive_into(
    request: Request, writer: ArtifactWriter, threads: Executor, *, hashing: bool, at_most: Callable[[int], None]
) -> bytes:
    """Write a request's body to `writer`, without ending it.

    While a thread writes one batch the next is received; so the disk and the network work at the same time.

    Args:
        request: its body is consumed.
        writer: takes the bytes.
        threads: where they are written.
        hashing: whether the digest is wanted.
        at_most: called with the bytes so far; raises when they are too many.

    Returns:
        The SHA-256 digest of the body; of nothing when `hashing` is false.

    Raises:
        starlette.requests.ClientDisconnect: the client went away.
        BadRequest: fewer or more bytes came than announced.
        StorageFull: they do not fit.
    """
    loop = asyncio.get_running_loop()
    digest = hashlib.sha256()
    received = 0
    chunks: list[bytes] = []
    waiting = 0
    writing: asyncio.Future[None] | None = None

    def write(pieces: list[bytes]) -> None:
        data = b"".join(pieces)
        if hashing:
            digest.update(data)
        writer.write(data)

    try:
        async for chunk in request.stream():
            received += len(chunk)
            at_most(received)
            chunks.append(chunk)
            waiting += len(chunk)
            if waiting >= BATCH:
                if writing is not None:
                    await writing
                writing = loop.run_in_executor(threads, write, chunks)
                chunks, waiting = [], 0
        if writing is not None:
            await writing
        if waiting:
            await loop.run_in_executor(threads, write, chunks)
    finally:
        if writing is not None and not writing.done():
            writing.add_done_callback(_forget)
    _check_announced(request, received)
    return digest.digest()


async def receive_small(request: Request, at_most: Callable[[int], None]) -> bytes:
    """Return a request's body, which announced no more than BATCH bytes.

    Raises:
        starlette.requests.ClientDisconnect: the client went away.
        BadRequest: fewer or more bytes came than announced.
    """
    parts = bytearray()
    async for chunk in request.stream():
        parts += chunk
        at_most(len(parts))
        if len(parts) > BATCH:
            break
    _check_announced(request, len(parts))
    return bytes(parts)


def _check_announced(request: Request, received: int) -> None:
    announced = announced_size(request)
    if announced is not None and announced != received:
        raise BadRequest(f"Content-Length announced {announced} bytes, {received} came. Send the file again")


def _forget(future: asyncio.Future[None]) -> None:
    """Look at the outcome of a write that nobody waits for any more, so that asyncio does not complain."""
    if not future.cancelled():
        future.exception()


def announced_size(request: Request) -> int | None:
    """Return the number in Content-Length; None for a body of unknown length.

    Raises:
        BadRequest: it is no number.
    """
    text = request.headers.get("content-length")
    if text is None:
        return None
    if not text.isdecimal():
        raise BadRequest(f"Content-Length is {text!r}, which is not a number of bytes")
    return int(text)


def content_type(name: str) -> str:
    """Return the media type that MLflow gives a file of this name."""
    extension = name.rpartition(".")[2].lower()
    if extension in _TEXT:
        return "text/plain"
    guessed, encoding = _TYPES.guess_type(name, strict=False)
    if encoding == "gzip":
        return "application/gzip"
    return "application/octet-stream" if encoding or guessed is None else guessed


def disposition(name: str) -> str:
    """Return the header that makes browsers save the file under its name."""
    plain = re.sub(r"[^ !#-\[\]-~]", "_", name)
    if plain == name:
        return f'attachment; filename="{name}"' if " " in name else f"attachment; filename={name}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


class FileAnswer(Response):
    """Sends an open artifact, or the part that was asked for, and closes it."""

    def __init__(self, request: Request, reader: ArtifactReader, first: bytes, name: str, threads: Executor) -> None:
        """Prepare the headers.

        Args:
            request: may ask for a range, or whether the file has changed.
            reader: open artifact; closed when all is sent.
            first: its first bytes, read already; all of it when fewer than BATCH.
            name: file name the browser is told.
            threads: where further bytes are read.
        """
        self._reader = reader
        self._first = first
        self._threads = threads
        self._start = 0
        self._stop = reader.size if reader.size is not None else None
        headers = {"Content-Disposition": disposition(name), **_SAFE_HEADERS}
        status = 200
        if reader.etag is not None:
            headers["ETag"] = f'"{reader.etag}"'
        if reader.size is not None:
            headers["Accept-Ranges"] = "bytes"
            status = self._choose(request, reader.size, headers)
            headers["Content-Length"] = str((self._stop or 0) - self._start)
        if status == 304:
            del headers["Content-Length"]
        super().__init__(status_code=status, headers=headers, media_type=None)
        self.headers["Content-Type"] = content_type(name)

    def _choose(self, request: Request, size: int, headers: dict[str, str]) -> int:
        """Set what is sent, and return the status."""
        etag = headers.get("ETag")
        known = request.headers.get("if-none-match")
        if (
            known
            and etag
            and (known.strip() == "*" or etag in [each.strip().removeprefix("W/") for each in known.split(",")])
        ):
            self._stop = 0
            return 304
        if request.headers.get("if-range", etag) != etag:  # the file has changed: all of it
            return 200
        wanted = range_of(request.headers.get("range"), size)
        if wanted is None:
            return 200
        self._start, self._stop = wanted
        if self._start >= self._stop:
            self._start = self._stop = 0
            headers["Content-Range"] = f"bytes */{size}"
            return 416
        headers["Content-Range"] = f"bytes {self._start}-{self._stop - 1}/{size}"
        return 206

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send headers and bytes; stops when the client goes away."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if scope["method"] == "HEAD" or self._start == self._stop:
                await send({"type": "http.response.body", "body": b""})
            elif self._stop is not None and self._stop <= len(self._first):
                await send({"type": "http.response.body", "body": self._first[self._start : self._stop]})
            else:
                await self._stream(receive, send)
        finally:
            self._reader.close()

    async def _stream(self, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(_disconnected(receive))
        loop = asyncio.get_running_loop()
        reading: asyncio.Future[bytes] | None = None
        try:
            reading = loop.run_in_executor(self._threads, self._begin)
            sent = self._start
            while reading is not None and not gone.done():
                chunk = await reading
                reading = None
                sent += len(chunk)
                if not chunk and self._stop is not None and sent < self._stop:
                    raise InternalError(f"The artifact became shorter while it was sent, at byte {sent}")
                more = bool(chunk) and sent != self._stop
                if more:  # read on while this goes out
                    reading = loop.run_in_executor(self._threads, self._next, sent)
                await send({"type": "http.response.body", "body": chunk, "more_body": more})
                if not more:
                    return
        finally:
            gone.cancel()
            if reading is not None:  # the file must not be closed under a thread that reads it
                await asyncio.wait([reading])

    def _begin(self) -> bytes:
        if self._start == 0 and self._first:
            return self._first
        self._reader.seek(self._start)
        return self._next(self._start)

    def _next(self, position: int) -> bytes:
        return self._reader.read(BATCH if self._stop is None else min(BATCH, self._stop - position))


async def _disconnected(receive: Receive) -> None:
    message: Any = await receive()
    while message["type"] != "http.disconnect":
        message = await receive()


def range_of(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the first byte and the one after the last that a Range header asks for.

    None means everything: no header, one that cannot be read, or several ranges, which nobody has to serve. Start is
    not before stop when nothing of the file is in the range.
    """
    found = _RANGE.fullmatch(header or "")
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        return (max(0, size - int(found[2])), size) if int(found[2]) else (size, size)
    start = int(found[1])
    stop = min(int(found[2]) + 1, size) if found[2] else size
    if found[2] and int(found[2]) < start:
        return None
    return start, stop
