"""`GET /api/3.0/headrace/events`: what is changed in the registry, as a stream of server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import parse_qsl

from mlflow.api.events import PAGE_LIMIT, EventsPage, ListEvents, check_entities, check_place
from mlflow.exceptions import InvalidParameter, MethodNotAllowed
from mlflow.server import frames
from mlflow.server.frames import Frame, frame_of
from mlflow.server.live import Hub, Listener
from mlflow.server.measures import Measures
from mlflow.server.responses import JSON, Headers, Receive, Scope, Send, error_answer, logger, respond
from mlflow.store.base import Store

PATHS = ("/api/3.0/headrace/events", "/ajax-api/3.0/headrace/events")
STREAMS = "headrace.streams"
"""Where the application leaves its `EventStreams` in the state of ASGI's lifespan, for the protocol to find."""

STREAM = "headrace.stream"
"""Marks a request whose answer has no end of its own, in the state that it shares with its protocol."""

BEAT_SECONDS = 15.0
_FIELDS_LIMIT = 100
_DIGITS = 19
_HEADERS: Headers = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # or nginx would keep events back until it has some kilobytes of them
]

Write = Callable[[bytes], Awaitable[None]]


class EventStreams:
    """Answers requests for the stream, each until its client leaves or the server stops."""

    def __init__(self, store: Store, measures: Measures) -> None:
        self._store = store
        self._hub = Hub(store)
        measures.watch_listeners(lambda: self._hub.count)

    async def answer(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        """Answer one request."""
        try:
            entities, after = _wanted(scope)
            async with self._hub.listen(entities, after) as listener:
                state = scope.setdefault("state", {})
                state[STREAM] = True
                await send({"type": "http.response.start", "status": 200, "headers": [*headers, *_HEADERS]})
                leaving = asyncio.create_task(_end_when_gone(receive, listener))
                try:
                    await self._send_all(listener, entities, after, partial(_write, send))
                except Exception as error:  # the client comes back to the place it has reached
                    logger.warning("A stream of events ended early: %s", error)
                finally:
                    leaving.cancel()
                await send({"type": "http.response.body", "body": b""})
                del state[STREAM]
        except Exception as error:
            status, body = error_answer(error, "events")
            more = [(b"allow", b"GET")] if status == 405 else [(b"retry-after", b"5")] if status == 503 else []
            await respond(send, status, body, [*headers, *more, JSON])

    def end(self) -> None:
        """End all streams, and take no more: the server stops. In the event loop."""
        self._hub.end()

    def close(self) -> None:
        """Wait for the thread that may be there; not in the event loop."""
        self._hub.close()

    async def _send_all(self, listener: Listener, entities: list[str], after: int | None, write: Write) -> None:
        await write(frames.beginning())
        if after is None or await self._catch_up(listener, entities, after, write):
            # Tells a client that from here on it hears everything.
            await write(frames.place_line(max(after or 0, listener.began)))
        while not listener.ended:
            text = await listener.take(BEAT_SECONDS)
            if text:
                await write(text)
            elif self._hub.hears and not listener.ended:
                await write(frames.LIFE + frames.place_line(listener.place))

    async def _catch_up(self, listener: Listener, entities: list[str], after: int, write: Write) -> bool:
        """Send what happened between the place a listener has heard up to and that where the hub begins for them.

        Returns:
            Whether it was all there.
        """

        def finish(page: EventsPage) -> tuple[bool, list[Frame]]:
            return page.missed, [frame_of(event) for event in page.events if event.id <= listener.began]

        while not listener.ended:
            call = ListEvents(after=after, entities=entities, max_results=PAGE_LIMIT)
            lost, found = await self._store.submit(call, None, finish)
            if lost:
                listener.miss(self._hub.place)
                return False
            if not found:
                return True
            for frame in found:
                await write(frame.text)
            after = found[-1].id
        return False


async def _write(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})


async def _end_when_gone(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()


def _wanted(scope: Scope) -> tuple[list[str], int | None]:
    """Return the entities to hear of, and the place up to which the client has heard; None: it is new."""
    if scope["method"] != "GET":
        raise MethodNotAllowed(f"{scope['path']} is called with GET.")
    try:
        query = parse_qsl(scope["query_string"].decode("ascii"), errors="strict", max_num_fields=_FIELDS_LIMIT)
    except ValueError as error:
        raise InvalidParameter(f"The query string cannot be read: {error}.") from error
    entities = [value for name, value in query if name == "entities"]
    check_entities(entities)
    # A browser that comes back sends the header, and the parameter of its first request once more.
    place = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"last-event-id"), "")
    place = place or next((value for name, value in query if name == "last_event_id"), "")
    if place == "":
        return entities, None
    if not (place.isascii() and place.isdigit() and len(place) <= _DIGITS):
        raise InvalidParameter(f"Invalid value {place[:80]!r} for parameter 'last_event_id': it is the id of an event.")
    check_place("last_event_id", int(place))
    return entities, int(place)
