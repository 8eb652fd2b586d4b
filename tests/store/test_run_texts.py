"""Runs kept as JSON are never stale, and never too many."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mlflow.api import Call
from mlflow.api.experiments import DeleteExperiment, RestoreExperiment
from mlflow.api.inputs import LogInputs
from mlflow.api.metrics import LogMetric
from mlflow.api.params import LogParam
from mlflow.api.runs import CreateRun, DeleteRun, GetRun, LogBatch, RestoreRun, SearchRuns, UpdateRun
from mlflow.api.tags import DeleteTag, SetTag
from mlflow.entities import LoggedModelInput, Metric, RunTag
from mlflow.entities.base import encoder
from mlflow.store.sql import SqlStore
from mlflow.store.sql.run_texts import RunTexts


def on_the_wire(store: SqlStore, call: Call[Any]) -> Any:
    """The reply as the server sends it, decoded."""
    return msgspec.json.decode(asyncio.run(store.submit(call, None, encoder.encode, wire=True)))


@pytest.mark.parametrize(
    "write",
    [
        lambda run: LogMetric(run_id=run, key="m", value=2.0, timestamp=2),
        lambda run: LogParam(run_id=run, key="p", value="v"),
        lambda run: SetTag(run_id=run, key="t", value="new"),
        lambda run: DeleteTag(run_id=run, key="t"),
        lambda run: LogBatch(run_id=run, metrics=[Metric("n", 1.0, 1)]),
        lambda run: UpdateRun(run_id=run, status="FINISHED"),
        lambda run: LogInputs(run_id=run, models=[LoggedModelInput("m-1")]),
        lambda run: DeleteRun(run_id=run),
        lambda run: DeleteExperiment(experiment_id="0"),
    ],
)
def test_every_kind_of_write_by_another_process_is_seen_at_once(write: Any, tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/shared.db"
    ours, theirs = SqlStore(uri), SqlStore(uri)
    run = ours.call(CreateRun(experiment_id="0", tags=[RunTag("t", "old")])).run.info.run_id
    search = SearchRuns(experiment_ids=["0"], run_view_type="ALL")
    before = on_the_wire(ours, GetRun(run_id=run))["run"]
    assert on_the_wire(ours, search)["runs"] == [before]

    theirs.call(write(run))

    after = on_the_wire(ours, GetRun(run_id=run))["run"]
    assert after != before
    assert on_the_wire(ours, search)["runs"] == [after]
    assert after == msgspec.json.decode(encoder.encode(theirs.call(GetRun(run_id=run)).run))
    ours.close()
    theirs.close()


@pytest.mark.parametrize("call", [RestoreRun(run_id="unused"), RestoreExperiment(experiment_id="0")])
def test_what_was_restored_is_seen_at_once(call: Call[None], tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/one.db")
    run = store.call(CreateRun(experiment_id="0")).run.info.run_id
    if isinstance(call, RestoreRun):
        call = RestoreRun(run_id=run)
        store.call(DeleteRun(run_id=run))
    else:
        store.call(DeleteExperiment(experiment_id="0"))
    assert on_the_wire(store, GetRun(run_id=run))["run"]["info"]["lifecycle_stage"] == "deleted"

    store.call(call)

    assert on_the_wire(store, GetRun(run_id=run))["run"]["info"]["lifecycle_stage"] == "active"
    store.close()


def test_a_text_is_given_for_its_own_version_alone() -> None:
    texts = RunTexts()
    texts.put({1: 7}, {1: b"seven"})

    assert texts.get({1: 7, 2: 7}) == {1: b"seven"}
    assert texts.get({1: 8}) == {}


def test_the_longest_unused_texts_go_when_there_are_too_many() -> None:
    texts = RunTexts(limit_bytes=10)
    texts.put({1: 1, 2: 1}, {1: b"aaaa", 2: b"bbbb"})
    texts.get({1: 1})

    texts.put({3: 1}, {3: b"cccc"})

    assert set(texts.get({1: 1, 2: 1, 3: 1})) == {1, 3}


def test_a_newer_text_takes_the_place_of_the_older() -> None:
    texts = RunTexts(limit_bytes=10)
    for version in range(5):
        texts.put({1: version}, {1: b"12345678"})

    assert texts.get({1: 4}) == {1: b"12345678"}
