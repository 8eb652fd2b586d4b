"""A receiver of webhooks: a real HTTP or HTTPS server that keeps what it was sent and answers as it is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Received(NamedTuple):
    """One request that came; `at` is monotonic seconds."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def delivery_id(self) -> str:
        """The id that is the same in every attempt."""
        return self.headers["X-MLflow-Delivery-Id"]

    @property
    def content(self) -> dict[str, Any]:
        """The body's JSON."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    def is_signed_with(self, secret: str) -> bool:
        """Check the signature as MLflow's users do, with nothing of ours."""
        content = f"{self.delivery_id}.{self.headers['X-MLflow-Timestamp']}.{self.body.decode()}"
        digest = hmac.new(secret.encode("utf-8"), content.encode("utf-8"), hashlib.sha256).digest()
        return self.headers.get("X-MLflow-Signature") == "v1," + base64.b64encode(digest).decode("utf-8")


Answering = Callable[[Received, BaseHTTPRequestHandler], None]


def with_status(status: int, body: bytes = b"noted", **headers: str) -> Answering:
    """Answer with a status, a body and headers (`retry_after` for Retry-After)."""

    def answer(received: Received, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def cut(received: Received, handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without an answer."""
    handler.close_connection = True
    handler.connection.shutdown(2)


def slowly(seconds: float) -> Answering:
    """Wait before a good answer."""

    def answer(received: Received, handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        with_status(200)(received, handler)

    return answer


def drop_by_drop(received: Received, handler: BaseHTTPRequestHandler) -> None:
    """Begin an answer and send one byte of its headers each tenth of a second, for ever."""
    handler.close_connection = True
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)
    except OSError:
        pass  # we were hung up on


class Receiver:
    """What came, and what is answered: `answers[path]` in turn, the last of them from then on; 200 otherwise."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, list[Answering]] = {}
        self._received: list[Received] = []
        self._changed = threading.Condition()

    def at(self, path: str) -> list[Received]:
        """What came to a path so far."""
        with self._changed:
            return [one for one in self._received if one.path == path]

    def wait_for(self, count: int, path: str, seconds: float = 15.0) -> list[Received]:
        """Wait until so many requests came to a path, and return them.

        Raises:
            AssertionError: they did not.
        """
        with self._changed:
            self._changed.wait_for(lambda: len(self.at(path)) >= count, seconds)
        found = self.at(path)
        assert len(found) >= count, f"{len(found)} of {count} came to {path} within {seconds:g} s"
        return found

    def take(self, received: Received) -> Answering:
        """Keep a request and return what it is answered."""
        with self._changed:
            self._received.append(received)
            answers = self.answers.get(received.path, [with_status(200)])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            self._changed.notify_all()
        return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: connections are cut on purpose."""


@contextmanager
def receiver(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a receiver on the loopback address; with TLS it is called localhost."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            received = Received(self.path, dict(self.headers.items()), body, time.monotonic())
            found.take(received)(received, self)

        do_GET = do_POST

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    found = Receiver(f"{'https://localhost' if tls else 'http://127.0.0.1'}:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
