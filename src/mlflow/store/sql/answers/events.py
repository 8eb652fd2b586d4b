"""What happened, written down beside the change itself: either both are stored or neither."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, delete, func, or_, select

from mlflow.api.events import EventsPage, ListEvents
from mlflow.entities.base import encoder
from mlflow.entities.event import Event
from mlflow.store.sql.answers.registry import reads
from mlflow.store.sql.answers.webhook_deliveries import SOMEBODY_LISTENS, forget_deliveries, prepare_deliveries
from mlflow.store.sql.statements import Statement, among, insert
from mlflow.store.sql.tables import events
from mlflow.store.sql.transaction import Transaction, now_ms

KEPT_MS = 24 * 60 * 60 * 1000
KEPT_EVENTS = 100_000
PAGE_CHARACTERS = 8 * 1024 * 1024
_FORGET_EVERY = 256

_ADD = Statement(
    insert(events)
    .values(
        time=bindparam("time"),
        entity=bindparam("entity"),
        action=bindparam("action"),
        name=bindparam("name"),
        data=bindparam("data"),
    )
    .returning(events.c.id, SOMEBODY_LISTENS)
)
# By number, not by time: servers' clocks differ, and what is forgotten must be all there was up to some event.
_newest_old_one = select(func.max(events.c.id)).where(events.c.time < bindparam("before")).scalar_subquery()
_FORGET = Statement(delete(events).where(or_(events.c.id < bindparam("first_kept"), events.c.id <= _newest_old_one)))

_ENDS = Statement(
    select(
        select(func.min(events.c.id)).scalar_subquery(),
        select(func.max(events.c.id)).scalar_subquery(),
    )
)


def _page(*conditions: Any) -> Statement:
    """Return the query of the next events, cut where they have PAGE_CHARACTERS, but never before the first."""
    found = select(events).where(events.c.id > bindparam("after"), *conditions)
    found = found.order_by(events.c.id).limit(bindparam("limit"))
    some = found.subquery()
    length = func.length(some.c.data)
    sized = select(some, (func.sum(length).over(order_by=some.c.id) - length).label("before")).subquery()
    columns = [sized.c[column.name] for column in events.c]
    return Statement(select(*columns).where(sized.c.before < PAGE_CHARACTERS).order_by(sized.c.id))


_ALL = _page()
_SOME = _page(among(events.c.entity, "entities", text=True))


class NewEvent(NamedTuple):
    """One thing that happened; see `mlflow.entities.event.Event`."""

    entity: str
    action: str
    name: str
    data: Mapping[str, Any]


def emit(transaction: Transaction, event: NewEvent) -> None:
    """Have an event written down when the Call is done."""
    transaction.events.append(event)


def write_events(transaction: Transaction) -> None:
    """Write down what was emitted, and now and then forget what is old.

    The last that a Call does: on PostgreSQL others who write events wait from here to the commit, and somebody who
    waits for them must not hold what they need.
    """
    transaction.database.take_turn(transaction.cursor)
    now = now_ms()
    for event in transaction.events:
        data = encoder.encode(event.data).decode()
        kind = {"entity": event.entity, "action": event.action}
        of_kind = {"of_entity": event.entity, "of_action": event.action}
        [(number, is_told)] = transaction.rows(_ADD, **kind, **of_kind, time=now, name=event.name, data=data)
        if is_told:
            prepare_deliveries(transaction, number, event.entity, event.action, now, data)
        if number % _FORGET_EVERY == 0:
            transaction.write(_FORGET, before=now - KEPT_MS, first_kept=number - KEPT_EVENTS)
            forget_deliveries(transaction, now - KEPT_MS)
    transaction.events.clear()


@reads(ListEvents)
def list_events(transaction: Transaction, call: ListEvents) -> EventsPage:
    """Cut a page behind a place, if all that followed it is still there."""
    oldest, newest = transaction.rows(_ENDS)[0]
    newest = newest or 0
    if call.after is None:
        return EventsPage(newest)
    # A place ahead of all events was given out by a database that this one has replaced: an older backup.
    if call.after > newest or (oldest is not None and oldest > call.after + 1):
        return EventsPage(newest, missed=True)
    if call.entities:
        entities = transaction.database.array(call.entities)
        rows = transaction.rows(_SOME, after=call.after, limit=call.max_results, entities=entities)
    else:
        rows = transaction.rows(_ALL, after=call.after, limit=call.max_results)
    found = [
        Event(number, time, entity, action, name, msgspec.json.decode(data))
        for number, time, entity, action, name, data in rows
    ]
    return EventsPage(found[-1].id if found else newest, events=found)
