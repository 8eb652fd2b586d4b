"""Opening a database that others open at the same moment."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from mlflow.api.experiments import GetExperiment
from mlflow.store.sql import SqlStore


def test_a_new_file_that_somebody_else_is_writing_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE notes (text)")
    other.execute("BEGIN IMMEDIATE")  # while this lasts, SQLite refuses at once to switch to a write-ahead log
    done = threading.Timer(0.2, other.rollback)
    done.start()

    store = SqlStore(f"sqlite:///{path}")

    assert done.finished.is_set()
    assert store.call(GetExperiment(experiment_id="0")).experiment.name == "Default"
    store.close()
    done.join()
    other.close()
