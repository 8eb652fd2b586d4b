"""The Call that tells what was changed lately, for those who keep copies of it."""

from __future__ import annotations

import re

import msgspec
from msgspec import field

from mlflow.api.base import READ, Call, rest
from mlflow.api.checks import INT64_MAX, check_max_results
from mlflow.entities.event import Event
from mlflow.exceptions import InvalidParameter

PAGE_LIMIT = 1000
PAGE_DEFAULT = 100
ENTITIES_LIMIT = 50

_ENTITY = re.compile(r"[a-z_]{1,50}")


class EventsPage(msgspec.Struct, omit_defaults=True):
    """Events, and the place behind them.

    Args:
        last_id: what the next call gives as `after`.
        missed: events after the place may have been forgotten, so whatever is kept must be read anew; there are no
            events then, and the next call goes on from now.
        events: oldest first.
    """

    last_id: int
    missed: bool = False
    events: list[Event] = field(default_factory=list)


@rest("GET", "events/list", needs=READ(), version="3.0", family="headrace")
class ListEvents(Call[EventsPage]):
    """List what was changed in the registry after a place in the order of events; events are kept for a day.

    Without `after` there are no events in the reply, only `last_id`: the place to begin from. Go on with `last_id` as
    the next `after`; a page without events is the end for now. No event is ever skipped. The same comes as a stream of
    server-sent events from `/api/3.0/headrace/events`.

    Errors: INVALID_PARAMETER_VALUE bad place, entity or page size.
    """

    after: int | None = None
    entities: list[str] = field(default_factory=list)  # none: all
    max_results: int = PAGE_DEFAULT

    def check(self) -> None:
        if self.after is not None:
            check_place("after", self.after)
        check_entities(self.entities)
        check_max_results(self.max_results, PAGE_LIMIT)


def check_place(parameter: str, place: int) -> None:
    """Refuse what can never be the number of an event, or 0."""
    if not 0 <= place <= INT64_MAX:
        raise InvalidParameter(
            f"Invalid value {place} for parameter '{parameter}': it must be the id of an event, or 0."
        )


def check_entities(entities: list[str]) -> None:
    """Refuse what can never be the kind of thing that an event is about."""
    if len(entities) > ENTITIES_LIMIT:
        raise InvalidParameter(f"{len(entities)} entities are given; at most {ENTITIES_LIMIT} are allowed.")
    for entity in entities:
        if not _ENTITY.fullmatch(entity):
            raise InvalidParameter(
                f"Invalid value {entity[:80]!r} for parameter 'entities': name a kind of thing, such as prompt_alias; "
                "give the parameter several times for several."
            )
