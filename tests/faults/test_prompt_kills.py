"""kill -9 while eight clients register versions of the same prompts and move aliases: what was said is there, once."""

from __future__ import annotations

import random
import signal
import sqlite3
import threading
import time
from pathlib import Path

from mlflow.entities.prompt_tags import IS_PROMPT
from mlflow.store.sql import SqlStore
from tests.databases import fresh_postgresql
from tests.faults.forked import ForkedServer
from tests.faults.prompt_verdict import judge_prompts
from tests.faults.prompt_writers import prompt_writers
from tests.faults.verdict import Tally
from tests.faults.wire import Wire

_WRITERS = 8
_KILLS = 60
_PROMPTS = ("greeting", "team/support/answer", "summary")


def test_versions_and_aliases_survive_60_kills_on_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"

    tally = _killed_under_load(f"sqlite:///{path}", tmp_path, lives_seconds=(0.01, 0.12))

    assert tally.acknowledged > 500
    assert tally.unanswered > 20
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_versions_and_aliases_survive_60_kills_on_postgresql(tmp_path: Path) -> None:
    with fresh_postgresql() as uri:
        tally = _killed_under_load(uri, tmp_path, lives_seconds=(0.03, 0.2))

    assert tally.acknowledged > 200
    assert tally.unanswered > 10


def _killed_under_load(uri: str, folder: Path, lives_seconds: tuple[float, float]) -> Tally:
    moments = random.Random(_KILLS)
    up = threading.Event()
    with ForkedServer(uri, folder) as server:
        server.start()
        _make_prompts(server.port)
        clients = prompt_writers(_WRITERS, server.port, up, _PROMPTS)
        for _ in range(_KILLS):
            up.set()
            time.sleep(moments.uniform(*lives_seconds))
            up.clear()
            assert server.kill() == -signal.SIGKILL, "it had ended by itself"
            server.start()
        up.set()
        for client in clients:
            client.finish()
        store = SqlStore(uri, str(folder))
        try:
            tally = judge_prompts(store, clients, _PROMPTS)
        finally:
            store.close()
        assert "Traceback" not in server.printed()
    return tally


def _make_prompts(port: int) -> None:
    wire = Wire(port)
    for name in _PROMPTS:
        made = wire.post("registered-models/create", {"name": name, "tags": [{"key": IS_PROMPT, "value": "true"}]})
        assert made.status == 200, made
    wire.close()
