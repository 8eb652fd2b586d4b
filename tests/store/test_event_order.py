"""Nobody who follows events ever skips one: none becomes visible behind another, and what was forgotten is said."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from mlflow.api.events import ListEvents
from mlflow.api.registered_models import CreateRegisteredModel, SetRegisteredModelTag
from mlflow.entities.registered_model import RegisteredModelTag
from mlflow.store.sql import SqlStore
from mlflow.store.sql.answers import events
from mlflow.store.sql.answers.events import NewEvent, emit, write_events
from mlflow.store.sql.dialects import database_for
from mlflow.store.sql.transaction import Shared, Transaction
from tests.databases import fresh_postgresql


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    with fresh_postgresql() as uri:
        yield uri


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    folder = tmp_path_factory.mktemp("events")
    uri = request.getfixturevalue("postgresql") if request.param == "postgresql" else f"sqlite:///{folder}/events.db"
    made = SqlStore(uri, str(folder))
    made.call(CreateRegisteredModel(name="m"))
    yield made
    made.close()


def tag(store: SqlStore, value: str) -> None:
    store.call(SetRegisteredModelTag(name="m", key="k", value=value))


@contextmanager
def half_done(uri: str) -> Iterator[psycopg.Connection]:
    """A transaction that has written an event, and has yet to commit."""
    database = database_for(uri)
    connection = database.connect()
    with connection, connection.cursor() as cursor:
        cursor.execute(database.begin_write)
        transaction = Transaction(cursor, database, Shared("", None))
        emit(transaction, NewEvent("prompt", "created", "slow", {"name": "slow"}))
        write_events(transaction)
        yield connection


def names(store: SqlStore, after: int) -> list[str]:
    return [event.name for event in store.call(ListEvents(after=after)).events]


def test_an_event_of_a_transaction_that_commits_late_comes_before_those_that_began_after_it(postgresql: str) -> None:
    store = SqlStore(postgresql)
    store.call(CreateRegisteredModel(name="quick"))
    place = store.call(ListEvents()).last_id
    with half_done(postgresql) as slow:
        quick = threading.Thread(
            target=store.call, args=(SetRegisteredModelTag(name="quick", key="k", value="v"),), daemon=True
        )
        quick.start()
        time.sleep(0.3)
        seen = store.call(ListEvents(after=place))
        slow.execute("COMMIT")
        quick.join(10)

    assert (seen.events, seen.last_id) == ([], place)
    assert names(store, place) == ["slow", "quick"]
    store.close()


def test_an_event_of_a_transaction_that_is_taken_back_holds_nobody_up(postgresql: str) -> None:
    store = SqlStore(postgresql)
    store.call(CreateRegisteredModel(name="patient"))
    place = store.call(ListEvents()).last_id
    with half_done(postgresql) as slow:
        slow.execute("ROLLBACK")
        store.call(SetRegisteredModelTag(name="patient", key="k", value="v"))

    assert names(store, place) == ["patient"]
    store.close()


def test_long_work_of_others_in_the_database_delays_no_event(postgresql: str) -> None:
    store = SqlStore(postgresql)
    with psycopg.connect(postgresql) as other:
        other.execute("CREATE TABLE of_others (x int)")
        place = store.call(ListEvents()).last_id
        store.call(CreateRegisteredModel(name="meanwhile"))

        assert names(store, place) == ["meanwhile"]
        other.rollback()
    store.close()


def test_a_reader_beside_many_writers_hears_each_event_once_and_in_order(store: SqlStore) -> None:
    place = began = store.call(ListEvents()).last_id
    heard: list[int] = []
    for number in range(8):
        store.call(CreateRegisteredModel(name=f"m{number}"))

    def write(number: int) -> None:
        for value in range(40):
            store.call(SetRegisteredModelTag(name=f"m{number}", key="k", value=str(value)))

    with ThreadPoolExecutor(8) as threads:
        writing = [threads.submit(write, number) for number in range(8)]
        while not all(one.done() for one in writing) or store.call(ListEvents(after=place)).events:
            page = store.call(ListEvents(after=place, max_results=1000))
            heard += [event.id for event in page.events]
            place = page.last_id
        [one.result() for one in writing]

    kept = [event.id for event in store.call(ListEvents(after=began, max_results=1000)).events]
    assert heard == kept == sorted(kept)
    assert len(kept) == 8 + 8 * 40


def test_one_who_comes_back_too_late_is_told_that_events_are_missing(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "KEPT_EVENTS", 50)
    tag(store, "first")
    long_ago = store.call(ListEvents()).last_id
    for number in range(600):
        tag(store, str(number))
    now = store.call(ListEvents()).last_id

    late, in_time = store.call(ListEvents(after=long_ago)), store.call(ListEvents(after=now - 40))

    assert (late.missed, late.events, late.last_id) == (True, [], now)
    assert (in_time.missed, len(in_time.events)) == (False, 40)


def test_a_page_ends_where_it_gets_long(store: SqlStore) -> None:
    length, count = 90_000, 100
    place = store.call(ListEvents()).last_id
    for _ in range(count):
        tag(store, "x" * length)

    pages = []
    while found := store.call(ListEvents(after=place, max_results=1000)).events:
        pages.append(len(found))
        place = found[-1].id

    assert sum(pages) == count
    assert len(pages) == 2
    assert (max(pages) - 1) * length < events.PAGE_CHARACTERS


def test_an_event_that_is_longer_than_a_page_is_a_page(store: SqlStore) -> None:
    place = store.call(ListEvents()).last_id
    tags = [RegisteredModelTag(f"k{number}", "x" * 100_000) for number in range(90)]
    name = uuid.uuid4().hex
    store.call(CreateRegisteredModel(name=name, tags=tags))
    tag(store, "short")

    first = store.call(ListEvents(after=place))
    second = store.call(ListEvents(after=first.last_id))

    assert [event.name for event in (*first.events, *second.events)] == [name, "m"]
    assert len(first.events) == 1
