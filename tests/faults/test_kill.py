"""kill -9 at random moments under load: what was acknowledged is there, once; the rest wholly or not at all."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import threading
import time
from pathlib import Path

from mlflow.api.experiments import GetExperiment
from mlflow.store.sql import SqlStore
from mlflow.store.sql.dialects import database_for
from tests.databases import fresh_postgresql
from tests.faults.forked import ForkedServer
from tests.faults.verdict import Tally, judge
from tests.faults.wire import Wire
from tests.faults.writers import Writer, writers

_WRITERS = 6


def test_what_was_acknowledged_survives_140_kills_on_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"

    tally = _killed_under_load(f"sqlite:///{path}", tmp_path, kills=140, lives_seconds=(0.005, 0.1))

    assert tally.acknowledged > 140
    assert tally.unanswered > 20
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_what_was_acknowledged_survives_60_kills_on_postgresql(tmp_path: Path) -> None:
    with fresh_postgresql() as uri:
        tally = _killed_under_load(uri, tmp_path, kills=60, lives_seconds=(0.02, 0.2))

    assert tally.acknowledged > 60
    assert tally.unanswered > 10


def test_a_server_killed_while_it_creates_its_schema_starts_again(tmp_path: Path) -> None:
    moments = random.Random(1)
    with ForkedServer("", tmp_path) as server:
        for number in range(20):
            server.backend_uri = f"sqlite:///{tmp_path}/{number}.db"
            server.start(wait=False)
            time.sleep(moments.uniform(0.005, 0.05))
            server.kill()
            server.start()
            wire = Wire(server.port)
            assert wire.get("experiments/get?experiment_id=0").body["experiment"]["name"] == "Default"
            wire.close()
            assert server.kill() == -signal.SIGKILL, "it had ended by itself"


def test_a_file_left_in_the_middle_of_a_write_is_taken_back_and_used(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    half = sqlite3.connect(path, isolation_level=None)
    half.executescript("PRAGMA cache_size=1; CREATE TABLE t (x); BEGIN; INSERT INTO t VALUES (zeroblob(100000));")
    half.execute("UPDATE t SET x = zeroblob(200000)")  # more than fits into its cache, so it is in the file by now
    for suffix in ("", "-journal"):
        shutil.copy(f"{path}{suffix}", f"{tmp_path}/killed.db{suffix}")
    half.close()

    store = SqlStore(f"sqlite:///{tmp_path}/killed.db", str(tmp_path))

    assert store.call(GetExperiment(experiment_id="0")).experiment.name == "Default"
    store.close()


def test_sqlite_syncs_every_commit(tmp_path: Path) -> None:
    """A kill leaves the operating system's memory alone, a power cut does not; this is what differs between them."""
    connection = database_for(f"sqlite:///{tmp_path}/runs.db").connect()

    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"
    connection.close()


def _killed_under_load(uri: str, folder: Path, kills: int, lives_seconds: tuple[float, float]) -> Tally:
    moments = random.Random(kills)
    up = threading.Event()
    with ForkedServer(uri, folder) as server:
        clients = writers(_WRITERS, server.port, up)
        for _ in range(kills):
            server.start()
            up.set()
            time.sleep(moments.uniform(*lives_seconds))
            up.clear()
            assert server.kill() == -signal.SIGKILL, "it had ended by itself"
        server.start()
        for client in clients:
            client.finish()
        tally = _judged(uri, folder, clients)
        assert "Traceback" not in server.printed()
    return tally


def _judged(uri: str, folder: Path, clients: list[Writer]) -> Tally:
    store = SqlStore(uri, str(folder))
    try:
        return judge(store, clients)
    finally:
        store.close()
