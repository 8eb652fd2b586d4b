"""A full disk under the database: a clean refusal, nothing acknowledged is lost, and it goes on once there is room."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlflow.store.sql import SqlStore
from tests.databases import missing
from tests.faults.forked import ForkedServer
from tests.faults.verdict import judge
from tests.faults.wire import Answer, Wire
from tests.faults.writers import Writer, writers


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB with a ballast of 1 MiB, which can be thrown off."""
    folder = tmp_path / "small"
    folder.mkdir()
    as_root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    mount = [*as_root, "mount", "-t", "tmpfs", "-o", f"size=3m,mode=700,uid={os.geteuid()}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        missing(f"a small file system cannot be mounted: {error}")
    if done.returncode:
        missing(f"a small file system cannot be mounted without being root: {done.stderr.strip()}")
    (folder / "ballast").write_bytes(bytes(1 << 20))
    try:
        yield folder
    finally:
        subprocess.run([*as_root, "umount", str(folder)], check=True)


def test_a_full_disk_is_told_and_overcome_without_a_restart(small_disk: Path, tmp_path: Path) -> None:
    database = small_disk / "runs.db"
    with ForkedServer(f"sqlite:///{database}", tmp_path) as server:
        process = server.start()
        clients = _load(server)
        wire = Wire(server.port)
        made = wire.post("runs/create", {"experiment_id": "0", "tags": [{"key": "journal", "value": "mine"}]})
        run = made.body["run"]["info"]["run_id"]

        refusal = _fill(wire, run)

        assert refusal.status == 503
        assert refusal.error_code == "TEMPORARILY_UNAVAILABLE"
        assert "disk is full" in refusal.body["message"]
        assert str(database) in refusal.body["message"]
        assert wire.get(f"runs/get?run_id={run}").status == 200, "reading needs no room"
        assert shutil.disk_usage(small_disk).free < 200_000
        for client in clients:
            client.finish()

        (small_disk / "ballast").unlink()

        later = _load(server)
        assert _log(wire, run, 10**6).status == 200
        for client in later:
            client.finish()
            assert all(write.acknowledged for write in client.journal), "there is room again"
        assert server.pid == process
        wire.close()
        _judge_all(database, tmp_path, [*clients, *later])


def _load(server: ForkedServer) -> list[Writer]:
    up = threading.Event()
    up.set()
    return writers(3, server.port, up, tolerated=frozenset({"TEMPORARILY_UNAVAILABLE"}))


def _log(wire: Wire, run_id: str, start: int) -> Answer:
    metrics = [{"key": "filling", "value": 0.5, "timestamp": 1, "step": start + step} for step in range(1000)]
    return wire.post("runs/log-batch", {"run_id": run_id, "metrics": metrics})


def _fill(wire: Wire, run_id: str) -> Answer:
    """Write until the first refusal, and return it; what was acknowledged before must be there."""
    for number in range(1000):
        answer = _log(wire, run_id, 1000 * number)
        if answer.status != 200:
            history = wire.get(f"metrics/get-history?run_id={run_id}&metric_key=filling").body["metrics"]
            assert len(history) == 1000 * number, "acknowledged batches whole, the refused one not at all"
            return answer
    raise AssertionError("the disk was never full")


def _judge_all(database: Path, folder: Path, clients: list[Writer]) -> None:
    store = SqlStore(f"sqlite:///{database}", str(folder))
    tally = judge(store, clients, others=["mine"])
    store.close()
    assert tally.acknowledged > 20
    connection = sqlite3.connect(database)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
