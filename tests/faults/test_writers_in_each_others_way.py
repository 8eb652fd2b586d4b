"""Writers that touch the same rows in different orders finish all; none is the victim of a deadlock."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from mlflow.api import Call
from mlflow.api.inputs import LogInputs
from mlflow.api.runs import CreateRun, GetRun, LogBatch, LogModel, UpdateRun
from mlflow.api.tags import SetTag
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.store.sql import SqlStore
from tests.databases import fresh_postgresql

_THREADS = 8
_ROUNDS = 12


class Postgresql:
    """A store on PostgreSQL and the number of deadlocks that the database had to break."""

    def __init__(self, uri: str, folder: Path) -> None:
        self._uri = uri
        self.store = SqlStore(uri, str(folder))

    def deadlocks(self) -> int:
        self.store.close()  # a session hands its counts over when it ends
        with psycopg.connect(self._uri) as connection:
            found = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            return int(found.fetchall()[0][0])


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Postgresql]:
    with fresh_postgresql() as uri:
        made = Postgresql(uri, tmp_path)
        yield made
        made.store.close()


def test_batches_with_the_same_keys_in_other_orders_all_succeed(database: Postgresql) -> None:
    run = database.store.call(CreateRun(experiment_id="0")).run.info.run_id

    def batch(thread: int, number: int) -> LogBatch:
        order = random.Random(1000 * thread + number)
        # The names are new in each round, so that making them is contended too, as params as well as metrics.
        names = [f"key-{number}-{i}" for i in range(25)]
        metrics = [Metric(name, float(thread), 1, thread) for name in order.sample(names, 20)]
        params = [Param(name, "same") for name in order.sample(names, 20)]
        tags = [RunTag(name, str(thread)) for name in order.sample(names, 20)]
        return LogBatch(run_id=run, metrics=metrics, params=params, tags=tags)

    _all_at_once(database.store, batch)

    shown = database.store.call(GetRun(run_id=run)).run.data
    assert len(shown.params) == len(shown.metrics) == len(shown.tags) - 1 == 25 * _ROUNDS
    assert database.deadlocks() == 0


def test_runs_that_read_the_same_new_data_sets_in_other_orders_all_succeed(database: Postgresql) -> None:
    runs = [database.store.call(CreateRun(experiment_id="0")).run.info.run_id for _ in range(_THREADS)]

    def inputs(thread: int, number: int) -> LogInputs:
        names = [f"data-{number}-{i}" for i in range(10)]
        random.Random(1000 * thread + number).shuffle(names)
        used = [
            DatasetInput(Dataset(name, "digest", "local", "file:///data"), [InputTag("mlflow.data.context", "train")])
            for name in names
        ]
        return LogInputs(run_id=runs[thread], datasets=used)

    _all_at_once(database.store, inputs)

    read = [len(database.store.call(GetRun(run_id=run)).run.inputs.dataset_inputs) for run in runs]
    assert read == [10 * _ROUNDS] * _THREADS
    assert database.deadlocks() == 0


def test_a_run_renamed_in_both_ways_at_once_is_no_deadlock(database: Postgresql) -> None:
    run = database.store.call(CreateRun(experiment_id="0")).run.info.run_id

    def rename(thread: int, number: int) -> Call[Any]:
        name = f"{thread}-{number}"
        if thread % 2:
            return UpdateRun(run_id=run, run_name=name)
        return SetTag(run_id=run, key="mlflow.runName", value=name)

    _all_at_once(database.store, rename)

    shown = database.store.call(GetRun(run_id=run)).run
    assert shown.info.run_name == shown.data.tags["mlflow.runName"]
    assert database.deadlocks() == 0


def test_models_logged_at_once_are_all_in_the_list(database: Postgresql) -> None:
    run = database.store.call(CreateRun(experiment_id="0")).run.info.run_id

    def model(thread: int, number: int) -> LogModel:
        path = f"{thread}-{number}"
        facts = {"artifact_path": path, "flavors": {}, "utc_time_created": "2026-01-01", "run_id": run}
        return LogModel(run_id=run, model_json=json.dumps(facts))

    _all_at_once(database.store, model)

    tags = database.store.call(GetRun(run_id=run)).run.data.tags
    paths = {model["artifact_path"] for model in json.loads(tags["mlflow.log-model.history"])}
    assert paths == {f"{thread}-{number}" for thread in range(_THREADS) for number in range(_ROUNDS)}
    assert database.deadlocks() == 0


def _all_at_once(store: SqlStore, call: Callable[[int, int], Call[Any]]) -> None:
    """Send `call(thread, round)` from all threads, all of them in the same round at the same time."""
    meet = threading.Barrier(_THREADS)
    faults: list[Exception] = []

    def work(thread: int) -> None:
        for number in range(_ROUNDS):
            asked = call(thread, number)
            meet.wait(30)
            try:
                store.call(asked)
            except Exception as error:
                faults.append(error)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(_THREADS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not faults
