"""A load generator that costs next to nothing, so that what is measured is the server.

One thread, one `epoll`, keep-alive HTTP/1.1 on plain sockets, request bytes made beforehand. It drives about 30,000
requests per second on one core; asyncio or a client library would be the slowest part of the measure.

What one connection does is a *session*: a generator that yields the bytes of a request and is sent the body of the
reply.

    def session() -> Session:
        created = yield post(port, "/api/2.0/mlflow/runs/create", {...})
        run_id = json.loads(created)["run"]["info"]["run_id"]
        ...
"""

from __future__ import annotations

import gc
import json
import select
import socket
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

Session = Generator[bytes, bytes, None]
SessionFactory = Callable[[], Session]

API = "/api/2.0/mlflow"
_HEAD_END = b"\r\n\r\n"
_RECEIVE_BYTES = 1 << 18
_ERRORS_BEFORE_GIVING_UP = 50


class RequestFailed(Exception):
    """A server answered with something other than 200, or hung up. The message carries the start of the reply."""


def request_bytes(
    method: str, port: int, path: str, body: bytes = b"", content_type: str = "application/json"
) -> bytes:
    """One HTTP/1.1 request, ready to be written to a socket."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def post(port: int, path: str, message: dict[str, Any]) -> bytes:
    """The request that posts `message` as JSON to an API path such as `/runs/create`."""
    return request_bytes("POST", port, API + path, json.dumps(message, separators=(",", ":")).encode())


def get(port: int, path: str) -> bytes:
    """The request that gets an API path such as `/runs/get?run_id=…`."""
    return request_bytes("GET", port, API + path)


def call(port: int, request: bytes, timeout_seconds: float = 300.0) -> bytes:
    """Send one request on a connection of its own and return the body of the reply.

    Raises:
        RequestFailed: the status was not 200.
        OSError: no connection, or no reply within `timeout_seconds`.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_seconds) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(request)
        received = bytearray()
        while (reply := split_reply(received)) is None:
            data = connection.recv(_RECEIVE_BYTES)
            if not data:
                raise RequestFailed("the server closed the connection before it had answered")
            received += data
    return reply


def split_reply(received: bytes | bytearray) -> bytes | None:
    """The body of the reply in `received`, or None while it is not all there.

    Raises:
        RequestFailed: the status was not 200.
    """
    head_end = received.find(_HEAD_END)
    if head_end < 0:
        return None
    head = received[:head_end].lower()
    start = head_end + 4
    mark = head.find(b"content-length:")
    if mark >= 0:
        line_end = head.find(b"\r", mark)
        length = int(head[mark + 15 : line_end if line_end >= 0 else len(head)])
        if len(received) < start + length:
            return None
        body = bytes(received[start : start + length])
    elif b"transfer-encoding: chunked" in head:
        joined = _join_chunks(received, start)
        if joined is None:
            return None
        body = joined
    else:
        raise RequestFailed(f"a reply with neither length nor chunks: {bytes(head[:200])!r}")
    if received[9:12] != b"200":
        raise RequestFailed(f"{bytes(received[9:12]).decode()}: {body[:300].decode(errors='replace')}")
    return body


def _join_chunks(received: bytes | bytearray, position: int) -> bytes | None:
    if not received.endswith(b"0\r\n\r\n"):  # cheap look before the walk over a long reply
        return None
    parts: list[bytes] = []
    while True:
        line_end = received.find(b"\r\n", position)
        if line_end < 0:
            return None
        size = int(received[position:line_end].split(b";")[0], 16)
        if size == 0:
            return b"".join(parts)
        position = line_end + 2
        if len(received) < position + size + 2:
            return None
        parts.append(bytes(received[position : position + size]))
        position += size + 2


@dataclass
class Load:
    """What a timed load did.

    `requests` were answered within `seconds`; `answered` counts every good reply, warm-up and stragglers too.
    """

    requests: int = 0
    seconds: float = 0.0
    answered: int = 0
    errors: int = 0
    first_error: str = ""
    latencies_seconds: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Requests answered per second."""
        return self.requests / self.seconds

    def latency_ms(self, percent: float) -> float:
        """The latency, in milliseconds, that `percent` of the requests stayed under."""
        ordered = sorted(self.latencies_seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class _Connection:
    __slots__ = ("factory", "received", "sent_at", "session", "socket")

    def __init__(self, port: int, factory: SessionFactory) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self.factory = factory
        self.session = factory()
        self.received = bytearray()  # the beginning of a reply that came in pieces
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        # Blocking, and yet it does not block: one request at a time fits the socket's buffer.
        self.socket.sendall(request)


@dataclass(frozen=True)
class Timing:
    """How long a load lasts: `seconds` after `warmup_seconds`, longer until `min_requests`, at most `max_seconds`."""

    seconds: float = 4.0
    warmup_seconds: float = 0.5
    min_requests: int = 12
    max_seconds: float = 20.0


def drive(port: int, factories: Sequence[SessionFactory], timing: Timing | None) -> Load:
    """Run one session per factory, each on its own connection, all at once.

    With a `timing`, sessions are endless and are stopped when the time is over; a failed request is counted and its
    session begun anew. Without one, sessions run to their own end and the first failed request is raised.

    Raises:
        RequestFailed: see above; or more than half of many requests failed.
    """
    connections = [_Connection(port, factory) for factory in factories]
    collecting = gc.isenabled()
    gc.disable()  # a pause of ours would be read as a pause of the server
    try:
        return _Driver(connections, timing).run()
    finally:
        if collecting:
            gc.enable()
        for connection in connections:
            connection.session.close()
            connection.socket.close()


class _Driver:
    """The loop of `drive`. The clock starts when the warm-up is over and every connection has been answered once."""

    def __init__(self, connections: list[_Connection], timing: Timing | None) -> None:
        self.timing = timing
        self.by_fd = {connection.socket.fileno(): connection for connection in connections}
        self.poll = select.epoll()
        self.waiting = len(connections)
        self.load = Load()
        self.count_from: float | None = None  # when the first request counted may have been answered
        self.warmed_up: set[_Connection] | None = set()
        self.stopping = False

    def run(self) -> Load:
        started = time.perf_counter()
        for fd, connection in self.by_fd.items():
            self.poll.register(fd, select.EPOLLIN)
            connection.send(next(connection.session))
        with self.poll:
            while self.waiting:
                events = self.poll.poll(120)
                if not events:
                    raise RequestFailed("no reply within 120 seconds")
                for fd, _ in events:
                    self._receive(self.by_fd[fd], started)
        if self.timing is None:
            self.load.requests, self.load.seconds = self.load.answered, time.perf_counter() - started
        return self.load

    def _receive(self, connection: _Connection, started: float) -> None:
        data = connection.socket.recv(_RECEIVE_BYTES)
        if not data:
            raise RequestFailed("the server closed a connection that was in use")
        received: bytes | bytearray = data
        if connection.received:
            connection.received += data
            received = connection.received
        try:
            body = split_reply(received)
        except RequestFailed as failure:
            connection.received = bytearray()
            request = self._restart(connection, failure, started)
        else:
            if body is None:
                if received is data:
                    connection.received = bytearray(data)
                return
            connection.received = bytearray()
            now = time.perf_counter()
            self.load.answered += 1
            if self.timing is not None:
                self._count(connection, now, started)
            try:
                request = connection.session.send(body)
            except StopIteration:
                self.waiting -= 1
                return
        if self.stopping:
            self.waiting -= 1
        else:
            connection.send(request)

    def _restart(self, connection: _Connection, failure: RequestFailed, started: float) -> bytes:
        if self.timing is None:
            raise failure
        load = self.load
        load.errors += 1
        load.first_error = load.first_error or str(failure)
        too_long = time.perf_counter() - started > 3 * self.timing.max_seconds
        if too_long or (load.errors > _ERRORS_BEFORE_GIVING_UP and load.errors > load.answered / 2):
            raise RequestFailed(f"{load.errors} requests failed, {load.answered} did not; first: {load.first_error}")
        connection.session.close()
        connection.session = connection.factory()
        return next(connection.session)

    def _count(self, connection: _Connection, now: float, started: float) -> None:
        timing, load = self.timing, self.load
        assert timing is not None
        if self.count_from is None:
            warm = self.warmed_up
            assert warm is not None
            warm.add(connection)
            elapsed = now - started
            if elapsed >= timing.warmup_seconds and (len(warm) == self.waiting or elapsed > timing.max_seconds / 4):
                self.count_from = now
        elif not self.stopping:
            load.requests += 1
            load.seconds = now - self.count_from
            load.latencies_seconds.append(now - connection.sent_at)
            enough = load.seconds >= timing.seconds and load.requests >= timing.min_requests
            self.stopping = enough or load.seconds >= timing.max_seconds
