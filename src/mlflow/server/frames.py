"""Server-sent events as bytes, in the form of the WHATWG's HTML standard."""

from __future__ import annotations

from typing import NamedTuple

from mlflow.entities.base import encoder
from mlflow.entities.event import Event

RETRY_MS = 1000
DATA_LIMIT = 64 * 1024
"""Longest event that travels whole, in bytes: a thousand listeners may each have one in their connection's buffer."""

LIFE = b": still here\n"


class Frame(NamedTuple):
    """One event as it is sent."""

    id: int
    entity: str
    text: bytes


def frame_of(event: Event) -> Frame:
    """Return an event as it is sent; a long one comes without `data`, which `events/list` still has."""
    data = encoder.encode(event)
    if len(data) > DATA_LIMIT:
        event = Event(event.id, event.timestamp, event.entity, event.action, event.name)
        data = encoder.encode(event)
    kind = f"{event.entity}.{event.action}".encode()
    return Frame(event.id, event.entity, b"id: %d\nevent: %s\ndata: %s\n\n" % (event.id, kind, data))


def missed(place: int) -> bytes:
    """Return the event that says that others before this place were not told."""
    return b"id: %d\nevent: missed\ndata: {}\n\n" % place


def place_line(place: int) -> bytes:
    """Return what moves the place to which a listener comes back, and is no event."""
    return b"id: %d\n\n" % place


def beginning() -> bytes:
    """Return what a stream begins with: how soon a listener whose connection was cut shall come back."""
    return b"retry: %d\n\n" % RETRY_MS
