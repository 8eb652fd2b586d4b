"""Calls answered inside the HTTP protocol, past ASGI: no task, no scope, no messages for each request.

A small Call costs the server half of what it did under ASGI (docs/decisions/0011). Only a short
cut: what does not arrive as a plain, whole request for a Call goes the usual way, and so does everything where uvicorn
runs without this protocol (no httptools, or another one in `--uvicorn-opts`).
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from mlflow.exceptions import BadRequest
from mlflow.server.lane import LANE, Lane
from mlflow.server.responses import JSON, Headers, error_answer, lines_of
from mlflow.server.routing import Whole
from mlflow.server.streams import STREAM, STREAMS

_LAST_WORDS_SECONDS = 0.5

BODY_LIMIT = 1024 * 1024
"""Longest body that is collected here, in bytes; a longer one is counted and read the usual way."""


class QuickProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol with a shorter way for Calls."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        usual = self.access_log or self.root_path or self.limit_concurrency is not None
        self._lane: Lane | None = None if usual else self.app_state.get(LANE)
        self._method = ""  # of the request that goes the short way; "" while none does
        self._path = ""
        self._query = b""
        self._collected = b""

    def on_message_begin(self) -> None:
        """Begin a request; uvicorn's own beginning is made up for by `_go_the_usual_way`."""
        if self._lane is None:
            super().on_message_begin()
        else:
            self.url = b""
            self.expect_100_continue = False
            self.headers = []

    def on_headers_complete(self) -> None:
        """Find out which way the request goes."""
        if self._lane is None:
            super().on_headers_complete()
            return
        idle = self.cycle is None or self.cycle.response_complete
        if idle and not self.expect_100_continue and not self.parser.should_upgrade():
            method = self.parser.get_method().decode("ascii")
            path, _, self._query = self.url.partition(b"?")
            self._path = path.decode("latin-1")
            if self._lane.takes(method, self._path):
                self._method = method
                self._collected = b""
                return
        self._go_the_usual_way()

    def on_body(self, body: bytes) -> None:
        """Collect a piece of the body."""
        if not self._method:
            super().on_body(body)
            return
        self._collected = self._collected + body if self._collected else body
        if len(self._collected) > BODY_LIMIT:
            collected, self._collected = self._collected, b""
            self._go_the_usual_way()
            super().on_body(collected)

    def on_message_complete(self) -> None:
        """Have the request answered."""
        method, self._method = self._method, ""
        if not method or self._lane is None:
            super().on_message_complete()
            return
        keep_alive = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        exchange = self.cycle = Exchange(self, keep_alive)  # type: ignore[assignment]
        self._lane.answer(
            Whole(method, self._path, self._query, self.headers, self._collected, self.loop, exchange.reply)
        )

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP the way every other bad request is refused: in JSON."""
        status, body = error_answer(BadRequest(f"{msg.rstrip('.')}: what came is not HTTP/1.1."), "HTTP")
        exchange = Exchange(self, keep_alive=False)
        exchange.reply(status, lines_of([JSON]), body)

    def shutdown(self) -> None:
        """Take no more requests: the server stops. A stream of events has no end that could be waited for."""
        if streams := self.app_state.get(STREAMS):
            streams.end()
        super().shutdown()
        if self.scope is not None and self.scope["state"].get(STREAM):
            # A client that has stopped reading would keep its stream, and the server, for ever.
            self.loop.call_later(_LAST_WORDS_SECONDS, self.transport.abort)

    def _go_the_usual_way(self) -> None:
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        self._method = ""
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers = self.scope["headers"] = headers
        super().on_headers_complete()


_lines: tuple[Headers, bytes] = ([], b"")


def _everybodys_lines(headers: Headers) -> bytes:
    """Return uvicorn's own headers as they are written; it makes a new list of them, with the date, each second."""
    global _lines
    if headers is not _lines[0]:
        _lines = (headers, lines_of(headers))
    return _lines[1]


class _NobodyWaits:
    def set(self) -> None:
        """Wake nobody."""


class Exchange:
    """A request being answered; it has what uvicorn's protocol looks at in its own request cycle."""

    __slots__ = ("disconnected", "keep_alive", "protocol", "response_complete")

    message_event = _NobodyWaits()

    def __init__(self, protocol: QuickProtocol, keep_alive: bool) -> None:
        self.protocol = protocol
        self.keep_alive = keep_alive
        self.disconnected = False
        self.response_complete = False

    def reply(self, status: int, lines: bytes, body: bytes) -> None:
        """Write the whole answer; `lines` are its headers."""
        if self.disconnected:
            return
        protocol = self.protocol
        everybodys = _everybodys_lines(protocol.server_state.default_headers)
        close = b"" if self.keep_alive else b"connection: close\r\n"
        self.response_complete = True
        protocol.transport.write(
            b"%s%s%s%scontent-length: %d\r\n\r\n%s" % (STATUS_LINE[status], everybodys, lines, close, len(body), body)
        )
        if not self.keep_alive:
            protocol.transport.close()
        protocol.on_response_complete()
