"""Writing: single metrics, batches, whole runs."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable

from benchmarks import content
from benchmarks.bench import Bench, expect
from benchmarks.load import Session, post, request_bytes
from benchmarks.workloads.base import Measure, Values, Workload

_METRIC_CONNECTIONS = 16
_BATCH_CONNECTIONS = 4
_BATCH_KEYS = 10
_BATCH_STEPS = 100
_LIFECYCLE_CLIENTS = 8
_LIFECYCLE_TAGS, _LIFECYCLE_PARAMS, _LIFECYCLE_METRICS = 2, 5, 10
# create, two tags, one batch of params and metrics (as `log_params` and `log_metrics` send them), update
_REQUESTS_PER_LIFECYCLE = 1 + _LIFECYCLE_TAGS + 1 + 1
# Steps begin here so that all have as many digits, and a request is one fill of a template with a fixed length.
_FIRST_STEP = 1_000_000


def log_metric(bench: Bench) -> Values:
    """16 connections, each with a run of its own, each point at a new step."""
    run_ids = bench.new_runs(_METRIC_CONNECTIONS)
    load = bench.drive([_bind(log_metric_session, bench.port, run_id) for run_id in run_ids])
    stored = sum(_points(bench, run_id, "loss") for run_id in run_ids)
    expect(stored == load.answered or bool(load.errors), f"{load.answered} points stored, not {stored}")
    return {
        "log-metric": load.per_second,
        "log-metric-p50": load.latency_ms(50),
        "log-metric-p99": load.latency_ms(99),
    }


def log_metric_session(port: int, run_id: str) -> Session:
    """Log one point after another to a run, for ever."""
    body = b'{"run_id":"%s","key":"loss","value":0.%%d,"timestamp":170000%%d,"step":%%d}' % run_id.encode()
    length = len(body % (_FIRST_STEP, _FIRST_STEP, _FIRST_STEP))
    whole = request_bytes("POST", port, "/api/2.0/mlflow/runs/log-metric", b"?" * length)
    template = whole[:-length] + body
    for step in itertools.count(_FIRST_STEP):
        yield template % (step, step, step)


def log_batch(bench: Bench) -> Values:
    """4 connections, batches of 1,000: ten metrics at a hundred new steps each."""
    run_ids = bench.new_runs(_BATCH_CONNECTIONS)
    load = bench.drive([_bind(_log_batches, bench.port, run_id) for run_id in run_ids])
    stored = sum(_points(bench, run_id, "m0") for run_id in run_ids) // _BATCH_STEPS
    expect(stored == load.answered or bool(load.errors), f"{load.answered} batches stored, not {stored}")
    return {"log-batch": load.per_second * _BATCH_KEYS * _BATCH_STEPS}


def _log_batches(port: int, run_id: str) -> Session:
    mark = "@@@@@@@"  # stands for all but the last two digits of the step
    metrics = ",".join(
        f'{{"key":"m{key}","value":0.{step:02d}{key}1,"timestamp":{content.FIRST_START_MS},"step":{mark}{step:02d}}}'
        for step in range(_BATCH_STEPS)
        for key in range(_BATCH_KEYS)
    )
    body = f'{{"run_id":"{run_id}","metrics":[{metrics}]}}'.encode()
    template = request_bytes("POST", port, "/api/2.0/mlflow/runs/log-batch", body)
    for batch in itertools.count(_FIRST_STEP):
        yield template.replace(mark.encode(), b"%d" % batch)


def lifecycle(bench: Bench) -> Values:
    """8 clients, each going through whole runs, one request after another as a training script would."""
    experiment_id = bench.new_experiment()
    finished: list[str] = []
    load = bench.drive([_bind(_whole_runs, bench.port, experiment_id, finished) for _ in range(_LIFECYCLE_CLIENTS)])
    if finished:
        run = bench.get(f"/runs/get?run_id={finished[0]}")["run"]
        metrics, params = len(run["data"]["metrics"]), len(run["data"]["params"])
        expect((metrics, params) == (_LIFECYCLE_METRICS, _LIFECYCLE_PARAMS), "10 metrics and 5 params in a run")
        expect(run["info"]["status"] == "FINISHED", "a finished run")
    return {"lifecycle": load.per_second / _REQUESTS_PER_LIFECYCLE}


def _whole_runs(port: int, experiment_id: str, finished: list[str]) -> Session:
    start_ms = content.FIRST_START_MS
    for number in itertools.count():
        message = {"experiment_id": experiment_id, "start_time": start_ms, "run_name": f"life-{number}"}
        created = yield post(port, "/runs/create", message)
        run_id = str(json.loads(created)["run"]["info"]["run_id"])
        for tag in range(_LIFECYCLE_TAGS):
            yield post(port, "/runs/set-tag", {"run_id": run_id, "key": f"t{tag}", "value": f"tag {number}"})
        params = [{"key": f"p{param}", "value": str(number)} for param in range(_LIFECYCLE_PARAMS)]
        metrics = [
            {"key": f"m{key}", "value": key / 7, "timestamp": start_ms + key, "step": key}
            for key in range(_LIFECYCLE_METRICS)
        ]
        yield post(port, "/runs/log-batch", {"run_id": run_id, "metrics": metrics, "params": params})
        yield post(port, "/runs/update", {"run_id": run_id, "status": "FINISHED", "end_time": start_ms + 1000})
        finished.append(run_id)


def _points(bench: Bench, run_id: str, key: str) -> int:
    return len(bench.get(f"/metrics/get-history?run_id={run_id}&metric_key={key}").get("metrics", []))


def _bind(session: Callable[..., Session], *arguments: object) -> Callable[[], Session]:
    return lambda: session(*arguments)


WORKLOADS = (
    Workload(
        "log-metric",
        (
            Measure("log-metric", "log-metric, 16 connections", "/s", against_mlflow=80, against_fasttrackml=5),
            Measure("log-metric-p50", "log-metric, median latency", "ms", False, digits=2),
            Measure("log-metric-p99", "log-metric, 99th percentile", "ms", False, digits=2),
        ),
        on_server=log_metric,
    ),
    Workload(
        "log-batch",
        (
            Measure(
                "log-batch", "log-batch of 1,000, 4 connections", "metrics/s", against_mlflow=30, against_fasttrackml=4
            ),
        ),
        on_server=log_batch,
    ),
    Workload(
        "lifecycle",
        (Measure("lifecycle", "whole runs, 8 clients", "runs/s", against_mlflow=40, against_fasttrackml=5, digits=1),),
        on_server=lifecycle,
    ),
)
