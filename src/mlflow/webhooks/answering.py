"""Calls on webhooks that reach out into the network, answered where the store is: in a server or one's own process."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from mlflow.api.webhook_deliveries import GetWebhookTarget
from mlflow.api.webhooks import CreateWebhook, GetWebhook, TryWebhook, UpdateWebhook, WebhookTestReply
from mlflow.entities.webhook import WebhookTestResult
from mlflow.webhooks.destinations import destination
from mlflow.webhooks.sending import attempt, body_of
from mlflow.webhooks.types import get_example_payload_for_event

if TYPE_CHECKING:
    from mlflow.store.base import Store


def check_destination(call: CreateWebhook | UpdateWebhook) -> None:
    """Refuse a URL that nothing could be sent to. What it means later is looked at again with each delivery.

    Raises:
        InvalidParameter: a field is wrong, or the URL leads where nothing may be sent.
    """
    call.check()
    if call.url is not None:
        destination(call.url)


def try_webhook(store: Store, call: TryWebhook) -> WebhookTestReply:
    """Send an example to a webhook, once, and return what came of it.

    Raises:
        NotFound: there is no such webhook.
    """
    call.check()
    event = call.event or store.call(GetWebhook(webhook_id=call.webhook_id)).webhook.events[0]
    target = store.call(GetWebhookTarget(webhook_id=call.webhook_id))
    body = body_of(event, time.time_ns() // 1_000_000, get_example_payload_for_event(event))
    outcome = attempt(target, str(uuid.uuid4()), body)
    return WebhookTestReply(
        WebhookTestResult(
            success=outcome.error is None,
            response_status=outcome.status,
            response_body=outcome.body,
            error_message=outcome.error,
        )
    )
