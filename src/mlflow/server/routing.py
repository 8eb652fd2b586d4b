"""The fast lane: from an HTTP request to a Call to its reply, found by one look into a dictionary."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

from mlflow.api import CALLS, Call
from mlflow.entities.base import encoder
from mlflow.exceptions import BadRequest, InvalidParameter, MethodNotAllowed, PayloadTooLarge
from mlflow.server.decoding import CallReader
from mlflow.server.measures import Measures
from mlflow.server.responses import JSON, Headers, Receive, Scope, Send, error_answer, respond

BODY_LIMIT = 64 * 1024 * 1024
"""Longest JSON body that is read, in bytes: a data set's profile may have 16 million characters of up to 4 bytes."""

Submit = Callable[[Call[Any], str | None, Callable[[Any], bytes]], Awaitable[bytes]]


def encode_reply(reply: Any) -> bytes:
    """Return a reply's JSON; no reply is an empty object."""
    return b"{}" if reply is None else encoder.encode(reply)


class Endpoint:
    """One Call's place on the wire."""

    __slots__ = ("_clock", "_measures", "_reader", "_submit", "_takes_key", "methods", "name")

    def __init__(self, call: type[Call[Any]], submit: Submit, measures: Measures) -> None:
        self.name = call.__name__
        self.methods = call.route.methods
        self._reader = CallReader(call)
        self._takes_key = call.once
        self._submit = submit
        self._measures = measures
        self._clock = measures.of(self.name)

    async def answer(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        """Read the Call, have it done, answer."""
        begun = perf_counter()
        status = 200
        try:
            key = _header(scope, b"idempotency-key") if self._takes_key else b""
            # First of all: a link that somebody follows is a GET, and must never reach a Call that writes.
            if scope["method"] not in self.methods:
                raise MethodNotAllowed(f"{scope['path']} is called with {' or '.join(self.methods)}.")
            if scope["method"] == "GET" and (scope["query_string"] or not _has_body(scope)):
                call = self._reader.from_query(scope["query_string"])
            else:  # old clients send the fields of a GET as a JSON body
                call = self._reader.from_body(await read_json(scope, receive))
            body = await self._submit(call, key.decode("latin-1") or None, encode_reply)
        except Exception as error:
            status, body = error_answer(error, self.name)
            self._measures.count_error(self.name, status)
            if status == 405:
                headers = [*headers, (b"allow", ", ".join(self.methods).encode())]
        await respond(scope, send, status, body, [*headers, JSON])
        self._clock.observe(perf_counter() - begun)


def endpoints(submit: Submit, own: dict[type[Call[Any]], Submit], measures: Measures) -> dict[str, Endpoint]:
    """Return the endpoint of every path of every Call; `own` are the Calls that the server answers itself."""
    table: dict[str, Endpoint] = {}
    for call in CALLS:
        endpoint = Endpoint(call, own.get(call, submit), measures)
        for path in call.route.paths:
            table[path] = endpoint
    return table


async def read_json(scope: Scope, receive: Receive) -> bytes:
    """Read a JSON body, counting its bytes while they come.

    Raises:
        InvalidParameter: the content type is not JSON.
        BadRequest: the client went away.
        PayloadTooLarge: it is longer than BODY_LIMIT.
    """
    content_type = _header(scope, b"content-type").partition(b";")[0].strip().lower()
    if content_type != b"application/json" and scope["method"] != "GET":
        raise InvalidParameter("Send the request with the header 'Content-Type: application/json'.")
    message = await receive()
    if not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) <= BODY_LIMIT:
            return body
    parts = [message.get("body", b"")]
    size = len(parts[0])
    while message.get("more_body") and size <= BODY_LIMIT:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The client went away in the middle of the request.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if size > BODY_LIMIT:
        raise PayloadTooLarge(f"The request's body is longer than {BODY_LIMIT} bytes. Split it into several requests.")
    return b"".join(parts)


def _has_body(scope: Scope) -> bool:
    return _header(scope, b"content-length") not in (b"", b"0")


def _header(scope: Scope, wanted: bytes) -> bytes:
    for name, value in scope["headers"]:
        if name == wanted:
            return bytes(value)
    return b""
