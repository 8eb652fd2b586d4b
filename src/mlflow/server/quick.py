"""Whole answers written at once, past uvicorn's two ASGI messages: an eighth of what a small Call costs the server.

Only a short cut: where uvicorn runs without it (no httptools, another protocol in `--uvicorn-opts`), and under any
other ASGI server, `respond` sends the usual messages.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from mlflow.server.responses import WHOLE, Headers


class QuickProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol, which also offers `scope[WHOLE]`: a function that writes a whole answer."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if not cycle.access_log and cycle.scope["method"] != "HEAD":
            cycle.scope[WHOLE] = partial(_write_whole, cycle)  # type: ignore[literal-required]
        super()._start_asgi_task(cycle, app)


def _write_whole(cycle: RequestResponseCycle, status: int, body: bytes, headers: Headers) -> None:
    """Write status line, headers and body, and end the request the way uvicorn's own `send` does."""
    if cycle.disconnected:
        return
    parts = [STATUS_LINE[status]]
    for name, value in cycle.default_headers:
        parts += (name, b": ", value, b"\r\n")
    for name, value in headers:
        parts += (name, b": ", value, b"\r\n")
    if not cycle.keep_alive:
        parts.append(b"connection: close\r\n")
    parts += (b"content-length: %d\r\n\r\n" % len(body), body)
    cycle.response_started = True
    cycle.response_complete = True
    cycle.transport.write(b"".join(parts))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
