"""The database goes away under load, or somebody else holds it: nothing acknowledged is lost, nothing is restarted."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from mlflow.api.experiments import CreateExperiment, GetExperiment
from mlflow.store.sql import SqlStore
from tests.databases import Cluster, fresh_postgresql, missing
from tests.faults.forked import ForkedServer
from tests.faults.verdict import judge
from tests.faults.wire import Wire
from tests.faults.writers import Writer, writers


def test_connections_cut_under_load_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    moments = random.Random(5)
    with fresh_postgresql() as uri, ForkedServer(uri, tmp_path) as server:
        process = server.start()
        clients = _load(server)
        for _ in range(25):
            time.sleep(moments.uniform(0.02, 0.12))
            _cut_all(uri)
        _finish_and_judge(uri, tmp_path, server, clients)

        assert server.pid == process
        assert "Traceback" not in server.printed()


def test_crashes_of_the_database_under_load_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    try:
        cluster = Cluster()
    except RuntimeError as error:
        missing(f"{error}; and a database of others is not ours to crash")
    try:
        with ForkedServer(cluster.uri, tmp_path) as server:
            server.start()
            clients = _load(server)
            for _ in range(3):
                time.sleep(0.3)
                cluster.crash()
                time.sleep(0.1)
                cluster.start()
            _finish_and_judge(cluster.uri, tmp_path, server, clients)
    finally:
        cluster.remove()


def test_an_idle_store_answers_although_all_its_connections_were_cut(tmp_path: Path) -> None:
    with fresh_postgresql() as uri:
        store = SqlStore(uri, str(tmp_path))
        for number in range(3):
            with ThreadPoolExecutor(8) as threads:
                list(threads.map(lambda _: store.call(GetExperiment(experiment_id="0")), range(40)))
            _cut_all(uri)
            store.call(GetExperiment(experiment_id="0"))
            _cut_all(uri)
            store.call(CreateExperiment(name=f"after cut {number}"))
        store.close()


def test_a_write_waits_for_another_program_that_holds_the_sqlite_file(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/runs.db", str(tmp_path))
    store.call(CreateExperiment(name="before"))
    other = sqlite3.connect(tmp_path / "runs.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    release = threading.Timer(2, other.execute, ["COMMIT"])
    release.start()

    store.call(CreateExperiment(name="meanwhile"))

    assert time.monotonic() - began > 1.9
    release.join()
    store.close()
    other.close()


def _load(server: ForkedServer) -> list[Writer]:
    up = threading.Event()
    up.set()
    return writers(6, server.port, up, tolerated=frozenset({"TEMPORARILY_UNAVAILABLE"}))


def _cut_all(uri: str) -> None:
    with psycopg.connect(uri, autocommit=True) as operator:
        operator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _finish_and_judge(uri: str, folder: Path, server: ForkedServer, clients: list[Writer]) -> None:
    wire = Wire(server.port)
    answer = wire.post("experiments/set-experiment-tag", {"experiment_id": "0", "key": "still", "value": "here"})
    wire.close()
    assert answer.status == 200
    for client in clients:
        client.finish()
    store = SqlStore(uri, str(folder))
    tally = judge(store, clients)
    store.close()
    assert tally.acknowledged > 50
