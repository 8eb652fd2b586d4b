"""Answers as ASGI messages, written without a framework: the fast lane's own."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from mlflow.exceptions import MlflowException

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

logger = logging.getLogger(__name__)

JSON = (b"content-type", b"application/json")
TEXT = (b"content-type", b"text/plain; charset=utf-8")


def lines_of(headers: Headers) -> bytes:
    """Return headers as they are written. Their values are ours, without line ends."""
    return b"".join(b"%s: %s\r\n" % pair for pair in headers)


async def respond(send: Send, status: int, body: bytes, headers: Headers) -> None:
    """Send a whole answer. Header values are ours, without line ends."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


def error_answer(error: BaseException, where: str) -> tuple[int, bytes]:
    """Return status and JSON body of an error; what we did not foresee is logged and told in general words."""
    if not isinstance(error, MlflowException):
        logger.error("%s failed", where, exc_info=error)
        error = MlflowException("The server failed to answer. Its log says why.")
    elif error.get_http_status_code() >= 500:
        logger.warning("%s: %s", where, error.message)
    return error.get_http_status_code(), error.serialize_as_json().encode()
