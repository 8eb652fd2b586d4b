"""What listeners cost a server process, and their limits; served by a thread here, so that tests can set these."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import uvicorn
from psycopg import sql

from mlflow.server import Settings, live, make_server, streams
from mlflow.server.quick import QuickProtocol
from mlflow.store.rest import RestStore
from tests.databases import fresh_postgresql, postgresql_server
from tests.server.listening import PATH, Listening, make_prompt, move_alias
from tests.servers import free_port


@contextmanager
def serving(uri: str, folder: Path) -> Iterator[str]:
    port = free_port()
    application = make_server(Settings(backend_store_uri=uri, artifacts_destination=str(folder)))
    server = uvicorn.Server(uvicorn.Config(application, port=port, log_level="error", http=QuickProtocol))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with serving(f"sqlite:///{tmp_path}/live.db", tmp_path) as address:
        yield address


@pytest.fixture
def store(url: str) -> Iterator[RestStore]:
    made = RestStore(url)
    make_prompt(made, "greeting")
    yield made
    made.close()


def watchers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "headrace-events"]


def wait_until_nobody_watches() -> None:
    deadline = time.monotonic() + 5
    while watchers() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert watchers() == []


def test_there_is_one_thread_while_somebody_listens_and_none_otherwise(url: str) -> None:
    assert watchers() == []
    with Listening(url).until_it_began(), Listening(url).until_it_began(), Listening(url).until_it_began():
        assert len(watchers()) == 1
    wait_until_nobody_watches()

    with Listening(url).until_it_began():
        assert len(watchers()) == 1
    wait_until_nobody_watches()


def test_a_new_listener_hears_although_the_last_one_has_just_left(url: str, store: RestStore) -> None:
    for number in range(20):
        with Listening(url).until_it_began() as listening:
            move_alias(store, "greeting", 1 + number % 2)
            listening.until_events(1)
            assert len(listening.events) == 1


def test_a_sign_of_life_comes_now_and_then_and_moves_the_place_to_come_back_to(
    url: str, store: RestStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert streams.BEAT_SECONDS == 15
    monkeypatch.setattr(streams, "BEAT_SECONDS", 0.1)
    with Listening(url, "entities=model_version").until_it_began() as listening:
        began = int(listening.place)
        move_alias(store, "greeting", 1)
        listening.until(lambda: int(listening.place) == began + 1)
        listening.until(lambda: listening.comments > 3)

    assert listening.events == []


def test_there_is_no_sign_of_life_while_the_database_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(live, "SILENCE_SECONDS", 1.5)
    with fresh_postgresql() as uri, serving(uri, tmp_path) as url:
        store = RestStore(url)
        make_prompt(store, "greeting")
        with Listening(url).until_it_began() as listening:
            listening.until(lambda: listening.comments > 3)
            with nobody_may_connect(uri):
                time.sleep(2)
                told = listening.comments
                time.sleep(0.5)
                assert listening.comments == told
            listening.until(lambda: listening.comments > told)
            move_alias(store, "greeting", 1)
            listening.until_events(1)
        store.close()


@contextmanager
def nobody_may_connect(uri: str) -> Iterator[None]:
    """The database hangs up on everybody and lets nobody in."""
    name = urlsplit(uri).path[1:]
    switch = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
    with psycopg.connect(str(postgresql_server()), autocommit=True) as operator:
        operator.execute(switch.format(sql.Identifier(name), sql.Literal(False)))
        operator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        try:
            yield
        finally:
            operator.execute(switch.format(sql.Identifier(name), sql.Literal(True)))


def test_more_listeners_than_a_process_takes_are_told_to_come_later(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert live.LISTENERS_LIMIT == 1000
    monkeypatch.setattr(live, "LISTENERS_LIMIT", 2)
    with Listening(url).until_it_began():
        with Listening(url).until_it_began():
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(url + PATH)
            body = json.loads(refused.value.read())
        assert (refused.value.code, body["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
        assert refused.value.headers["Retry-After"] == "5"
        assert "--workers" in body["message"]

        wait_until_admitted(url)


def wait_until_admitted(url: str) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with suppress(urllib.error.HTTPError), urllib.request.urlopen(url + PATH) as answer:
            assert answer.status == 200
            return
        time.sleep(0.05)
    raise AssertionError("the place of one who left was not given to another")


def test_the_stream_is_in_the_description_of_the_api(url: str) -> None:
    with urllib.request.urlopen(f"{url}/openapi.json") as answer:
        described = json.load(answer)

    operation = described["paths"][PATH]["get"]
    assert list(operation["responses"]["200"]["content"]) == ["text/event-stream"]
    assert {"entities", "last_event_id", "Last-Event-ID"} == {one["name"] for one in operation["parameters"]}


def test_the_servers_measures_count_who_listens(url: str) -> None:
    with (
        Listening(url).until_it_began(),
        Listening(url).until_it_began(),
        urllib.request.urlopen(f"{url}/metrics") as answer,
    ):
        assert "\nheadrace_event_listeners 2.0\n" in answer.read().decode()
