"""The client's methods on webhooks."""

from __future__ import annotations

from collections.abc import Sequence

from mlflow.api import webhooks as api
from mlflow.client.base import ClientBase, text
from mlflow.entities.webhook import Webhook, WebhookEvent, WebhookStatus, WebhookTestResult
from mlflow.exceptions import InvalidParameter
from mlflow.store.entities import PagedList
from mlflow.store.registry import is_http, store_for


class WebhookMethods(ClientBase):
    """Have addresses told of changes in the registry. The servers on its database do that; a client does not."""

    def create_webhook(
        self,
        name: str,
        url: str,
        events: Sequence[str | WebhookEvent],
        description: str | None = None,
        secret: str | None = None,
        status: str | WebhookStatus | None = None,
    ) -> Webhook:
        """Have an address told of events from now on.

        Args:
            name: 1 to 63 letters, digits, dots, underscores and dashes; need not be unique.
            url: where to, on the public internet, with https.
            events: for example `["prompt_version.created", "prompt_alias.created"]`.
            description: free text.
            secret: signs each delivery; it is not shown again.
            status: ACTIVE or DISABLED.

        Raises:
            MlflowException: INVALID_PARAMETER_VALUE.
        """
        call = api.CreateWebhook(
            name=text("name", name),
            url=text("url", url),
            events=_events(events),
            description=description,
            secret=secret,
            status=None if status is None else WebhookStatus(status).value,
        )
        return self._changed(call)

    def get_webhook(self, webhook_id: str) -> Webhook:
        """Return a webhook, without its secret.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST.
        """
        return self._call_registry(api.GetWebhook(webhook_id=text("webhook_id", webhook_id))).webhook

    def list_webhooks(self, max_results: int | None = None, page_token: str | None = None) -> PagedList[Webhook]:
        """Return one page of the webhooks, newest first.

        Args:
            max_results: webhooks on a page, 1 to 1,000; 100 when left out.
            page_token: `token` of the page before.
        """
        wanted = api.PAGE_DEFAULT if max_results is None else max_results
        page = self._call_registry(api.ListWebhooks(max_results=wanted, page_token=page_token or None))
        return PagedList(page.webhooks, page.next_page_token or None)

    def update_webhook(
        self,
        webhook_id: str,
        name: str | None = None,
        description: str | None = None,
        url: str | None = None,
        events: Sequence[str | WebhookEvent] | None = None,
        secret: str | None = None,
        status: str | WebhookStatus | None = None,
    ) -> Webhook:
        """Change what is given of a webhook; an empty description or secret removes it.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE.
        """
        call = api.UpdateWebhook(
            webhook_id=text("webhook_id", webhook_id),
            name=name,
            description=description,
            url=url,
            events=None if events is None else _events(events),
            secret=secret,
            status=None if status is None else WebhookStatus(status).value,
        )
        return self._changed(call)

    def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook; what waits for it is not told.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST.
        """
        self._call_registry(api.DeleteWebhook(webhook_id=text("webhook_id", webhook_id)))

    def test_webhook(self, webhook_id: str, event: str | WebhookEvent | None = None) -> WebhookTestResult:
        """Send an example to a webhook, once, and return what its address answered.

        Args:
            webhook_id: which one, active or not.
            event: what the example is of; the first of its own when left out.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE there is no such event.
        """
        call = api.TryWebhook(
            webhook_id=text("webhook_id", webhook_id), event=None if event is None else _events([event])[0]
        )
        if is_http(self._registry_uri):
            return self._call_registry(call).result
        from mlflow.webhooks.answering import try_webhook

        return try_webhook(store_for(self._registry_uri), call).result

    def _changed(self, call: api.CreateWebhook | api.UpdateWebhook) -> Webhook:
        if not is_http(self._registry_uri):  # a server does this itself, by its own settings
            from mlflow.webhooks.answering import check_destination

            check_destination(call)
        return self._call_registry(call).webhook


def _events(given: Sequence[str | WebhookEvent]) -> list[WebhookEvent]:
    if isinstance(given, str) or not all(isinstance(event, str | WebhookEvent) for event in given) or not given:
        raise InvalidParameter(
            f"Invalid value {given!r} for parameter 'events': give a list such as ['prompt_version.created']."
        )
    return [event if isinstance(event, WebhookEvent) else WebhookEvent.from_str(event) for event in given]
