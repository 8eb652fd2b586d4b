"""Calls on webhooks: addresses that are told of changes in the registry."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import msgspec
from msgspec import field

from mlflow.api.base import EDIT, MANAGE, READ, Call, rest
from mlflow.api.checks import check_max_results, check_no_repeats
from mlflow.api.names import check_text
from mlflow.entities.webhook import Webhook, WebhookEvent, WebhookStatus, WebhookTestResult
from mlflow.exceptions import InvalidParameter, NotFound

PAGE_LIMIT = 1000
PAGE_DEFAULT = 100
URL_LIMIT = 2000
DESCRIPTION_LIMIT = 1000
SECRET_LIMIT = 1000

_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9._\-]{0,61}[a-zA-Z0-9])?")
_ID = re.compile(r"[\w\-]{1,64}")
_NOT_IN_URLS = re.compile(r"[\x00-\x20\x7f\\]")


class WebhookReply(msgspec.Struct):
    webhook: Webhook


class WebhooksPage(msgspec.Struct, omit_defaults=True):
    webhooks: list[Webhook] = field(default_factory=list)
    next_page_token: str | None = None


class WebhookTestReply(msgspec.Struct):
    result: WebhookTestResult


class WebhookDelivery(msgspec.Struct, omit_defaults=True):
    """A delivery that has not arrived. Times are milliseconds since the Unix epoch.

    `state` is WAITING, or FAILED when it will not be tried again; `next_attempt` is when a waiting one is due.
    """

    delivery_id: str
    event: WebhookEvent
    timestamp: int
    state: str
    attempts: int
    next_attempt: int | None = None
    last_error: str | None = None


class WebhookDeliveriesPage(msgspec.Struct, omit_defaults=True):
    deliveries: list[WebhookDelivery] = field(default_factory=list)
    next_page_token: str | None = None


@rest("GET", "webhooks", needs=READ())
class ListWebhooks(Call[WebhooksPage]):
    """List webhooks, newest first.

    Errors: INVALID_PARAMETER_VALUE bad page size or token.
    """

    max_results: int = PAGE_DEFAULT
    page_token: str | None = None

    def check(self) -> None:
        check_max_results(self.max_results, PAGE_LIMIT)


@rest("POST", "webhooks", needs=EDIT(), once=True)
class CreateWebhook(Call[WebhookReply]):
    """Create a webhook: from now on its address is told of these events, signed if there is a secret.

    The secret is kept and never shown again.

    Errors: INVALID_PARAMETER_VALUE bad name, event or address; the address is not https, is of this network, or its
    host is not known (an operator may allow the first two).
    """

    name: str
    url: str
    events: list[WebhookEvent]
    description: str | None = None
    secret: str | None = None
    status: str | int | None = None

    def check(self) -> None:
        self.must_have("name", "url")
        _check_fields(self)


@rest("GET", "webhooks/{webhook_id}", needs=READ("webhook_id"))
class GetWebhook(Call[WebhookReply]):
    """Get a webhook.

    Errors: RESOURCE_DOES_NOT_EXIST.
    """

    webhook_id: str = ""

    def check(self) -> None:
        check_webhook_id(self.webhook_id)


@rest("PATCH", "webhooks/{webhook_id}", needs=MANAGE("webhook_id"))
class UpdateWebhook(Call[WebhookReply]):
    """Change what is given of a webhook. An empty description or secret removes it.

    A disabled webhook is told of nothing; what waits for it then is told when it is active again within a day.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE as for its creation.
    """

    webhook_id: str = ""
    name: str | None = None
    description: str | None = None
    url: str | None = None
    events: list[WebhookEvent] | None = None
    secret: str | None = None
    status: str | int | None = None

    def check(self) -> None:
        check_webhook_id(self.webhook_id)
        # Clients send an empty list for "as it was".
        self.events = self.events or None
        _check_fields(self)


@rest("DELETE", "webhooks/{webhook_id}", needs=MANAGE("webhook_id"))
class DeleteWebhook(Call[None]):
    """Delete a webhook; what waits for it is not told.

    Errors: RESOURCE_DOES_NOT_EXIST.
    """

    webhook_id: str = ""

    def check(self) -> None:
        check_webhook_id(self.webhook_id)


@rest("POST", "webhooks/{webhook_id}/test", needs=MANAGE("webhook_id"))
class TryWebhook(Call[WebhookTestReply]):
    """Send an example to a webhook, active or not, once, and return what its address answered.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE there is no such event.
    """

    webhook_id: str = ""
    event: WebhookEvent | None = None  # None: the first of its own

    def check(self) -> None:
        check_webhook_id(self.webhook_id)


@rest("GET", "webhooks/{webhook_id}/deliveries", needs=MANAGE("webhook_id"), version="3.0", family="headrace")
class ListWebhookDeliveries(Call[WebhookDeliveriesPage]):
    """List what a webhook has not been told, newest first: what waits, and for a day what failed for good.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE bad page size or token.
    """

    webhook_id: str = ""
    max_results: int = PAGE_DEFAULT
    page_token: str | None = None

    def check(self) -> None:
        check_webhook_id(self.webhook_id)
        check_max_results(self.max_results, PAGE_LIMIT)


def check_webhook_id(webhook_id: str) -> None:
    """Refuse what can never be a webhook's id.

    Raises:
        NotFound: no webhook has it.
    """
    if not _ID.fullmatch(webhook_id):
        raise no_webhook(webhook_id)


def no_webhook(webhook_id: str) -> NotFound:
    """Return the error about a webhook that is not there."""
    return NotFound(f"Webhook with ID {webhook_id[:80]} not found.")


def check_url(url: str) -> None:
    """Refuse an address that nothing can be sent to. Whether it may be sent to is the server's business."""
    check_text("webhook's url", url, URL_LIMIT)
    if _NOT_IN_URLS.search(url):
        raise InvalidParameter(
            f"Invalid webhook URL {url!r}: write spaces and other special signs as %20 and the like."
        )
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").encode("idna"), parts.port
    except ValueError as error:  # a UnicodeError is one too
        raise InvalidParameter(f"Invalid webhook URL {url!r}: {error}.") from error
    if not parts.scheme or not host:
        raise InvalidParameter(f"Invalid webhook URL {url!r}. Write https://host/path.")


def _check_fields(call: CreateWebhook | UpdateWebhook) -> None:
    if call.name is not None and not _NAME.fullmatch(call.name):
        raise InvalidParameter(
            f"Invalid webhook name {call.name[:80]!r}. Use 1 to 63 letters, digits, dots, underscores and dashes, "
            "with a letter or digit at both ends."
        )
    if call.url is not None:
        check_url(call.url)
    if call.events is not None:
        if not call.events:
            raise InvalidParameter("Missing value for required parameter 'events': name at least one.")
        check_no_repeats("events", map(str, call.events))
    check_text("description", call.description, DESCRIPTION_LIMIT)
    check_text("secret", call.secret, SECRET_LIMIT)
    if call.status is not None:
        call.status = _status_name(call.status)


def _status_name(given: str | int) -> str:
    for number, status in enumerate(WebhookStatus, start=1):
        if str(given) in (status.value, str(number)):
            return status.value
    raise InvalidParameter(f"Invalid value {str(given)[:80]!r} for parameter 'status'. Valid: ACTIVE, DISABLED.")
