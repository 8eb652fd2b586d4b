"""What every store promises about webhooks. They are told of budgets here, which nothing exceeds: nothing is sent."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from mlflow.api.webhooks import (
    CreateWebhook,
    DeleteWebhook,
    GetWebhook,
    ListWebhookDeliveries,
    ListWebhooks,
    UpdateWebhook,
)
from mlflow.entities import Webhook, WebhookEvent, WebhookStatus
from mlflow.store.base import Store
from tests.contract.errors import refused

URL = "https://8.8.8.8/hook"
NEVER = WebhookEvent("budget_policy", "exceeded")
OF_ONE: tuple[Any, ...] = (GetWebhook, UpdateWebhook, DeleteWebhook, ListWebhookDeliveries)


def new(store: Store, **given: Any) -> Webhook:
    return store.call(CreateWebhook(**{"name": "hook", "url": URL, "events": [NEVER], **given})).webhook


def get(store: Store, webhook_id: str) -> Webhook:
    return store.call(GetWebhook(webhook_id=webhook_id)).webhook


@pytest.fixture
def webhook(store: Store) -> str:
    """The id of a new webhook."""
    return new(store, description="tells", secret="s").webhook_id


def test_a_new_webhook_has_what_it_was_given_and_its_times(store: Store) -> None:
    made = new(store, name="a.b_c-1", description="tells", status="DISABLED")

    found = get(store, made.webhook_id)

    assert found == made
    assert (found.name, found.url, found.description, found.status) == ("a.b_c-1", URL, "tells", WebhookStatus.DISABLED)
    assert found.creation_timestamp == found.last_updated_timestamp > 1_600_000_000_000
    assert str(uuid.UUID(found.webhook_id)) == found.webhook_id


def test_a_new_webhook_is_active_unless_said_otherwise(store: Store) -> None:
    assert get(store, new(store).webhook_id).status is WebhookStatus.ACTIVE
    assert get(store, new(store, status=2).webhook_id).status is WebhookStatus.DISABLED


def test_events_come_sorted_however_they_were_given(store: Store) -> None:
    given = ["budget_policy.exceeded", "model_version_tag.set", "prompt.created", "model_version_tag.deleted"]
    made = new(store, events=[WebhookEvent.from_str(event) for event in given], status="DISABLED")

    found = get(store, made.webhook_id)

    assert list(map(str, made.events)) == list(map(str, found.events)) == sorted(given)


def test_a_secret_is_never_shown(store: Store, webhook: str) -> None:
    updated = store.call(UpdateWebhook(webhook_id=webhook, secret="another")).webhook
    listed = store.call(ListWebhooks(max_results=1)).webhooks[0]

    shown = [new(store, secret="s"), get(store, webhook), updated, listed]

    assert [one.secret for one in shown] == [None] * 4


def test_two_webhooks_may_have_the_same_name(store: Store) -> None:
    assert new(store).webhook_id != new(store).webhook_id


def test_a_webhook_created_twice_with_one_key_is_created_once(store: Store) -> None:
    call = CreateWebhook(name="once", url=URL, events=[NEVER])
    key = uuid.uuid4().hex

    first, second = store.call(call, key).webhook, store.call(call, key).webhook

    assert first == second


@pytest.mark.parametrize("name", ["", " ", "a" * 64, "-a", "a-", "_a", "a b", "é", "a/b", "a\n"])
def test_a_name_that_can_be_none_is_refused(store: Store, webhook: str, name: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "name"):
        new(store, name=name)
    with refused("INVALID_PARAMETER_VALUE", "name"):
        store.call(UpdateWebhook(webhook_id=webhook, name=name))


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "//8.8.8.8/", "https://", "https:///path", "https://:443/", "https://8.8.8.8:99999/"),
        *("https://8.8.8.8:x/", "https://[8.8.8.8/", "https://[::1", "https://a..b/", "https://8.8.8.8/a b"),
        *("https://8.8.8.8/\n", " https://8.8.8.8/", "https://8.8.8.8\\@x/", "https://x.y/\0"),
        *("https://" + "a" * 64 + ".com/", "https://8.8.8.8/" + "x" * 2000),
    ],
)
def test_a_url_that_nothing_can_be_sent_to_is_refused(store: Store, webhook: str, url: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "(?i)url"):
        new(store, url=url)
    with refused("INVALID_PARAMETER_VALUE", "(?i)url"):
        store.call(UpdateWebhook(webhook_id=webhook, url=url))


@pytest.mark.parametrize(
    "given",
    [
        {"events": []},
        {"events": [NEVER, NEVER]},
        {"status": "ASLEEP"},
        {"status": 3},
        {"description": "d" * 1001},
        {"secret": "s" * 1001},
        {"secret": "a\0b"},
    ],
    ids=lambda given: next(iter(given)),
)
def test_other_fields_that_cannot_be_are_refused(store: Store, given: dict[str, Any]) -> None:
    with refused("INVALID_PARAMETER_VALUE", next(iter(given))):
        new(store, **given)


def test_an_update_changes_what_is_given_and_nothing_else(store: Store, webhook: str) -> None:
    before = get(store, webhook)

    store.call(UpdateWebhook(webhook_id=webhook, name="renamed", status="DISABLED"))

    after = get(store, webhook)
    assert (after.name, after.status) == ("renamed", WebhookStatus.DISABLED)
    assert (after.url, after.description, after.events) == (before.url, before.description, before.events)
    assert after.creation_timestamp == before.creation_timestamp
    assert after.last_updated_timestamp >= before.last_updated_timestamp


def test_an_update_replaces_url_and_events(store: Store, webhook: str) -> None:
    events = [WebhookEvent("prompt", "created")]

    told = store.call(
        UpdateWebhook(webhook_id=webhook, url="https://1.1.1.1/", events=events, status="DISABLED")
    ).webhook

    assert told == get(store, webhook)
    assert (told.url, told.events) == ("https://1.1.1.1/", events)


def test_an_update_with_an_empty_description_removes_it_and_with_no_events_leaves_them(
    store: Store, webhook: str
) -> None:
    store.call(UpdateWebhook(webhook_id=webhook, description="", events=[]))

    found = get(store, webhook)
    assert (found.description, found.events) == (None, [NEVER])


def test_a_deleted_webhook_is_gone(store: Store, webhook: str) -> None:
    store.call(DeleteWebhook(webhook_id=webhook))

    for call in OF_ONE:
        with refused("RESOURCE_DOES_NOT_EXIST", "not found"):
            store.call(call(webhook_id=webhook))
    assert webhook not in [one.webhook_id for one in store.call(ListWebhooks(max_results=1000)).webhooks]


@pytest.mark.parametrize("webhook_id", ["", "nope", "a/b", "..", "?", "x" * 100, "\0", "ä", "{webhook_id}"])
def test_an_id_that_no_webhook_has_is_not_found(store: Store, webhook_id: str) -> None:
    for call in OF_ONE:
        with refused("RESOURCE_DOES_NOT_EXIST", "not found"):
            store.call(call(webhook_id=webhook_id))


def test_webhooks_are_listed_newest_first_page_by_page(store: Store) -> None:
    made = [new(store, name=f"hook-{number}").webhook_id for number in range(5)]

    pages: list[list[str]] = []
    token = None
    while len(pages) < 3:
        page = store.call(ListWebhooks(max_results=2, page_token=token))
        pages.append([one.webhook_id for one in page.webhooks])
        token = page.next_page_token

    assert [*pages[0], *pages[1], *pages[2]][:5] == made[::-1]


def test_the_last_page_has_no_token(store: Store, webhook: str) -> None:
    page = store.call(ListWebhooks(max_results=1000))

    assert page.next_page_token is None
    assert page.webhooks[0].webhook_id == webhook


@pytest.mark.parametrize("size", [0, -1, 1001])
def test_a_page_size_out_of_bounds_is_refused(store: Store, webhook: str, size: int) -> None:
    with refused("INVALID_PARAMETER_VALUE", "max_results"):
        store.call(ListWebhooks(max_results=size))
    with refused("INVALID_PARAMETER_VALUE", "max_results"):
        store.call(ListWebhookDeliveries(webhook_id=webhook, max_results=size))


def test_a_page_token_that_is_none_is_refused(store: Store, webhook: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "page token"):
        store.call(ListWebhooks(page_token="bad"))
    with refused("INVALID_PARAMETER_VALUE", "page token"):
        store.call(ListWebhookDeliveries(webhook_id=webhook, page_token="bad"))


def test_a_webhook_that_was_told_everything_has_no_deliveries(store: Store, webhook: str) -> None:
    page = store.call(ListWebhookDeliveries(webhook_id=webhook))

    assert (page.deliveries, page.next_page_token) == ([], None)
