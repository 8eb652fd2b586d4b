"""Webhooks are told of every change that was acknowledged, whatever becomes of the server, and by one server alone."""

from __future__ import annotations

import random
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlflow import MlflowClient
from mlflow.api.registered_models import CreateRegisteredModel
from mlflow.store.sql import SqlStore
from tests.databases import fresh_postgresql
from tests.faults.forked import ForkedServer
from tests.faults.wire import NoAnswer, Wire
from tests.servers import headrace_server
from tests.webhooks.receiving import Receiver, receiver, slowly, with_status
from tests.webhooks.settings import NEAR

_EVENTS = ["registered_model.created"]
_LEASE_SECONDS = 1 + 15  # how long an attempt is its server's: the time-out below, and a margin


@pytest.fixture(autouse=True)
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (NEAR | {"MLFLOW_WEBHOOK_REQUEST_TIMEOUT": "1"}).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "postgresql":
        with fresh_postgresql() as made:
            yield made
    else:
        yield f"sqlite:///{tmp_path}/registry.db"


def names_told(there: Receiver, path: str) -> Counter[str]:
    return Counter(told.content["data"]["name"] for told in there.at(path))


def test_what_was_committed_before_a_kill_is_told_after_the_next_start(
    uri: str, there: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One attempt at a time is made, and that one hangs when the server dies: the rest is committed and untold."""
    monkeypatch.setenv("MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS", "1")
    there.answers["/hangs"] = [slowly(0.9)]
    with ForkedServer(uri, tmp_path) as server:
        server.start()
        client = MlflowClient(server.url)
        client.create_webhook("hangs", f"{there.url}/hangs", ["model_version.created"])
        client.create_webhook("waits", f"{there.url}/waits", _EVENTS)
        client.create_registered_model("first")
        there.wait_for(1, "/waits")
        client.create_model_version("first", "s3://bucket/model")
        there.wait_for(1, "/hangs")
        client.create_registered_model("second")
        assert server.kill() == -signal.SIGKILL
        assert names_told(there, "/waits") == {"first": 1}

        server.start()

        there.wait_for(2, "/waits", seconds=5)
        assert names_told(there, "/waits") == {"first": 1, "second": 1}
        # The one that was under way belongs to the dead server until its time is up.
        first, again = there.wait_for(2, "/hangs", seconds=25)
        assert first.delivery_id == again.delivery_id


def test_what_was_acknowledged_is_told_however_often_the_server_is_killed(
    uri: str, there: Receiver, tmp_path: Path
) -> None:
    moments = random.Random(5)
    acknowledged: list[str] = []
    with ForkedServer(uri, tmp_path) as server:
        server.start()
        MlflowClient(server.url).create_webhook("hook", f"{there.url}/hook", _EVENTS, secret="s")
        for _ in range(25):
            writers = [threading.Thread(target=_write, args=(server.port, acknowledged)) for _ in range(3)]
            for writer in writers:
                writer.start()
            time.sleep(moments.uniform(0.01, 0.15))
            assert server.kill() == -signal.SIGKILL, "it had ended by itself"
            for writer in writers:
                writer.join()
            server.start()
        _wait_until_all_are_told(there, acknowledged)
        assert "Traceback" not in server.printed()

    ids = {told.content["data"]["name"]: told.delivery_id for told in there.at("/hook")}
    assert len(acknowledged) > 25
    for told in there.at("/hook"):
        assert told.delivery_id == ids[told.content["data"]["name"]], "a repetition has the id of the first"
        assert told.is_signed_with("s")


def _write(port: int, acknowledged: list[str]) -> None:
    wire = Wire(port)
    try:
        while True:
            name = f"m{uuid.uuid4().hex}"
            if wire.post("registered-models/create", {"name": name}).status == 200:
                acknowledged.append(name)
    except NoAnswer:
        return  # killed
    finally:
        wire.close()


def _wait_until_all_are_told(there: Receiver, names: list[str]) -> None:
    deadline = time.monotonic() + 60
    while missing := set(names) - set(names_told(there, "/hook")):
        assert time.monotonic() < deadline, f"{len(missing)} of {len(names)} were never told"
        time.sleep(0.1)


def test_a_change_made_while_no_server_ran_is_told_by_the_next(uri: str, there: Receiver, tmp_path: Path) -> None:
    with ForkedServer(uri, tmp_path) as server:
        server.start()
        MlflowClient(server.url).create_webhook("hook", f"{there.url}/hook", _EVENTS)
        server.kill(signal.SIGTERM)
        store = SqlStore(uri, str(tmp_path))
        store.call(CreateRegisteredModel(name="alone"))
        store.close()

        server.start()

        there.wait_for(1, "/hook", seconds=5)
        assert names_told(there, "/hook") == {"alone": 1}


def test_a_server_that_is_told_to_stop_finishes_what_is_under_way(there: Receiver, tmp_path: Path) -> None:
    there.answers["/hook"] = [slowly(0.7)]
    uri = f"sqlite:///{tmp_path}/registry.db"
    with ForkedServer(uri, tmp_path) as server:
        server.start()
        client = MlflowClient(server.url)
        client.create_webhook("hook", f"{there.url}/hook", _EVENTS)
        client.create_registered_model("one")
        there.wait_for(1, "/hook")

        server.kill(signal.SIGTERM)
        server.start()
        time.sleep(_LEASE_SECONDS + 1)

    assert names_told(there, "/hook") == {"one": 1}


@pytest.mark.parametrize("kind", ["two workers on PostgreSQL", "two servers on a SQLite file"])
def test_two_processes_tell_everything_once(kind: str, there: Receiver, tmp_path: Path) -> None:
    there.answers["/slow"] = [slowly(0.05)]
    if "PostgreSQL" in kind:
        with fresh_postgresql() as uri, headrace_server(uri, tmp_path / "artifacts", "--workers", "2") as url:
            _tell_everything_once([url], there)
        return
    uri = f"sqlite:///{tmp_path}/registry.db"
    with headrace_server(uri, tmp_path / "a") as one, headrace_server(uri, tmp_path / "b") as other:
        _tell_everything_once([one, other], there)


def _tell_everything_once(urls: list[str], there: Receiver) -> None:
    for path in ("/quick", "/slow"):
        MlflowClient(urls[0]).create_webhook("hook", there.url + path, _EVENTS)

    def write(number: int) -> None:
        client = MlflowClient(urls[number % len(urls)])
        for count in range(20):
            client.create_registered_model(f"m-{number}-{count}")

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    for path in ("/quick", "/slow"):
        told = there.wait_for(80, path, seconds=60)
        assert set(names_told(there, path).values()) == {1}
        assert len({one.delivery_id for one in told}) == 80
        for number in range(4):
            mine = [name for one in told if (name := one.content["data"]["name"]).startswith(f"m-{number}-")]
            assert mine == [f"m-{number}-{count}" for count in range(20)], "in the order of their commits"
    time.sleep(1.5)
    assert (len(there.at("/quick")), len(there.at("/slow"))) == (80, 80)


def test_when_the_database_is_away_for_a_while_what_waits_is_told_when_it_is_back(
    there: Receiver, tmp_path: Path
) -> None:
    from tests.databases import Cluster, missing

    try:
        cluster = Cluster()
    except RuntimeError as error:
        missing(str(error))
    try:
        with ForkedServer(cluster.uri, tmp_path) as server:
            server.start()
            client = MlflowClient(server.url)
            client.create_webhook("hook", f"{there.url}/hook", _EVENTS)
            there.answers["/hook"] = [with_status(503), with_status(200)]
            client.create_registered_model("one")
            there.wait_for(1, "/hook")
            cluster.crash()
            time.sleep(3)
            cluster.start()

            there.wait_for(2, "/hook", seconds=30)
            assert "Traceback" not in server.printed()
    finally:
        cluster.remove()
