"""Webhooks are told what happened: signed, at least once, in order; and who is slow or gone holds up nobody else."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mlflow import MlflowClient
from mlflow.api.webhooks import ListWebhookDeliveries, WebhookDelivery
from mlflow.entities import Webhook
from mlflow.store.rest import RestStore
from tests.servers import headrace_server
from tests.webhooks.receiving import Received, Receiver, cut, drop_by_drop, receiver, slowly, with_status
from tests.webhooks.settings import NEAR

NewWebhook = Callable[..., Webhook]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("webhooks")
    with headrace_server(f"sqlite:///{folder}/registry.db", folder / "artifacts", env=NEAR) as address:
        yield address


@pytest.fixture(scope="module")
def client(url: str) -> MlflowClient:
    return MlflowClient(url)


@pytest.fixture(scope="module")
def there() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def path() -> str:
    """A path of the receiver that only this test uses."""
    return f"/{uuid.uuid4().hex}"


@pytest.fixture
def name() -> str:
    """A name that only this test uses."""
    return f"n{uuid.uuid4().hex}"


@pytest.fixture
def new_webhook(client: MlflowClient, there: Receiver, path: str) -> Iterator[NewWebhook]:
    """Create a webhook that is told of new models, until the test ends."""
    made: list[str] = []

    def create(at: str = path, events: tuple[str, ...] = ("registered_model.created",), **more: Any) -> Webhook:
        webhook = client.create_webhook("hook", there.url + at, list(events), **more)
        made.append(webhook.webhook_id)
        return webhook

    yield create
    for webhook_id in made:
        client.delete_webhook(webhook_id)


@pytest.fixture
def deliveries(url: str) -> Callable[[Webhook], list[WebhookDelivery]]:
    """List what a webhook has not been told."""
    store = RestStore(url)
    return lambda webhook: store.call(ListWebhookDeliveries(webhook_id=webhook.webhook_id)).deliveries


Deliveries = Callable[[Webhook], list[WebhookDelivery]]


def until(true: Callable[[], bool], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        time.sleep(0.02)


def test_a_delivery_says_what_happened_and_when(
    client: MlflowClient, there: Receiver, new_webhook: NewWebhook, path: str, name: str
) -> None:
    new_webhook()

    client.create_registered_model(name, tags={"team": "blue"}, description="which customers leave")

    [told] = there.wait_for(1, path)
    happened = datetime.fromisoformat(told.content.pop("timestamp"))
    assert told.content | {"timestamp": None} == {
        "entity": "registered_model",
        "action": "created",
        "timestamp": None,
        "data": {"name": name, "tags": {"team": "blue"}, "description": "which customers leave"},
    }
    assert abs(happened.timestamp() - time.time()) < 60
    assert abs(int(told.headers["X-MLflow-Timestamp"]) - time.time()) < 60
    assert told.headers["Content-Type"] == "application/json"
    assert str(uuid.UUID(told.delivery_id)) == told.delivery_id
    assert told.at < time.monotonic()


def test_it_comes_right_after_the_commit(
    client: MlflowClient, there: Receiver, new_webhook: NewWebhook, path: str, name: str
) -> None:
    new_webhook()
    client.create_registered_model(f"{name}-first")
    there.wait_for(1, path)
    begun = time.monotonic()

    client.create_registered_model(name)

    assert there.wait_for(2, path)[1].at - begun < 0.5, "it waited for the next poll"


def test_a_delivery_is_signed_with_the_secret(
    client: MlflowClient, there: Receiver, new_webhook: NewWebhook, path: str, name: str
) -> None:
    webhook = new_webhook(secret="a long random text, é")

    told: list[Received] = []
    for secret in ("another", "", None):
        client.create_registered_model(f"{name}-{len(told)}")
        told.append(there.wait_for(len(told) + 1, path)[-1])
        client.update_webhook(webhook.webhook_id, secret=secret)

    first, second, third = told
    assert first.is_signed_with("a long random text, é")
    assert not first.is_signed_with("another")
    assert second.is_signed_with("another")
    assert "X-MLflow-Signature" not in third.headers


def test_each_webhook_is_told_of_its_own_events(
    client: MlflowClient, there: Receiver, new_webhook: NewWebhook, path: str, name: str
) -> None:
    new_webhook(f"{path}/models")
    new_webhook(f"{path}/aliases", events=("model_version_alias.created", "model_version_alias.deleted"))
    new_webhook(f"{path}/asleep", status="DISABLED")

    client.create_registered_model(name)
    client.create_model_version(name, "s3://bucket/model")
    client.set_registered_model_alias(name, "champion", "1")
    client.delete_registered_model_alias(name, "champion")

    aliases = there.wait_for(2, f"{path}/aliases")
    assert [told.content["data"] for told in aliases] == [
        {"name": name, "alias": "champion", "version": "1"},
        {"name": name, "alias": "champion"},
    ]
    assert len(there.wait_for(1, f"{path}/models")) == 1
    assert there.at(f"{path}/asleep") == []


@pytest.mark.parametrize("answer", [with_status(500), with_status(429), cut], ids=["500", "429", "cut"])
def test_what_did_not_arrive_is_sent_again_with_the_same_id(
    client: MlflowClient, there: Receiver, new_webhook: NewWebhook, path: str, name: str, answer: Any
) -> None:
    there.answers[path] = [answer, with_status(200)]
    new_webhook(secret="s")

    client.create_registered_model(name)

    first, second = there.wait_for(2, path)
    assert (second.delivery_id, second.body) == (first.delivery_id, first.body)
    assert 1.4 < second.at - first.at < 4
    assert second.is_signed_with("s")


def test_a_receiver_may_say_how_long_it_wants_to_be_left_alone(
    client: MlflowClient, there: Receiver, new_webhook: NewWebhook, path: str, name: str
) -> None:
    there.answers[path] = [with_status(503, Retry_After="4"), with_status(200)]
    new_webhook()

    client.create_registered_model(name)

    first, second = there.wait_for(2, path)
    assert second.at - first.at >= 4


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (with_status(404), "It answered with status 404."),
        (with_status(302, Location="/elsewhere"), "It redirects elsewhere, which is not followed."),
    ],
    ids=["404", "302"],
)
def test_what_is_refused_for_good_is_not_sent_again_and_listed_as_failed(
    client: MlflowClient,
    there: Receiver,
    new_webhook: NewWebhook,
    deliveries: Deliveries,
    path: str,
    name: str,
    answer: Any,
    why: str,
) -> None:
    there.answers[path] = [answer, with_status(200)]
    webhook = new_webhook()

    client.create_registered_model(name)
    client.create_registered_model(f"{name}-2")

    refused, arrived = there.wait_for(2, path)
    until(lambda: len(deliveries(webhook)) == 1)
    [failed] = deliveries(webhook)
    assert arrived.content["data"]["name"] == f"{name}-2"
    assert (failed.delivery_id, failed.state, failed.attempts) == (refused.delivery_id, "FAILED", 1)
    assert str(failed.event) == "registered_model.created"
    assert (failed.last_error or "").startswith(why)
    assert there.at("/elsewhere") == []


def test_one_that_fails_holds_up_those_behind_it_and_no_other_webhook(
    client: MlflowClient, there: Receiver, new_webhook: NewWebhook, deliveries: Deliveries, path: str, name: str
) -> None:
    there.answers[f"{path}/down"] = [with_status(503), with_status(200)]
    down, _ = new_webhook(f"{path}/down"), new_webhook(f"{path}/up")

    for number in range(3):
        client.create_registered_model(f"{name}-{number}")

    there.wait_for(3, f"{path}/up")
    assert len(there.at(f"{path}/down")) == 1
    waiting = deliveries(down)
    assert [one.state for one in waiting] == ["WAITING"] * 3
    assert [one.attempts for one in waiting] == [0, 0, 1], "newest first"
    assert waiting[-1].last_error == "It answered with status 503."

    told = there.wait_for(4, f"{path}/down")
    names = [one.content["data"]["name"] for one in told]
    assert names == [f"{name}-0", f"{name}-0", f"{name}-1", f"{name}-2"]
    until(lambda: deliveries(down) == [])


def test_there_are_as_many_attempts_as_the_operator_wants(
    there: Receiver, path: str, name: str, tmp_path: Path
) -> None:
    there.answers[path] = [with_status(503), with_status(500), with_status(200)]
    env = NEAR | {"MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES": "1"}
    with headrace_server(f"sqlite:///{tmp_path}/registry.db", tmp_path / "artifacts", env=env) as address:
        client = MlflowClient(address)
        webhook = client.create_webhook("hook", there.url + path, ["registered_model.created"])
        client.create_registered_model(name)
        there.wait_for(2, path)
        store = RestStore(address)
        call = ListWebhookDeliveries(webhook_id=webhook.webhook_id)
        until(lambda: store.call(call).deliveries[0].state == "FAILED")
        [failed] = store.call(call).deliveries

    assert (failed.attempts, failed.last_error) == (2, "It answered with status 500.")
    assert len(there.at(path)) == 2


def test_a_slow_receiver_does_not_slow_the_server(
    client: MlflowClient, there: Receiver, new_webhook: NewWebhook, path: str, name: str
) -> None:
    there.answers[path] = [slowly(2.0)]
    webhooks = [new_webhook() for _ in range(20)]

    slowest = 0.0
    for number in range(30):
        begun = time.monotonic()
        client.create_registered_model(f"{name}-{number}")
        client.get_registered_model(f"{name}-{number}")
        slowest = max(slowest, time.monotonic() - begun)

    assert len(there.at(path)) <= 10, "more than MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS at once"
    assert slowest < 1.0
    for webhook in webhooks:
        client.update_webhook(webhook.webhook_id, status="DISABLED")


def test_an_answer_that_trickles_in_is_not_waited_for(
    client: MlflowClient, there: Receiver, new_webhook: NewWebhook, deliveries: Deliveries, path: str, name: str
) -> None:
    there.answers[path] = [drop_by_drop, with_status(200)]
    webhook = new_webhook()
    begun = time.monotonic()

    client.create_registered_model(name)

    until(lambda: any(one.last_error for one in deliveries(webhook)))
    assert 2.5 < time.monotonic() - begun < 5
    assert deliveries(webhook)[0].last_error == "No whole answer came within 3 seconds."
    there.wait_for(2, path)


def test_a_disabled_webhook_is_told_later_what_waited_for_it(
    client: MlflowClient, there: Receiver, new_webhook: NewWebhook, deliveries: Deliveries, path: str, name: str
) -> None:
    there.answers[path] = [with_status(503), with_status(200)]
    webhook = new_webhook()
    client.create_registered_model(name)
    until(lambda: any(one.last_error for one in deliveries(webhook)))

    client.update_webhook(webhook.webhook_id, status="DISABLED")
    client.create_registered_model(f"{name}-unheard")
    time.sleep(3)
    assert len(there.at(path)) == 1

    client.update_webhook(webhook.webhook_id, status="ACTIVE")
    there.wait_for(2, path)
    until(lambda: deliveries(webhook) == [])
    assert {told.content["data"]["name"] for told in there.at(path)} == {name}


def test_a_deleted_webhook_is_told_nothing_more(
    client: MlflowClient, there: Receiver, new_webhook: NewWebhook, path: str, name: str
) -> None:
    there.answers[path] = [with_status(503)]
    webhook = client.create_webhook("hook", there.url + path, ["registered_model.created"])
    client.create_registered_model(name)
    there.wait_for(1, path)

    client.delete_webhook(webhook.webhook_id)

    time.sleep(3)
    assert len(there.at(path)) == 1


def test_deliveries_are_counted(
    client: MlflowClient, there: Receiver, new_webhook: NewWebhook, url: str, path: str, name: str
) -> None:
    import urllib.request

    new_webhook()
    client.create_registered_model(name)
    there.wait_for(1, path)

    def counted() -> bool:
        with urllib.request.urlopen(f"{url}/metrics") as answer:
            return b'headrace_webhook_deliveries_total{outcome="arrived"}' in answer.read()

    until(counted)
