"""The outbox: written with the change itself, taken by one at a time, and again when nothing came of it."""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mlflow.api.aliases import SetAlias
from mlflow.api.registered_models import CreateRegisteredModel, UpdateRegisteredModel
from mlflow.api.webhook_deliveries import ClaimDeliveries, Delivery, NextDelivery, SettleDelivery
from mlflow.api.webhooks import CreateWebhook, DeleteWebhook, ListWebhookDeliveries, UpdateWebhook, WebhookDelivery
from mlflow.entities import WebhookEvent
from mlflow.exceptions import MlflowException
from mlflow.store.base import Store
from mlflow.store.sql import SqlStore
from mlflow.store.sql.answers.events import KEPT_MS
from mlflow.store.sql.transaction import now_ms
from tests.databases import fresh_postgresql

LEASE_MS = 60_000


@pytest.fixture(params=["sqlite", "memory", "postgresql"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "postgresql":
        with fresh_postgresql() as made:
            yield made
    else:
        yield f"sqlite:///{tmp_path}/outbox.db" if request.param == "sqlite" else "sqlite://"


@pytest.fixture
def store(uri: str, tmp_path: Path) -> Iterator[SqlStore]:
    made = SqlStore(uri, str(tmp_path))
    yield made
    made.close()


def new_webhook(store: Store, *events: str, **more: Any) -> str:
    told = [WebhookEvent.from_str(event) for event in events or ("registered_model.created",)]
    call = CreateWebhook(name="hook", url="https://8.8.8.8/", events=told, **more)
    return store.call(call).webhook.webhook_id


def new_model(store: Store) -> str:
    return store.call(CreateRegisteredModel(name=f"m{uuid.uuid4().hex}")).registered_model.name


def claim(store: Store, limit: int = 100, lease_ms: int = LEASE_MS) -> list[Delivery]:
    return store.call(ClaimDeliveries(limit=limit, lease_ms=lease_ms))


def settle(store: Store, delivery: Delivery, error: str | None = None, retry_at: int | None = None) -> None:
    store.call(
        SettleDelivery(
            webhook=delivery.webhook,
            event=delivery.event,
            attempt=delivery.attempt,
            error=error,
            retry_at=retry_at,
        )
    )


def listed(store: Store, webhook_id: str) -> list[WebhookDelivery]:
    return store.call(ListWebhookDeliveries(webhook_id=webhook_id, max_results=1000)).deliveries


def test_nothing_is_due_where_nobody_listens(store: SqlStore) -> None:
    new_model(store)
    assert store.call(NextDelivery()) is None

    new_webhook(store, "prompt.created")
    asleep = new_webhook(store, status="DISABLED")
    new_model(store)
    assert store.call(NextDelivery()) is None
    assert claim(store) == []

    store.call(UpdateWebhook(webhook_id=asleep, status="ACTIVE"))
    assert store.call(NextDelivery()) is None, "it listens from now on"


def test_a_change_is_due_at_once_for_everyone_who_listens(store: SqlStore) -> None:
    listening = {new_webhook(store), new_webhook(store, "prompt.created", "registered_model.created")}

    name = new_model(store)

    assert (store.call(NextDelivery()) or 0) <= now_ms()
    taken = claim(store)
    assert {one.target.webhook_id for one in taken} == listening
    assert all(f'"{name}"' in one.data for one in taken)
    assert len({one.delivery_id for one in taken}) == 2


def test_a_change_that_is_taken_back_is_not_told(store: SqlStore) -> None:
    new_webhook(store, "model_version_alias.created")

    with pytest.raises(MlflowException, match="not found"):
        store.call(SetAlias(name="nobody", alias="a", version="1"))

    assert store.call(NextDelivery()) is None


def test_what_no_webhook_can_be_told_is_not_kept(store: SqlStore) -> None:
    new_webhook(store)
    name = new_model(store)
    [delivery] = claim(store)
    settle(store, delivery)

    store.call(UpdateRegisteredModel(name=name, description="an event, and nobody's"))

    assert store.call(NextDelivery()) is None


def test_of_each_webhook_the_oldest_is_taken_and_the_next_when_that_is_settled(store: SqlStore) -> None:
    new_webhook(store)
    names = [new_model(store) for _ in range(3)]

    seen = []
    while taken := claim(store):
        [delivery] = taken
        assert claim(store) == [], "the next before this one is settled"
        seen.append(delivery.data)
        settle(store, delivery)

    assert [name in data for name, data in zip(names, seen, strict=True)] == [True] * 3


def test_what_waited_for_a_deleted_webhook_is_told_to_nobody(store: SqlStore) -> None:
    webhook_id = new_webhook(store)
    new_model(store)

    store.call(DeleteWebhook(webhook_id=webhook_id))
    new_webhook(store)

    assert claim(store) == [], "the new one may have the number of the old"


def test_no_more_are_taken_than_there_is_room_for(store: SqlStore) -> None:
    for _ in range(5):
        new_webhook(store)
    new_model(store)

    first, second, third = (claim(store, limit=2) for _ in range(3))

    assert [len(first), len(second), len(third)] == [2, 2, 1]
    assert len({one.delivery_id for one in (*first, *second, *third)}) == 5


def test_what_is_taken_and_not_settled_is_taken_again_when_its_time_is_up(store: SqlStore) -> None:
    new_webhook(store)
    new_model(store)

    [first] = claim(store, lease_ms=200)
    assert claim(store) == []
    time.sleep(0.25)
    [second] = claim(store)

    assert (second.delivery_id, second.attempt) == (first.delivery_id, 2)


def test_who_settles_too_late_changes_nothing(store: SqlStore) -> None:
    webhook_id = new_webhook(store)
    new_model(store)
    [first] = claim(store, lease_ms=1)
    time.sleep(0.01)
    [second] = claim(store)

    settle(store, first)
    assert [one.attempts for one in listed(store, webhook_id)] == [2]

    settle(store, second)
    assert listed(store, webhook_id) == []


def test_what_is_put_off_waits_until_then(store: SqlStore) -> None:
    webhook_id = new_webhook(store)
    new_model(store)
    [delivery] = claim(store)
    later = now_ms() + 300

    settle(store, delivery, "It answered with status 503.", later)

    [waiting] = listed(store, webhook_id)
    assert (waiting.state, waiting.attempts, waiting.next_attempt) == ("WAITING", 1, later)
    assert waiting.last_error == "It answered with status 503."
    assert store.call(NextDelivery()) == later
    assert claim(store) == []
    time.sleep(0.35)
    assert [one.attempt for one in claim(store)] == [2]


def test_what_failed_for_good_stays_listed_and_lets_the_next_pass(store: SqlStore) -> None:
    webhook_id = new_webhook(store)
    new_model(store), new_model(store)
    [delivery] = claim(store)

    settle(store, delivery, "It answered with status 404.")

    assert [one.state for one in listed(store, webhook_id)] == ["WAITING", "FAILED"]
    assert listed(store, webhook_id)[1].next_attempt is None
    [following] = claim(store)
    assert following.event > delivery.event


def test_deliveries_are_listed_newest_first_page_by_page(store: SqlStore) -> None:
    webhook_id = new_webhook(store)
    for _ in range(5):
        new_model(store)
    everything = [one.delivery_id for one in listed(store, webhook_id)]

    first = store.call(ListWebhookDeliveries(webhook_id=webhook_id, max_results=3))
    second = store.call(ListWebhookDeliveries(webhook_id=webhook_id, max_results=3, page_token=first.next_page_token))

    assert [one.delivery_id for one in (*first.deliveries, *second.deliveries)] == everything
    assert (len(first.deliveries), second.next_page_token) == (3, None)
    stamps = [one.timestamp for one in (*first.deliveries, *second.deliveries)]
    assert stamps == sorted(stamps, reverse=True)


def test_nothing_is_taken_twice_however_many_take(uri: str, store: SqlStore, tmp_path: Path) -> None:
    of_other_processes = [] if uri == "sqlite://" else [SqlStore(uri, str(tmp_path)) for _ in range(2)]
    webhooks = [new_webhook(store) for _ in range(30)]
    for _ in range(4):
        new_model(store)
    taken: list[str] = []

    def take_all(store: SqlStore) -> None:
        idle = 0
        while idle < 5:
            mine = claim(store, limit=3)
            idle = 0 if mine else idle + 1
            for delivery in mine:
                taken.append(delivery.delivery_id)
                settle(store, delivery)

    threads = [threading.Thread(target=take_all, args=(one,)) for one in (store, store, *of_other_processes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in of_other_processes:
        other.close()

    assert len(taken) == len(set(taken)) == len(webhooks) * 4


def test_whoever_delivers_is_woken_after_the_commit_and_not_for_nothing(store: SqlStore) -> None:
    due_when_woken: list[int | None] = []
    woken = threading.Event()
    store.on_deliveries(woken.set)

    new_model(store)
    assert not woken.is_set()

    new_webhook(store)
    new_model(store)
    assert woken.wait(1)
    due_when_woken.append(store.call(NextDelivery()))
    assert due_when_woken != [None], "woken before it could be seen"


def test_what_could_not_be_told_for_a_day_is_forgotten(
    uri: str, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook_id = new_webhook(store)
    old = now_ms() - KEPT_MS - 1000
    monkeypatch.setattr("mlflow.store.sql.answers.events.now_ms", lambda: old)
    new_model(store)
    monkeypatch.setattr("mlflow.store.sql.answers.events.now_ms", now_ms)
    assert len(listed(store, webhook_id)) == 1

    for _ in range(256):
        new_model(store)

    assert len(listed(store, webhook_id)) == 256, "the old one is gone, the new ones wait"


class TestSecrets:
    """How secrets lie in the database."""

    KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
    OTHER_KEY = "bGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGw="

    @pytest.fixture
    def database(self, tmp_path: Path) -> Path:
        return tmp_path / "secrets.db"

    @pytest.fixture
    def opened(self, database: Path, tmp_path: Path) -> Iterator[SqlStore]:
        made = SqlStore(f"sqlite:///{database}", str(tmp_path))
        yield made
        made.close()

    def stored(self, database: Path) -> str:
        with closing(sqlite3.connect(database)) as reading:
            return str(reading.execute("SELECT secret FROM webhooks").fetchone()[0])

    def told(self, store: SqlStore) -> Delivery:
        new_model(store)
        [delivery] = claim(store)
        return delivery

    def test_with_a_key_they_are_encrypted(
        self, opened: SqlStore, database: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", self.KEY)

        new_webhook(opened, secret="open sesame")

        assert "open sesame" not in self.stored(database)
        assert self.told(opened).target.secret == "open sesame"

    def test_without_a_key_they_are_kept_as_they_are(self, opened: SqlStore, database: Path) -> None:
        new_webhook(opened, secret="open sesame")

        assert "open sesame" in self.stored(database)
        assert self.told(opened).target.secret == "open sesame"

    def test_those_from_before_a_key_was_set_stay_readable(
        self, opened: SqlStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        new_webhook(opened, secret="fernet:gAAAA")
        monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", self.KEY)

        assert self.told(opened).target.secret == "fernet:gAAAA"

    @pytest.mark.parametrize("key", [OTHER_KEY, None])
    def test_with_another_key_or_none_they_are_not_readable_and_it_is_said(
        self, opened: SqlStore, monkeypatch: pytest.MonkeyPatch, key: str | None
    ) -> None:
        monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", self.KEY)
        webhook_id = new_webhook(opened, secret="open sesame")
        monkeypatch.delenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY")
        if key:
            monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", key)

        target = self.told(opened).target
        assert target.secret is None
        assert "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY" in (target.fault or "")

        opened.call(UpdateWebhook(webhook_id=webhook_id, secret="a new one"))
        assert self.target_of(opened, webhook_id).secret == "a new one"

    def target_of(self, store: SqlStore, webhook_id: str) -> Any:
        from mlflow.api.webhook_deliveries import GetWebhookTarget

        return store.call(GetWebhookTarget(webhook_id=webhook_id))
