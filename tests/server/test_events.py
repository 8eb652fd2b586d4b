"""What is changed in the registry is told at once to everybody who listens, whichever server they are connected to."""

from __future__ import annotations

import json
import random
import re
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from mlflow.api.registered_models import SetRegisteredModelTag
from mlflow.store.rest import RestStore
from tests.databases import Cluster, fresh_postgresql, missing
from tests.server.listening import PATH, Listening, make_prompt, move_alias
from tests.servers import free_port, headrace_server, server_process

ALIASES = "entities=prompt_alias"


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "memory"])
def uri(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "postgresql":
        with fresh_postgresql() as made:
            yield made
    else:
        yield "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path_factory.mktemp('events')}/events.db"


@pytest.fixture(scope="module")
def url(uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with headrace_server(uri, tmp_path_factory.mktemp("artifacts")) as address:
        make_prompt(RestStore(address), "greeting")
        yield address


@pytest.fixture(scope="module")
def store(url: str) -> Iterator[RestStore]:
    made = RestStore(url)
    yield made
    made.close()


# -- what a listener hears


def test_an_alias_that_is_moved_is_heard_within_a_second(url: str, store: RestStore) -> None:
    with Listening(url, ALIASES).until_it_began() as listening:
        before = time.monotonic()
        move_alias(store, "greeting", 2)
        [event] = listening.until_events(1)

    assert event.at - before < 1
    assert event.kind == "prompt_alias.created"
    assert event.data["id"] == int(event.id)
    assert (event.data["entity"], event.data["action"], event.data["name"]) == ("prompt_alias", "created", "greeting")
    assert event.data["data"] == {"name": "greeting", "alias": "production", "version": "2"}


def test_only_what_is_asked_for_is_heard(url: str, store: RestStore) -> None:
    with (
        Listening(url, ALIASES).until_it_began() as aliases,
        Listening(url, "entities=prompt_tag&entities=prompt_alias").until_it_began() as both,
        Listening(url, path=PATH.replace("/api/", "/ajax-api/")).until_it_began() as everything,
    ):
        store.call(SetRegisteredModelTag(name="greeting", key="team", value="blue"))
        move_alias(store, "greeting", 1)
        for listening in (both, everything):
            listening.until_events(2)
            assert listening.kinds() == ["prompt_tag.set", "prompt_alias.created"]
        aliases.until_events(1)
        assert aliases.kinds() == ["prompt_alias.created"]


def test_the_stream_is_of_the_kind_that_browsers_and_proxies_know(url: str) -> None:
    with Listening(url).until_it_began() as listening:
        assert listening.answer is not None
        told = {name.lower(): value for name, value in listening.answer.getheaders()}

    assert listening.answer.status == 200
    assert told["content-type"] == "text/event-stream"
    assert (told["cache-control"], told["x-accel-buffering"]) == ("no-store", "no")
    assert told["x-content-type-options"] == "nosniff"


def test_a_long_event_comes_without_its_data(url: str, store: RestStore) -> None:
    with Listening(url).until_it_began() as listening:
        store.call(SetRegisteredModelTag(name="greeting", key="long", value="x" * 70_000))
        [event] = listening.until_events(1)

    assert event.data["name"] == "greeting"
    assert "data" not in event.data


# -- coming back


def test_who_comes_back_hears_what_happened_meanwhile(url: str, store: RestStore) -> None:
    with Listening(url).until_it_began() as first:
        move_alias(store, "greeting", 1)
        first.until_events(1)
    for version in (2, 1, 2):
        move_alias(store, "greeting", version)

    for headers, query in (({"Last-Event-ID": first.place}, ""), ({}, f"last_event_id={first.place}")):
        with Listening(url, query, headers) as second:
            versions = [event.data["data"]["version"] for event in second.until_events(3)]
        assert versions == ["2", "1", "2"]


def test_one_who_has_heard_nothing_yet_comes_back_to_where_they_began(url: str, store: RestStore) -> None:
    with Listening(url).until_it_began() as first:
        pass
    move_alias(store, "greeting", 1)

    with Listening(url, headers={"Last-Event-ID": first.place}) as second:
        assert len(second.until_events(1)) == 1


def test_the_header_of_a_browser_that_comes_back_counts_more_than_its_first_query(url: str, store: RestStore) -> None:
    with Listening(url).until_it_began() as first:
        move_alias(store, "greeting", 1)
        first.until_events(1)
    move_alias(store, "greeting", 2)

    with Listening(url, "last_event_id=0", {"Last-Event-ID": first.place}) as second:
        assert second.until_events(1)[0].data["data"]["version"] == "2"


def test_connections_that_are_cut_again_and_again_lose_and_repeat_nothing(url: str, store: RestStore) -> None:
    count, moments = 150, random.Random(3)
    with Listening(url, ALIASES).until_it_began() as first:
        place = first.place
    done = threading.Event()

    def write() -> None:
        for number in range(count):
            move_alias(store, "greeting", 1 + number % 2, f"a{number}")
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    heard: list[str] = []
    deadline = time.monotonic() + 60
    while len(heard) < count and time.monotonic() < deadline:
        with Listening(url, ALIASES, {"Last-Event-ID": place}) as listening:
            time.sleep(moments.uniform(0, 0.15))
        heard += [event.data["data"]["alias"] for event in listening.events]
        place = listening.place or place
    writer.join()

    assert heard == [f"a{number}" for number in range(count)]


def test_one_who_comes_from_another_database_is_told_that_something_is_missing(url: str, store: RestStore) -> None:
    with Listening(url, headers={"Last-Event-ID": "123456789"}) as listening:
        listening.until_events(1)
        move_alias(store, "greeting", 1)
        listening.until_events(2)

    assert listening.kinds() == ["missed", "prompt_alias.created"]


# -- what is refused


def status_of(url: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers)) as answer:
            return int(answer.status), ""
    except urllib.error.HTTPError as error:
        body = error.read().decode()
        return error.code, json.loads(body)["error_code"] if body.startswith("{") else body


@pytest.mark.parametrize("query", ["entities=a,b", "last_event_id=x", "last_event_id=-1", "last_event_id=" + "9" * 19])
def test_a_query_that_means_nothing_is_refused(url: str, query: str) -> None:
    assert status_of(f"{url}{PATH}?{query}") == (400, "INVALID_PARAMETER_VALUE")


def test_the_stream_can_only_be_got(url: str) -> None:
    assert status_of(url + PATH, "POST") == (405, "BAD_REQUEST")


def test_a_foreign_host_hears_nothing(url: str) -> None:
    status, body = status_of(url + PATH, Host="evil.example")

    assert status == 403
    assert "DNS rebinding" in body


# -- many listeners, and slow ones


def test_two_hundred_listeners_hear_an_alias_within_a_second(url: str, store: RestStore) -> None:
    with ExitStack() as opened:
        listeners = [opened.enter_context(Listening(url, ALIASES)) for _ in range(200)]
        for listening in listeners:
            listening.until_it_began()
        before = time.monotonic()
        move_alias(store, "greeting", 2)
        late = [listening.until_events(1)[0].at - before for listening in listeners]

    assert max(late) < 1


def test_the_usual_limit_of_open_files_does_not_limit_listeners(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = f"ulimit -Sn 100; exec {sys.executable} -m mlflow server --port {port} --backend-store-uri sqlite://"
    with server_process(["bash", "-c", command], url), ExitStack() as opened:
        listeners = [opened.enter_context(Listening(url)) for _ in range(150)]
        for listening in listeners:
            listening.until_it_began()


def test_one_who_does_not_read_is_told_so_and_holds_nobody_up(url: str, store: RestStore) -> None:
    count = 300
    before = memory_bytes(url)
    with Listening(url, read=False) as slow, Listening(url).until_it_began() as quick:
        for number in range(count):
            store.call(SetRegisteredModelTag(name="greeting", key="long", value=f"{number}".ljust(60_000)))
            quick.until_events(number - 20)
        quick.until_events(count)
        assert memory_bytes(url) - before < 64 * 1024 * 1024
        slow.start_reading()
        slow.until(lambda: "missed" in slow.kinds())
        move_alias(store, "greeting", 1)
        slow.until(lambda: slow.kinds()[-1] == "prompt_alias.created")

    assert slow.kinds().count("missed") == 1
    assert slow.ids() == sorted(set(slow.ids()))
    assert len(slow.events) < count
    assert "missed" not in quick.kinds()


def memory_bytes(url: str) -> float:
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        text = answer.read().decode()
    found = re.search(r"^process_resident_memory_bytes (\S+)$", text, re.MULTILINE)
    assert found is not None
    return float(found[1])


# -- many processes


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_uri(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('shared')}/events.db"
        return
    with fresh_postgresql() as made:
        yield made


@pytest.fixture(scope="module")
def two(shared_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Two servers on one database."""
    folder = tmp_path_factory.mktemp("two")
    with headrace_server(shared_uri, folder) as one, headrace_server(shared_uri, folder) as other:
        yield one, other


def test_what_one_server_writes_is_heard_at_another(two: tuple[str, str]) -> None:
    writing = RestStore(two[0])
    make_prompt(writing, "greeting")
    with Listening(two[1], ALIASES).until_it_began() as listening:
        before = time.monotonic()
        move_alias(writing, "greeting", 2)
        assert listening.until_events(1)[0].at - before < 1
    writing.close()


def test_one_who_moves_between_servers_loses_and_repeats_nothing(two: tuple[str, str]) -> None:
    count = 40
    writing = RestStore(two[0])
    make_prompt(writing, "moving")
    heard: list[str] = []
    with ExitStack() as opened:
        for url in two:  # each server follows the events at its own pace
            opened.enter_context(Listening(url)).until_it_began()
        with Listening(two[0], ALIASES).until_it_began() as first:
            place = first.place
        for number in range(count):
            move_alias(writing, "moving", 1 + number % 2, f"a{number}")
            with Listening(two[number % 2], ALIASES, {"Last-Event-ID": place}) as listening:
                listening.until_events(1)
            heard += [event.data["data"]["alias"] for event in listening.events]
            place = listening.place
    writing.close()

    assert heard == [f"a{number}" for number in range(count)]


def test_what_one_worker_writes_is_heard_at_each(shared_uri: str, tmp_path: Path) -> None:
    with headrace_server(shared_uri, tmp_path, "--workers", "4") as url, ExitStack() as opened:
        writing = RestStore(url)
        make_prompt(writing, "workers")
        listeners = [opened.enter_context(Listening(url, ALIASES)) for _ in range(24)]
        for listening in listeners:
            listening.until_it_began()
        before = time.monotonic()
        move_alias(writing, "workers", 2)
        late = [listening.until_events(1)[0].at - before for listening in listeners]
        writing.close()

    assert max(late) < 1


def test_the_stream_has_the_prefix_of_the_server(tmp_path: Path) -> None:
    with headrace_server(f"sqlite:///{tmp_path}/x.db", tmp_path, "--static-prefix", "/team") as url:
        writing = RestStore(f"{url}/team")
        make_prompt(writing, "greeting")
        with Listening(f"{url}/team").until_it_began() as listening:
            move_alias(writing, "greeting", 1)
            listening.until_events(1)
        writing.close()


# -- a database that goes away


def test_a_listening_connection_that_is_cut_is_made_again_and_nothing_is_lost(tmp_path: Path) -> None:
    with fresh_postgresql() as uri, headrace_server(uri, tmp_path) as url:
        writing = RestStore(url)
        make_prompt(writing, "greeting")
        with Listening(url, ALIASES).until_it_began() as listening, psycopg.connect(uri, autocommit=True) as operator:
            for number in range(3):
                cut = operator.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND query = 'LISTEN headrace_events'"
                ).fetchall()
                assert len(cut) == 1
                before = time.monotonic()
                move_alias(writing, "greeting", 1 + number % 2, f"a{number}")
                assert listening.until_events(number + 1)[-1].at - before < 2
                time.sleep(1)
        writing.close()

    assert [event.data["data"]["alias"] for event in listening.events] == [f"a{number}" for number in range(3)]


def test_listeners_live_through_a_crash_of_the_database(tmp_path: Path) -> None:
    try:
        cluster = Cluster()
    except RuntimeError as error:
        missing(f"{error}; and a database of others is not ours to crash")
    try:
        with headrace_server(cluster.uri, tmp_path) as url:
            writing = RestStore(url)
            make_prompt(writing, "greeting")
            with Listening(url, ALIASES).until_it_began() as listening:
                cluster.crash()
                time.sleep(1)
                cluster.start()
                move_alias(writing, "greeting", 2)
                listening.until_events(1)
            cluster.crash()
            time.sleep(1)
            refused = status_of(url + PATH)
            cluster.start()
            writing.close()
    finally:
        cluster.remove()

    assert listening.kinds() == ["prompt_alias.created"]
    assert refused == (503, "TEMPORARILY_UNAVAILABLE")


# -- the end


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_that_stops_ends_its_streams_at_once(tmp_path: Path, workers: str) -> None:
    with ExitStack() as opened:
        with headrace_server(f"sqlite:///{tmp_path}/x.db", tmp_path, "--workers", workers) as url:
            writing = RestStore(url)
            make_prompt(writing, "greeting")
            listeners = [opened.enter_context(Listening(url)) for _ in range(20)]
            slow = opened.enter_context(Listening(url, read=False))
            for listening in listeners:
                listening.until_it_began()
            for _ in range(120):
                writing.call(SetRegisteredModelTag(name="greeting", key="long", value="x" * 60_000))
            writing.close()
            before = time.monotonic()
        took = time.monotonic() - before

        assert took < 2
        for listening in listeners:
            listening.until_end()
            assert not listening.was_cut
        slow.cut()
