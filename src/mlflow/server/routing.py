"""The fast lane: from an HTTP request to a Call to its reply, found by one look into a dictionary."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple

from mlflow.api import CALLS, Call
from mlflow.entities.base import encoder
from mlflow.exceptions import BadRequest, InvalidParameter, MethodNotAllowed, PayloadTooLarge
from mlflow.server.decoding import CallReader
from mlflow.server.measures import Measures
from mlflow.server.paths import PathTemplates, is_template
from mlflow.server.responses import JSON, Headers, Receive, Scope, Send, error_answer, lines_of, respond
from mlflow.store.base import Store, Then

BODY_LIMIT = 64 * 1024 * 1024
"""Longest JSON body that is read, in bytes: a data set's profile may have 16 million characters of up to 4 bytes."""

_JSON_LINE = lines_of([JSON])

Submit = Callable[[Call[Any], str | None, Callable[[Any], bytes]], Awaitable[bytes]]
Start = Callable[
    [Call[Any], str | None, Callable[[Any], bytes], Then[bytes], asyncio.AbstractEventLoop],
    None,
]


class Whole(NamedTuple):
    """A request that has arrived with all its body, and what to call with its answer."""

    method: str
    path: str
    query: bytes
    headers: Headers
    body: bytes
    loop: asyncio.AbstractEventLoop
    reply: Callable[[int, bytes, bytes], None]
    """Called once, in the loop, with status, header lines and body."""


def encode_reply(reply: Any) -> bytes:
    """Return a reply's JSON; no reply is an empty object."""
    return b"{}" if reply is None else encoder.encode(reply)


class Endpoint:
    """One Call's place on the wire, with two doors: ASGI's (`answer`), and that of quick.py (`answer_whole`)."""

    __slots__ = (
        *("_clock", "_measures", "_parameters", "_reader", "_start", "_submit", "_takes_key"),
        *("allowed", "methods", "name"),
    )

    def __init__(self, call: type[Call[Any]], submit: Submit, start: Start | None, measures: Measures) -> None:
        self.name = call.__name__
        self.methods = call.route.methods
        self.allowed: tuple[str, ...] = self.methods  # on the same path, also those of other Calls
        self._reader = CallReader(call)
        self._parameters = call.route.parameters
        self._takes_key = call.once
        self._submit = submit
        self._start = start
        self._measures = measures
        self._clock = measures.of(self.name)

    async def answer(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        """Read the Call, have it done, answer."""
        begun = perf_counter()
        status = 200
        try:
            # First of all: a link that somebody follows is a GET, and must never reach a Call that writes.
            if scope["method"] not in self.methods:
                raise MethodNotAllowed(f"{scope['path']} is called with {' or '.join(self.allowed)}.")
            in_query = scope["method"] == "GET" and (
                scope["query_string"] or _header(scope["headers"], b"content-length") in (b"", b"0")
            )
            call = self._read(in_query, scope["query_string"], b"" if in_query else await read_json(scope, receive))
            for name in self._parameters:
                setattr(call, name, scope["path_params"][name])
            body = await self._submit(call, self._key(scope["headers"]), encode_reply)
        except Exception as error:
            status, body = self._error(error)
            if status == 405:
                headers = [*headers, (b"allow", ", ".join(self.allowed).encode())]
        await respond(send, status, body, [*headers, JSON])
        self._clock.observe(perf_counter() - begun)

    def takes_whole(self, method: str) -> bool:
        """Tell whether requests with this method may come through `answer_whole`."""
        return self._start is not None and method in self.methods

    def answer_whole(self, request: Whole, lines: bytes) -> None:
        """Do the same with a request that is all there; `lines` are headers that go onto the answer."""
        begun = perf_counter()
        assert self._start is not None  # noqa: S101 - see takes_whole

        def finish(answer: bytes | None, error: BaseException | None) -> None:
            status = 200
            if error is not None:
                status, answer = self._error(error)
            request.reply(status, lines + _JSON_LINE, answer or b"")
            self._clock.observe(perf_counter() - begun)

        try:
            _must_be_json(request.method, request.headers)
            in_query = request.method == "GET" and (request.query != b"" or not request.body)
            call = self._read(in_query, request.query, request.body)
            self._start(call, self._key(request.headers), encode_reply, finish, request.loop)
        except Exception as error:
            finish(None, error)

    def _read(self, in_query: bool, query: bytes, body: bytes) -> Call[Any]:
        # Old clients send the fields of a GET as a JSON body.
        return self._reader.from_query(query) if in_query else self._reader.from_body(body)

    def _key(self, headers: Headers) -> str | None:
        return _header(headers, b"idempotency-key").decode("latin-1") or None if self._takes_key else None

    def _error(self, error: BaseException) -> tuple[int, bytes]:
        status, body = error_answer(error, self.name)
        self._measures.count_error(self.name, status)
        return status, body


class SharedPath:
    """The endpoints of one path that several Calls have, told apart by the HTTP method."""

    __slots__ = ("_first", "_of")

    def __init__(self, *endpoints: Endpoint) -> None:
        self._first = endpoints[0]
        self._of: dict[str, Endpoint] = {method: one for one in endpoints for method in one.methods}
        for endpoint in endpoints:
            endpoint.allowed = tuple(self._of)

    async def answer(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        """Answer as the endpoint of the request's method does; any of them says which methods there are."""
        await self._of.get(scope["method"], self._first).answer(scope, receive, send, headers)

    def takes_whole(self, method: str) -> bool:
        """Tell whether requests with this method may come through `answer_whole`."""
        return method in self._of and self._of[method].takes_whole(method)

    def answer_whole(self, request: Whole, lines: bytes) -> None:
        """Answer as the endpoint of the request's method does."""
        self._of[request.method].answer_whole(request, lines)


AnEndpoint = Endpoint | SharedPath
Endpoints = dict[str, AnEndpoint]


def endpoints(
    store: Store, own: dict[type[Call[Any]], Submit], measures: Measures
) -> tuple[Endpoints, PathTemplates[AnEndpoint]]:
    """Return what answers on every path of every Call; `own` are the Calls that the server answers itself."""
    submit, start = partial(store.submit, wire=True), partial(store.start, wire=True)
    on_path: dict[str, list[Endpoint]] = {}
    for call in CALLS:
        endpoint = Endpoint(call, own.get(call, submit), None if call in own else start, measures)
        for path in call.route.paths:
            on_path.setdefault(path, []).append(endpoint)
    made: Endpoints = {path: found[0] if len(found) == 1 else SharedPath(*found) for path, found in on_path.items()}
    return made, PathTemplates({path: made.pop(path) for path in list(made) if is_template(path)})


async def read_json(scope: Scope, receive: Receive) -> bytes:
    """Read a JSON body, counting its bytes while they come.

    Raises:
        InvalidParameter: the content type is not JSON.
        BadRequest: the client went away.
        PayloadTooLarge: it is longer than BODY_LIMIT.
    """
    _must_be_json(scope["method"], scope["headers"])
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


def _must_be_json(method: str, headers: Headers) -> None:
    if method == "GET":
        return
    content_type = _header(headers, b"content-type")
    if not content_type and method == "DELETE":
        return  # what a path names is deleted without a body; pages of others cannot send a DELETE unasked
    if content_type != b"application/json" and content_type.partition(b";")[0].strip().lower() != b"application/json":
        raise InvalidParameter("Send the request with the header 'Content-Type: application/json'.")


def _header(headers: Headers, wanted: bytes) -> bytes:
    for name, value in headers:
        if name == wanted:
            return bytes(value)
    return b""
