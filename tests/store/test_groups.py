"""Calls that share a commit, when the database gives the whole transaction up in the middle of it."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from mlflow.api.metrics import GetMetricHistory, LogMetric
from mlflow.api.runs import CreateRun, GetRun, LogBatch
from mlflow.api.tags import SetTag
from mlflow.entities import Param
from mlflow.exceptions import InvalidParameter, Unavailable
from mlflow.store.sql import SqlStore
from mlflow.store.sql.answers import ANSWERS, TOGETHER
from mlflow.store.sql.jobs import Job
from mlflow.store.sql.transaction import Transaction

# As plain dicts, whose keys a monkeypatch may name by their own class.
_TOGETHER: dict[Any, Any] = cast("dict[Any, Any]", TOGETHER)
_ANSWERS: dict[Any, Any] = cast("dict[Any, Any]", ANSWERS)


def give_up(transaction: Transaction, call: object) -> None:
    """What SQLite does when the disk is full: it rolls everything back by itself, and says so."""
    transaction.cursor.execute("ROLLBACK")
    raise sqlite3.OperationalError("database or disk is full")


@pytest.mark.parametrize("together", [True, False])
def test_when_the_transaction_is_gone_nothing_of_the_group_is_stored_and_all_of_it_is_told_why(
    together: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/runs.db")
    run = store.call(CreateRun(experiment_id="0")).run.info.run_id
    if together:

        def all_give_up(transaction: Transaction, calls: Sequence[LogMetric]) -> list[Exception | None]:
            give_up(transaction, calls)
            return []

        monkeypatch.setitem(_TOGETHER, LogMetric, all_give_up)
    else:
        monkeypatch.delitem(_TOGETHER, LogMetric)
        first = iter([give_up])
        answer = ANSWERS[LogMetric]
        monkeypatch.setitem(_ANSWERS, LogMetric, answer._replace(run=lambda *given: next(first, answer.run)(*given)))
    jobs = [Job(SetTag(run_id=run, key="t", value="1"), None)]
    jobs += [Job(LogMetric(run_id=run, key="m", value=1.0, timestamp=n), None) for n in range(3)]
    waiting = deque(jobs)

    with store._connections.use() as connection:
        done = store._execution.write_group(connection, waiting)

    told = [job for job in jobs if job in done]
    assert told
    assert all(isinstance(job.error, Unavailable) and "disk is full" in job.error.message for job in told)
    assert "t" not in store.call(GetRun(run_id=run)).run.data.tags
    assert store.call(GetMetricHistory(run_id=run, metric_key="m")).metrics == []
    store.close()


def test_a_call_that_fails_in_the_middle_takes_back_its_own_and_its_neighbours_stand(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/runs.db")
    run = store.call(CreateRun(experiment_id="0")).run.info.run_id
    store.call(LogBatch(run_id=run, params=[Param("p", "old")]))
    half_done = LogBatch(run_id=run, params=[Param("a", "new"), Param("p", "new")])
    calls = [SetTag(run_id=run, key="before", value="1"), half_done, SetTag(run_id=run, key="after", value="1")]
    jobs = [Job(call, None) for call in calls]

    with store._connections.use() as connection:
        done = store._execution.write_group(connection, deque(jobs))

    assert done == jobs
    assert [type(job.error) for job in jobs] == [type(None), InvalidParameter, type(None)]
    data = store.call(GetRun(run_id=run)).run.data
    assert data.params == {"p": "old"}
    assert {"before", "after"} <= data.tags.keys()
    store.close()
