"""What happened, written down beside the change itself: either both are stored or neither."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete

from mlflow.entities.base import encoder
from mlflow.store.sql.statements import Statement, insert
from mlflow.store.sql.tables import events
from mlflow.store.sql.transaction import Transaction, now_ms

KEPT_MS = 24 * 60 * 60 * 1000
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
    .returning(events.c.id)
)
_FORGET = Statement(delete(events).where(events.c.time < bindparam("before")))


class Event(NamedTuple):
    """One thing that happened.

    Args:
        entity: what it happened to, as in MLflow's webhooks: "prompt", "model_version_tag".
        action: "created", "updated", "deleted" or "set".
        name: of the prompt or model.
        data: what MLflow's webhook of this kind carries.
    """

    entity: str
    action: str
    name: str
    data: Mapping[str, Any]


def emit(transaction: Transaction, event: Event) -> None:
    """Write an event down; those older than a day are forgotten now and then."""
    now = now_ms()
    data = encoder.encode(event.data).decode()
    added = transaction.row(_ADD, time=now, entity=event.entity, action=event.action, name=event.name, data=data)
    if added is not None and added[0] % _FORGET_EVERY == 0:
        transaction.write(_FORGET, before=now - KEPT_MS)
