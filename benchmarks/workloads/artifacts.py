"""Bytes through the server: one large file and many small ones, up and down."""

from __future__ import annotations

import os
import random
import socket
import time
from collections.abc import Iterator

from benchmarks.bench import Bench, expect
from benchmarks.load import RequestFailed, Session, drive, request_bytes, split_reply
from benchmarks.peers import FASTTRACKML
from benchmarks.workloads.base import Measure, Values, Workload

_PATH = "/api/2.0/mlflow-artifacts/artifacts/bench"
_SMALL_CONNECTIONS = 4
_PIECE = 1 << 20


def large_file(bench: Bench) -> Values:
    """One file, written by the server to its disk and read back; compared byte for byte outside the clock."""
    size = bench.settings.large_file_bytes
    data = random.Random(1).randbytes(_PIECE) * (size // _PIECE)
    up = _timed(bench.port, _head("PUT", bench.port, "large.bin", size), memoryview(data), 0)[0]
    os.sync()  # what is still on its way to the disk is not the reading's fault
    down, reply = _timed(bench.port, _head("GET", bench.port, "large.bin", 0), memoryview(b""), size)
    expect(reply == data, "the bytes that were sent")
    return {"artifact-up": size / 1e6 / up, "artifact-down": size / 1e6 / down}


def _head(method: str, port: int, name: str, length: int) -> bytes:
    kind = "application/octet-stream"
    head = request_bytes(method, port, f"{_PATH}/{name}", b"", kind)
    return head.replace(b"Content-Length: 0", b"Content-Length: %d" % length)


def _timed(port: int, head: bytes, data: memoryview, reply_bytes: int) -> tuple[float, bytes]:
    """Send a request, receive the whole reply; returns the seconds taken and the body.

    Raises:
        RequestFailed: the status was not 200, or the connection ended early.
    """
    # Chunks and headers need some room more than the body itself; chunks may be small.
    buffer = memoryview(bytearray(reply_bytes + reply_bytes // 8 + (1 << 16)))
    filled = 0
    started = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=300) as connection:
        connection.sendall(head)
        connection.sendall(data)
        while not _complete(buffer, filled, reply_bytes):
            got = connection.recv_into(buffer[filled : filled + _PIECE])
            if not got:
                raise RequestFailed(f"the server closed the connection after {filled} bytes")
            filled += got
    taken = time.perf_counter() - started
    body = split_reply(bytes(buffer[:filled]))
    if body is None:
        raise RequestFailed("the reply was cut")
    return taken, body


def _complete(buffer: memoryview, filled: int, reply_bytes: int) -> bool:
    """Whether a reply is all there, looking only at its beginning and its end."""
    beginning = bytes(buffer[: min(filled, 4096)])
    if b"\r\n\r\n" not in beginning:
        return False
    if beginning[9:12] != b"200":
        return split_reply(beginning) is not None
    if b"transfer-encoding: chunked" in beginning.lower():
        return filled > reply_bytes and bytes(buffer[filled - 5 : filled]) == b"0\r\n\r\n"
    return filled >= beginning.find(b"\r\n\r\n") + 4 + reply_bytes


def small_files(bench: Bench) -> Values:
    """Many files of 10 kB over 4 connections: all up, then all down."""
    count = bench.settings.small_files
    data = random.Random(2).randbytes(bench.settings.small_file_bytes)
    _each(bench.port, "PUT", "warm", 8, data)
    up = _each(bench.port, "PUT", "small", count, data)
    down = _each(bench.port, "GET", "small", count, data)
    return {"files-up": count / up, "files-down": count / down}


def _each(port: int, method: str, prefix: str, count: int, data: bytes) -> float:
    """Send or fetch files of the same content; returns the seconds taken."""
    sent = data if method == "PUT" else b""
    names = iter([f"{_PATH}/{prefix}/{number % 20}/{number}.bin" for number in range(count)])
    requests = (request_bytes(method, port, name, sent, "application/octet-stream") for name in names)
    expected = data if method == "GET" else None
    return drive(port, [lambda: _one_by_one(requests, expected)] * _SMALL_CONNECTIONS, None).seconds


def _one_by_one(requests: Iterator[bytes], expected: bytes | None) -> Session:
    for request in requests:
        body = yield request
        expect(expected is None or body == expected, "the bytes that were sent")


WORKLOADS = (
    Workload(
        "artifact-large",
        (
            Measure("artifact-up", "256 MB artifact up", "MB/s", against_mlflow=3),
            Measure("artifact-down", "256 MB artifact down", "MB/s", against_mlflow=3),
        ),
        on_server=large_file,
        lacking=frozenset({FASTTRACKML}),
    ),
    Workload(
        "artifact-small",
        (
            Measure("files-up", "200 artifacts of 10 kB up", "files/s", against_mlflow=3),
            Measure("files-down", "200 artifacts of 10 kB down", "files/s", against_mlflow=3),
        ),
        on_server=small_files,
        lacking=frozenset({FASTTRACKML}),
    ),
)
