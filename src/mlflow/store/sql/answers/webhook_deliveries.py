"""The outbox of webhooks: written with the event itself, emptied by whoever delivers.

Of each webhook only the oldest waiting delivery may be taken, so it is told in order, and one that fails holds up
nobody else. Whoever takes one sets its due time into the future: until then it is theirs.
"""

from __future__ import annotations

import uuid

from sqlalchemy import bindparam, delete, func, literal, select, update

from mlflow.api.webhook_deliveries import ClaimDeliveries, Delivery, NextDelivery, SettleDelivery
from mlflow.api.webhooks import ListWebhookDeliveries, WebhookDeliveriesPage, WebhookDelivery, no_webhook
from mlflow.entities.webhook import WebhookEvent
from mlflow.store.sql.answers.registry import reads, writes
from mlflow.store.sql.answers.webhooks import target_of
from mlflow.store.sql.search.paging import SortKey, read_token, write_token
from mlflow.store.sql.statements import Statement, insert
from mlflow.store.sql.tables import webhook_deliveries, webhook_events, webhooks
from mlflow.store.sql.transaction import Transaction, now_ms

_listens = (
    webhook_events.c.webhook == webhooks.c.id,
    webhook_events.c.entity == bindparam("of_entity"),
    webhook_events.c.action == bindparam("of_action"),
    webhooks.c.active == 1,
)
SOMEBODY_LISTENS = select(webhooks.c.id).where(*_listens).exists()
"""Whether an event is to be told to any webhook; its parameters are `of_entity` and `of_action`."""

_ADD = Statement(
    insert(webhook_deliveries).from_select(
        ["webhook", "event", "failed", "attempts", "due", "time", "entity", "action", "data"],
        select(
            webhooks.c.id,
            bindparam("number", type_=webhook_deliveries.c.event.type),
            literal(0),
            literal(0),
            bindparam("now", type_=webhook_deliveries.c.due.type),
            bindparam("now", type_=webhook_deliveries.c.time.type),
            webhook_events.c.entity,
            webhook_events.c.action,
            bindparam("what", type_=webhook_deliveries.c.data.type),
        ).where(*_listens),
    )
)
_oldest = (
    select(func.min(webhook_deliveries.c.event))
    .where(webhook_deliveries.c.webhook == webhooks.c.id, webhook_deliveries.c.failed == 0)
    .correlate(webhooks)
    .scalar_subquery()
)
_heads = select(webhooks.c.id.label("webhook"), _oldest.label("event")).where(webhooks.c.active == 1).subquery()
_at_its_head = (webhook_deliveries.c.webhook == _heads.c.webhook) & (webhook_deliveries.c.event == _heads.c.event)
_NEXT = Statement(select(func.min(webhook_deliveries.c.due)).select_from(webhook_deliveries.join(_heads, _at_its_head)))
_due = (
    select(webhook_deliveries.c.webhook, webhook_deliveries.c.event)
    .select_from(webhook_deliveries.join(_heads, _at_its_head))
    .where(webhook_deliveries.c.due <= bindparam("now"))
    .order_by(webhook_deliveries.c.due)
    .limit(bindparam("wanted"))
    .with_for_update(of=webhook_deliveries, skip_locked=True)
    .cte("due")
)
_CLAIM = Statement(
    update(webhook_deliveries)
    .where(webhook_deliveries.c.webhook == _due.c.webhook, webhook_deliveries.c.event == _due.c.event)
    .values(due=bindparam("until"), attempts=webhook_deliveries.c.attempts + 1)
    .returning(
        webhook_deliveries.c.webhook,
        webhook_deliveries.c.event,
        webhook_deliveries.c.attempts,
        webhook_deliveries.c.entity,
        webhook_deliveries.c.action,
        webhook_deliveries.c.time,
        webhook_deliveries.c.data,
    )
)
_TARGET = Statement(
    select(webhooks.c.webhook_id, webhooks.c.name, webhooks.c.url, webhooks.c.secret).where(
        webhooks.c.id == bindparam("webhook")
    )
)
_MINE = (
    webhook_deliveries.c.webhook == bindparam("the_webhook"),
    webhook_deliveries.c.event == bindparam("the_event"),
    webhook_deliveries.c.attempts == bindparam("the_attempt"),
)
_ARRIVED = Statement(delete(webhook_deliveries).where(*_MINE))
_NOT_ARRIVED = Statement(
    update(webhook_deliveries)
    .where(*_MINE)
    .values(failed=bindparam("has_failed"), due=bindparam("next_due"), error=bindparam("what"))
)
_FORGET = Statement(delete(webhook_deliveries).where(webhook_deliveries.c.time < bindparam("before")))
_NUMBER = Statement(select(webhooks.c.id).where(webhooks.c.webhook_id == bindparam("webhook_id")))
_PAGE = Statement(
    select(
        webhook_deliveries.c.event,
        webhook_deliveries.c.failed,
        webhook_deliveries.c.attempts,
        webhook_deliveries.c.due,
        webhook_deliveries.c.error,
        webhook_deliveries.c.entity,
        webhook_deliveries.c.action,
        webhook_deliveries.c.time,
    )
    .where(webhook_deliveries.c.webhook == bindparam("webhook"), webhook_deliveries.c.event < bindparam("below"))
    .order_by(webhook_deliveries.c.event.desc())
    .limit(bindparam("wanted"))
)
_NEWEST_FIRST = [SortKey(webhook_deliveries.c.event, False, "int")]


def prepare_deliveries(transaction: Transaction, event: int, entity: str, action: str, now: int, data: str) -> None:
    """Put an event that was just written into the outbox, for each active webhook that is told of its kind.

    Args:
        transaction: the open one.
        event: its number.
        entity: what it happened to.
        action: what happened.
        now: when, in milliseconds since the Unix epoch.
        data: JSON.
    """
    transaction.write(_ADD, number=event, now=now, of_entity=entity, of_action=action, what=data)
    transaction.has_deliveries = True


def forget_deliveries(transaction: Transaction, before: int) -> None:
    """Forget what was to be told of events before a time, whether it waits or failed."""
    transaction.write(_FORGET, before=before)


@reads(NextDelivery, quick=True)
def next_delivery(transaction: Transaction, call: NextDelivery) -> int | None:
    """Look at the oldest waiting one of each webhook."""
    due: int | None = transaction.rows(_NEXT)[0][0]
    return due


@writes(ClaimDeliveries)
def claim_deliveries(transaction: Transaction, call: ClaimDeliveries) -> list[Delivery]:
    """Take what is due, and read what is to be told to whom."""
    now = now_ms()
    taken = transaction.rows(_CLAIM, now=now, until=now + call.lease_ms, wanted=call.limit)
    found = []
    for webhook, event, attempt, entity, action, time, data in taken:
        for place in transaction.rows(_TARGET, webhook=webhook):
            target = target_of(*place)
            name = _delivery_id(target.webhook_id, event, time)
            found.append(Delivery(webhook, event, attempt, name, target, entity, action, time, data))
    return found


@writes(SettleDelivery)
def settle_delivery(transaction: Transaction, call: SettleDelivery) -> None:
    """Remove what arrived; let the rest wait, or keep it as failed."""
    mine = {"the_webhook": call.webhook, "the_event": call.event, "the_attempt": call.attempt}
    if call.error is None:
        transaction.write(_ARRIVED, **mine)
    else:
        failed = call.retry_at is None
        transaction.write(
            _NOT_ARRIVED, **mine, has_failed=int(failed), next_due=call.retry_at or now_ms(), what=call.error
        )


@reads(ListWebhookDeliveries, quick=True)
def list_webhook_deliveries(transaction: Transaction, call: ListWebhookDeliveries) -> WebhookDeliveriesPage:
    """Read them backwards."""
    number = transaction.row(_NUMBER, webhook_id=call.webhook_id)
    if number is None:
        raise no_webhook(call.webhook_id)
    order = ["webhook_deliveries", call.webhook_id]
    below = read_token(call.page_token, order, _NEWEST_FIRST)[0] if call.page_token else 2**62
    rows = transaction.rows(_PAGE, webhook=number[0], below=below, wanted=call.max_results + 1)
    page = rows[: call.max_results]
    return WebhookDeliveriesPage(
        [
            WebhookDelivery(
                _delivery_id(call.webhook_id, event, time),
                WebhookEvent(entity, action),
                time,
                "FAILED" if failed else "WAITING",
                attempts,
                None if failed else due,
                error,
            )
            for event, failed, attempts, due, error, entity, action, time in page
        ],
        write_token(order, [page[-1][0]]) if len(rows) > len(page) else None,
    )


def _delivery_id(webhook_id: str, event: int, time: int) -> str:
    """Return the same id for every attempt; with the time, because the number of a forgotten event is given again."""
    return str(uuid.uuid5(uuid.UUID(webhook_id), f"{event}/{time}"))
