"""A process hears at once what is changed in its registry, by whomever, and is never held up by it."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlflow.client import listening
from mlflow.client.live import EventStream
from mlflow.entities.event import Event
from mlflow.store.base import Store
from mlflow.store.rest import RestStore
from mlflow.store.sql import SqlStore
from tests.databases import fresh_postgresql
from tests.faults.forked import ForkedServer
from tests.server.listening import make_prompt, move_alias
from tests.servers import headrace_server
from tests.store.scripted_server import Answer, ScriptedServer, scripted_server

ALIASES = ["prompt_alias"]


class Ear:
    """A stream, and what it has told."""

    def __init__(self, store: Store, entities: list[str] = ALIASES) -> None:
        self.aliases: list[str] = []
        self.missed = 0
        self.stream = EventStream(store, entities, self._on_event, self._on_missed)

    def __enter__(self) -> Ear:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def _on_event(self, event: Event) -> None:
        self.aliases.append(event.data["alias"])

    def _on_missed(self) -> None:
        self.missed += 1

    def connect(self, seconds: float = 10) -> Ear:
        until(lambda: self.stream.connected, seconds)
        return self


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "rest"])
def uri(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("live")
    if request.param == "postgresql":
        with fresh_postgresql() as made:
            yield made
    elif request.param == "sqlite":
        yield f"sqlite:///{folder}/live.db"
    else:
        with headrace_server(f"sqlite:///{folder}/live.db", folder) as url:
            yield url


def opened(uri: str) -> Store:
    return RestStore(uri) if uri.startswith("http") else SqlStore(uri)


@pytest.fixture(scope="module")
def store(uri: str) -> Iterator[Store]:
    made = opened(uri)
    make_prompt(made, "greeting")
    yield made
    made.close()


@pytest.fixture(scope="module")
def elsewhere(uri: str, store: Store) -> Iterator[Store]:
    """The same registry, as another process would have it."""
    made = opened(uri)
    yield made
    made.close()


def test_a_change_made_elsewhere_is_heard_within_a_second(store: Store, elsewhere: Store) -> None:
    with Ear(store).connect() as ear:
        before = time.monotonic()
        move_alias(elsewhere, "greeting", 2, "a")
        until(lambda: ear.aliases == ["a"])
        assert time.monotonic() - before < 1


def test_changes_are_heard_once_and_in_their_order(store: Store, elsewhere: Store) -> None:
    names = [f"n{number}" for number in range(100)]
    with Ear(store).connect() as ear:
        for name in names:
            move_alias(elsewhere, "greeting", 1, name)
        until(lambda: len(ear.aliases) >= len(names))

    assert ear.aliases == names


def test_only_what_is_asked_for_is_heard(store: Store, elsewhere: Store) -> None:
    with Ear(store, ["model_version"]).connect() as deaf, Ear(store, []).connect() as ear:
        move_alias(elsewhere, "greeting", 1, "b")
        until(lambda: ear.aliases == ["b"])
        time.sleep(0.3)

    assert deaf.aliases == []


def test_in_the_beginning_what_came_before_counts_as_missed(store: Store) -> None:
    with Ear(store).connect() as ear:
        assert ear.missed == 1
        assert ear.aliases == []


def test_a_stream_covers_what_was_read_since_it_began(store: Store) -> None:
    before = time.monotonic()
    with Ear(store).connect() as ear:
        after = time.monotonic()
        assert ear.stream.last_heard > before
        assert not ear.stream.covers(before)
        assert ear.stream.covers(after)

    assert not ear.stream.covers(after)


def test_a_closed_stream_tells_nothing_and_has_no_thread(store: Store, elsewhere: Store) -> None:
    threads = threading.active_count()
    with Ear(store).connect() as ear:
        assert threading.active_count() == threads + 1
        before = time.monotonic()
    assert time.monotonic() - before < 1
    assert threading.active_count() == threads

    move_alias(elsewhere, "greeting", 1, "c")
    time.sleep(0.5)
    assert ear.aliases == []
    assert not ear.stream.connected


def test_a_callback_that_fails_is_told_to_the_user_and_ends_nothing(
    store: Store, elsewhere: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("mlflow"), "propagate", True)
    heard: list[Event] = []

    def fail(event: Event) -> None:
        heard.append(event)
        raise ValueError("oops")

    stream = EventStream(store, ALIASES, fail, lambda: None)
    until(lambda: stream.connected)
    for _ in range(2):
        move_alias(elsewhere, "greeting", 1, "d")
    until(lambda: len(heard) == 2)
    stream.close()

    assert "oops" in caplog.text


def test_a_stream_may_be_closed_by_its_own_callback(store: Store, elsewhere: Store) -> None:
    heard: list[Event] = []

    def close(event: Event) -> None:
        heard.append(event)
        stream.close()

    stream = EventStream(store, ALIASES, close, lambda: None)
    until(lambda: stream.connected)
    for name in ("e", "f"):
        move_alias(elsewhere, "greeting", 1, name)
    until(lambda: heard)
    time.sleep(0.3)

    assert [event.data["alias"] for event in heard] == ["e"]


# -- processes


def run_script(uri: str, body: str) -> subprocess.CompletedProcess[str]:
    script = f"""
import os, sys, time
from tests.client.test_live import Ear, opened, until
from tests.server.listening import move_alias
uri = {uri!r}
store = opened(uri)
{body}
"""
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)


def test_an_open_stream_does_not_keep_the_interpreter_from_ending(uri: str, store: Store) -> None:
    body = """
ear = Ear(store).connect()
sys.stdout.write(str(time.time()))
"""
    done = run_script(uri, body)

    assert (done.returncode, done.stderr) == (0, "")
    assert time.time() - float(done.stdout) < 3


def test_a_forked_child_listens_for_itself(uri: str, store: Store) -> None:
    body = """
ear = Ear(store).connect()
child = os.fork()
if child == 0:
    ear.connect()
    assert ear.missed == 2, ear.missed
    until(lambda: ear.aliases == ["g"])
    os._exit(0)
other = os.fork()
if other == 0:
    time.sleep(1)
    move_alias(opened(uri), "greeting", 1, "g")
    os._exit(0)
until(lambda: ear.aliases == ["g"])
assert [os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in (child, other)] == [0, 0]
assert ear.stream.connected and ear.missed == 1
move_alias(store, "greeting", 1, "h")
until(lambda: ear.aliases == ["g", "h"])
"""
    done = run_script(uri, body)

    assert (done.returncode, done.stderr) == (0, "")


# -- servers that go away


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ForkedServer]:
    with ForkedServer(f"sqlite:///{tmp_path}/live.db", tmp_path) as made:
        yield made


@pytest.fixture
def client(server: ForkedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[RestStore]:
    made = RestStore(server.url)
    yield made
    made.close()


def test_what_happens_while_a_server_is_restarted_is_heard_when_it_is_back(
    server: ForkedServer, client: RestStore
) -> None:
    server.start()
    make_prompt(client, "greeting")
    with Ear(client).connect() as ear:
        for round_ in range(3):
            server.kill(signal.SIGKILL if round_ else signal.SIGTERM)
            until(lambda: not ear.stream.connected)
            meanwhile = SqlStore(server.backend_uri)
            for number in range(3):
                move_alias(meanwhile, "greeting", 1, f"{round_}-{number}")
            meanwhile.close()
            server.start()
            ear.connect()
            until(lambda: len(ear.aliases) == (round_ + 1) * 3)  # noqa: B023 - used at once

    assert ear.aliases == [f"{round_}-{number}" for round_ in range(3) for number in range(3)]
    assert ear.missed == 1


def test_another_database_behind_the_same_address_is_missed_events(
    server: ForkedServer, client: RestStore, tmp_path: Path
) -> None:
    server.start()
    make_prompt(client, "greeting")
    with Ear(client).connect() as ear:
        server.kill()
        server.backend_uri = f"sqlite:///{tmp_path}/another.db"
        server.start()
        until(lambda: ear.missed == 2)
        make_prompt(client, "greeting")
        move_alias(client, "greeting", 1, "new")
        until(lambda: ear.aliases == ["new"])


def test_a_server_that_is_down_is_waited_for_in_silence(
    server: ForkedServer, client: RestStore, capfd: pytest.CaptureFixture[str]
) -> None:
    with Ear(client) as ear:
        time.sleep(1)
        assert (ear.stream.connected, ear.stream.last_heard, ear.missed) == (False, 0.0, 0)
        assert capfd.readouterr() == ("", "")
        server.start()
        ear.connect()
        make_prompt(client, "greeting")
        move_alias(client, "greeting", 1, "a")
        until(lambda: ear.aliases == ["a"])


def test_a_connection_over_which_nothing_comes_any_more_is_made_anew(
    server: ForkedServer, client: RestStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "STREAM_SILENCE_SECONDS", 1.0)
    pid = server.start()
    make_prompt(client, "greeting")
    with Ear(client).connect() as ear:
        os.kill(pid, signal.SIGSTOP)
        until(lambda: not ear.stream.connected, 5)
        os.kill(pid, signal.SIGCONT)
        ear.connect()
        move_alias(client, "greeting", 1, "a")
        until(lambda: ear.aliases == ["a"])


def test_a_stream_covers_nothing_once_the_server_is_silent_for_long(
    server: ForkedServer, client: RestStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert listening.STREAM_SILENCE_SECONDS > 2 * 15
    monkeypatch.setattr(listening.Streaming, "patience_seconds", 0.5)
    server.start()
    with Ear(client).connect() as ear:
        now = time.monotonic()
        assert ear.stream.covers(now)
        time.sleep(0.6)
        assert ear.stream.connected
        assert not ear.stream.covers(now)


def test_a_store_that_is_closed_is_listened_to_no_more(tmp_path: Path) -> None:
    path = tmp_path / "live.db"
    store = SqlStore(f"sqlite:///{path}")
    with Ear(store).connect() as ear:
        store.close()
        until(lambda: not ear.stream.connected)
        path.unlink()
        time.sleep(0.5)

    assert not path.exists()


# -- servers that have no stream


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    with scripted_server() as made:
        yield made


@pytest.mark.parametrize(
    "answer",
    [Answer(status=404, body="Not Found"), Answer(status=405), Answer(status=200, body="<html>Log in</html>")],
    ids=["404, as MLflow", "405", "a page of a proxy"],
)
def test_a_server_without_a_stream_is_asked_once_and_left_in_peace(
    scripted: ScriptedServer, answer: Answer, capfd: pytest.CaptureFixture[str]
) -> None:
    scripted.will_answer(answer)
    with Ear(RestStore(scripted.url)) as ear:
        time.sleep(1.5)
        assert (ear.stream.connected, ear.missed) == (False, 0)

    assert len(scripted.asked) == 1
    assert capfd.readouterr() == ("", "")


def test_a_server_that_is_full_is_asked_again_ever_more_rarely(scripted: ScriptedServer) -> None:
    scripted.will_answer(Answer(status=503))
    with Ear(RestStore(scripted.url)):
        time.sleep(2)

    assert 2 <= len(scripted.asked) <= 6


def test_the_stream_is_asked_for_as_the_user_who_asks_for_all_else(scripted: ScriptedServer) -> None:
    scripted.will_answer(Answer(status=404))
    with Ear(RestStore(scripted.url.replace("http://", "http://me:secret@"))):
        until(lambda: scripted.asked)

    [asked] = scripted.asked
    assert (asked.method, asked.path) == ("GET", "/api/3.0/headrace/events")
    assert asked.query == [("entities", "prompt_alias")]
    assert asked.headers["Authorization"] == "Basic bWU6c2VjcmV0"
    assert asked.headers["Accept"] == "text/event-stream"
