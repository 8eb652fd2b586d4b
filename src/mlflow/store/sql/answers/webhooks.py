"""Answers to Calls on webhooks. What they are told is in webhook_deliveries.py."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, delete, func, select, update

from mlflow.api.webhook_deliveries import GetWebhookTarget, Target
from mlflow.api.webhooks import (
    CreateWebhook,
    DeleteWebhook,
    GetWebhook,
    ListWebhooks,
    UpdateWebhook,
    WebhookReply,
    WebhooksPage,
    no_webhook,
)
from mlflow.entities.webhook import Webhook, WebhookEvent, WebhookStatus
from mlflow.store.sql.answers.registry import reads, writes
from mlflow.store.sql.search.paging import SortKey, read_token, write_token
from mlflow.store.sql.secrets import Unreadable, seal, unseal
from mlflow.store.sql.statements import Statement, among, insert
from mlflow.store.sql.tables import webhook_deliveries, webhook_events, webhooks
from mlflow.store.sql.transaction import Row, Transaction, now_ms

_COLUMNS = select(
    webhooks.c.id,
    webhooks.c.webhook_id,
    webhooks.c.name,
    webhooks.c.url,
    webhooks.c.creation_time,
    webhooks.c.last_update_time,
    webhooks.c.description,
    webhooks.c.active,
)
_GET = Statement(_COLUMNS.where(webhooks.c.webhook_id == bindparam("webhook_id")))
_PAGE = Statement(
    _COLUMNS.where(webhooks.c.id < bindparam("below")).order_by(webhooks.c.id.desc()).limit(bindparam("wanted"))
)
_EVENTS = Statement(
    select(webhook_events.c.webhook, webhook_events.c.entity, webhook_events.c.action)
    .where(among(webhook_events.c.webhook, "webhooks"))
    .order_by(webhook_events.c.webhook, webhook_events.c.entity, webhook_events.c.action)
)
_TARGET = Statement(
    select(webhooks.c.name, webhooks.c.url, webhooks.c.secret).where(webhooks.c.webhook_id == bindparam("webhook_id"))
)
_ADD = Statement(
    insert(webhooks)
    .values(
        webhook_id=bindparam("webhook_id"),
        name=bindparam("name"),
        description=bindparam("description"),
        url=bindparam("url"),
        active=bindparam("active"),
        secret=bindparam("secret"),
        creation_time=bindparam("now"),
        last_update_time=bindparam("now"),
    )
    .returning(webhooks.c.id)
)
_ADD_EVENT = Statement(
    insert(webhook_events).values(webhook=bindparam("webhook"), entity=bindparam("entity"), action=bindparam("action"))
)
_CHANGED = {
    name: func.coalesce(bindparam(f"new_{name}", type_=webhooks.c[name].type), webhooks.c[name])
    for name in ("name", "description", "url", "active", "secret")
}
_UPDATE = Statement(
    update(webhooks)
    .where(webhooks.c.webhook_id == bindparam("the_webhook_id"))
    .values(
        last_update_time=bindparam("now"),
        **_CHANGED | {name: func.nullif(_CHANGED[name], "") for name in ("description", "secret")},
    )
    .returning(webhooks.c.id)
)
_DELETE = Statement(delete(webhooks).where(webhooks.c.webhook_id == bindparam("webhook_id")).returning(webhooks.c.id))
_DELETE_EVENTS = Statement(delete(webhook_events).where(webhook_events.c.webhook == bindparam("webhook")))
_DELETE_DELIVERIES = Statement(delete(webhook_deliveries).where(webhook_deliveries.c.webhook == bindparam("webhook")))
_NEWEST_FIRST = [SortKey(webhooks.c.id, False, "int")]
_ORDER = ["webhooks"]


@writes(CreateWebhook)
def create_webhook(transaction: Transaction, call: CreateWebhook) -> WebhookReply:
    """Add it with its events."""
    webhook_id = str(uuid.uuid4())
    added = transaction.rows(
        _ADD,
        webhook_id=webhook_id,
        name=call.name,
        description=call.description or None,
        url=call.url,
        active=_is_active(call.status),
        secret=seal(call.secret) if call.secret else None,
        now=now_ms(),
    )
    _add_events(transaction, added[0][0], call.events)
    return _found(transaction, webhook_id)


@reads(GetWebhook, quick=True)
def get_webhook(transaction: Transaction, call: GetWebhook) -> WebhookReply:
    """Get by id."""
    return _found(transaction, call.webhook_id)


@reads(ListWebhooks, quick=True)
def list_webhooks(transaction: Transaction, call: ListWebhooks) -> WebhooksPage:
    """Read them backwards."""
    below = read_token(call.page_token, _ORDER, _NEWEST_FIRST)[0] if call.page_token else 2**62
    rows = transaction.rows(_PAGE, below=below, wanted=call.max_results + 1)
    page = rows[: call.max_results]
    token = write_token(_ORDER, [page[-1][0]]) if len(rows) > len(page) else None
    return WebhooksPage(_with_events(transaction, page), token)


@writes(UpdateWebhook)
def update_webhook(transaction: Transaction, call: UpdateWebhook) -> WebhookReply:
    """Change what is given."""
    row = transaction.row(
        _UPDATE,
        the_webhook_id=call.webhook_id,
        new_name=call.name,
        new_description=call.description,
        new_url=call.url,
        new_active=None if call.status is None else _is_active(call.status),
        new_secret=seal(call.secret) if call.secret else call.secret,
        now=now_ms(),
    )
    if row is None:
        raise no_webhook(call.webhook_id)
    if call.events is not None:
        transaction.write(_DELETE_EVENTS, webhook=row[0])
        _add_events(transaction, row[0], call.events)
    return _found(transaction, call.webhook_id)


@writes(DeleteWebhook)
def delete_webhook(transaction: Transaction, call: DeleteWebhook) -> None:
    """Remove it with its events and all that waits for it."""
    row = transaction.row(_DELETE, webhook_id=call.webhook_id)
    if row is None:
        raise no_webhook(call.webhook_id)
    transaction.write(_DELETE_EVENTS, webhook=row[0])
    transaction.write(_DELETE_DELIVERIES, webhook=row[0])


@reads(GetWebhookTarget, quick=True)
def get_webhook_target(transaction: Transaction, call: GetWebhookTarget) -> Target:
    """Get where it is, with the secret."""
    row = transaction.row(_TARGET, webhook_id=call.webhook_id)
    if row is None:
        raise no_webhook(call.webhook_id)
    return target_of(call.webhook_id, *row)


def target_of(webhook_id: str, name: str, url: str, stored_secret: str | None) -> Target:
    """Return where something is told, with the secret, or with why it cannot be read."""
    target = Target(webhook_id, name, url)
    try:
        target.secret = None if stored_secret is None else unseal(stored_secret)
    except Unreadable as error:
        target.fault = str(error)
    return target


def _found(transaction: Transaction, webhook_id: str) -> WebhookReply:
    rows = transaction.rows(_GET, webhook_id=webhook_id)
    if not rows:
        raise no_webhook(webhook_id)
    return WebhookReply(_with_events(transaction, rows)[0])


def _with_events(transaction: Transaction, rows: Sequence[Row]) -> list[Webhook]:
    events: dict[int, list[WebhookEvent]] = {row[0]: [] for row in rows}
    if events:
        for webhook, entity, action in transaction.rows(_EVENTS, webhooks=transaction.database.array(events)):
            events[webhook].append(WebhookEvent(entity, action))
    return [
        Webhook(
            webhook_id,
            name,
            url,
            events[number],
            created,
            updated,
            description,
            (WebhookStatus.ACTIVE if active else WebhookStatus.DISABLED).value,
        )
        for number, webhook_id, name, url, created, updated, description, active in rows
    ]


def _add_events(transaction: Transaction, webhook: int, events: Iterable[WebhookEvent]) -> None:
    pairs = sorted((event.entity.value, event.action.value) for event in events)
    transaction.write_many(_ADD_EVENT, [(webhook, entity, action) for entity, action in pairs])


def _is_active(status: str | int | None) -> int:
    return int(status != WebhookStatus.DISABLED.value)
