"""Logging with `synchronous=False`: nothing waits, nothing is lost, and failures are told."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest

import mlflow
from mlflow.api import Call
from mlflow.api.runs import LogBatch
from mlflow.client import background
from mlflow.client.background import BackgroundLog, BackgroundUploads, Entry
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import InvalidParameter, MlflowException, Unavailable
from mlflow.utils.async_logging.run_operations import RunOperations

RUN = "a" * 32


class Sink:
    """Takes Calls; holds them back until the gate opens, and refuses what a test tells it to."""

    def __init__(self) -> None:
        self.calls: list[LogBatch] = []
        self.gate = threading.Event()
        self.gate.set()
        self.refused_param: str | None = None
        self.broken = False

    def __call__(self, call: Call[Any]) -> None:
        self.gate.wait(10)
        assert isinstance(call, LogBatch)
        if self.broken:
            raise Unavailable("no server")
        if any(param.key == self.refused_param for param in call.params):
            raise InvalidParameter("refused")
        self.calls.append(call)


@pytest.fixture
def sink() -> Sink:
    return Sink()


def metric(key: str, step: int = 0) -> Entry:
    return Entry(RUN, [Metric(key, 1.0, 0, step)], [], [])


def test_values_that_wait_are_sent_together(sink: Sink) -> None:
    sink.gate.clear()
    log = BackgroundLog(sink)
    log.add(metric("first"))
    operations = [log.add(metric("m", step)) for step in range(500)]
    sink.gate.set()
    for operation in operations:
        operation.wait()

    assert sum(len(call.metrics) for call in sink.calls) == 501
    assert len(sink.calls) <= 3


def test_values_of_a_run_keep_their_order(sink: Sink) -> None:
    log = BackgroundLog(sink)
    for step in range(300):
        log.add(metric("m", step))
    log.flush()

    assert [point.step for call in sink.calls for point in call.metrics] == list(range(300))


def test_the_last_value_of_a_tag_wins(sink: Sink) -> None:
    sink.gate.clear()
    log = BackgroundLog(sink)
    for value in ("1", "2", "3"):
        log.add(Entry(RUN, [], [], [RunTag("t", value)]))
    sink.gate.set()
    log.flush()

    assert sink.calls[-1].tags == [RunTag("t", "3")]


def test_only_the_bad_value_fails(sink: Sink) -> None:
    sink.refused_param = "bad"
    sink.gate.clear()
    log = BackgroundLog(sink)
    log.add(metric("first"))
    good = log.add(metric("good"))
    bad = log.add(Entry(RUN, [], [Param("bad", "1")], []))
    also_good = log.add(metric("also good"))
    sink.gate.set()

    good.wait()
    also_good.wait()
    with pytest.raises(MlflowException, match="refused") as failure:
        bad.wait()
    assert failure.value.error_code == "INVALID_PARAMETER_VALUE"
    assert {point.key for call in sink.calls for point in call.metrics} == {"first", "good", "also good"}


def test_the_thread_outlives_a_failure(sink: Sink) -> None:
    log = BackgroundLog(sink)
    sink.broken = True
    with pytest.raises(MlflowException, match="no server"):
        log.add(metric("lost")).wait()
    sink.broken = False

    log.add(metric("kept")).wait()

    assert [point.key for call in sink.calls for point in call.metrics] == ["kept"]


def test_a_full_queue_makes_the_caller_wait(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "QUEUE_LIMIT", 10)
    sink.gate.clear()
    log = BackgroundLog(sink)
    done = threading.Event()

    def produce() -> None:
        for step in range(30):
            log.add(metric("m", step))
        done.set()

    producer = threading.Thread(target=produce)
    producer.start()
    assert not done.wait(0.1)
    sink.gate.set()
    assert done.wait(10)
    producer.join()
    log.flush()
    assert sum(len(call.metrics) for call in sink.calls) == 30


def test_uploads_run_one_after_the_other_and_failures_are_told() -> None:
    uploads = BackgroundUploads()
    order: list[int] = []

    def fail() -> None:
        raise OSError("disk full")

    uploads.add(lambda: order.append(1))
    failed = uploads.add(fail)
    uploads.add(lambda: order.append(2))
    uploads.flush()

    assert order == [1, 2]
    with pytest.raises(MlflowException, match="disk full"):
        failed.wait()


def test_everything_can_be_logged_in_the_background(experiment: str) -> None:
    with mlflow.start_run() as run:
        operations = [
            mlflow.log_metric("m", 1, synchronous=False),
            mlflow.log_metrics({"n": 2}, synchronous=False),
            mlflow.log_param("p", 3, synchronous=False),
            mlflow.log_params({"q": 4}, synchronous=False),
            mlflow.set_tag("t", 5, synchronous=False),
            mlflow.set_tags({"u": 6}, synchronous=False),
        ]
        for operation in operations:
            assert isinstance(operation, RunOperations)
            operation.wait()

    data = mlflow.get_run(run.info.run_id).data
    assert data.metrics == {"m": 1.0, "n": 2.0}
    assert data.params == {"p": "3", "q": "4"}
    assert (data.tags["t"], data.tags["u"]) == ("5", "6")


def test_a_setting_makes_it_the_default_and_flushing_waits(experiment: str) -> None:
    os.environ["MLFLOW_ENABLE_ASYNC_LOGGING"] = "true"
    with mlflow.start_run() as run:
        for step in range(200):
            mlflow.log_metric("m", step, step=step)
        mlflow.flush_async_logging()
        assert len(mlflow.MlflowClient().get_metric_history(run.info.run_id, "m")) == 200


def test_a_refused_value_is_told_to_whoever_waits(experiment: str) -> None:
    with mlflow.start_run():
        mlflow.log_param("p", 1)
        operation = mlflow.log_param("p", 2, synchronous=False)

        with pytest.raises(MlflowException, match="Changing param values is not allowed"):
            operation.wait()
