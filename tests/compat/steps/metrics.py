"""Metrics: which point is the latest, what a history holds, what is refused."""

from __future__ import annotations

import math
from typing import Any

from tests.compat.recorder import World, attempt, mlflow, step
from tests.compat.views import view_points, view_run


def _latest(world: World, run_id: str) -> Any:
    return world.client.get_run(run_id).data.metrics


def _history(world: World, run_id: str, key: str = "m") -> Any:
    return view_points(world.client.get_metric_history(run_id, key))


@step("the latest metric is the highest step, however late it came")
def _(world: World) -> Any:
    run_id, log = world.new_run(), world.client.log_metric
    log(run_id, "m", 0.2, timestamp=20, step=2)
    log(run_id, "m", 0.9, timestamp=30, step=1)
    return {"latest": _latest(world, run_id), "history": _history(world, run_id)}


@step("among equal steps the latest time wins, then the largest value")
def _(world: World) -> Any:
    run_id, log = world.new_run(), world.client.log_metric
    log(run_id, "time", 1.0, timestamp=20, step=1)
    log(run_id, "time", 2.0, timestamp=10, step=1)
    log(run_id, "value", 5.0, timestamp=10, step=1)
    log(run_id, "value", 3.0, timestamp=10, step=1)
    log(run_id, "nan", 5.0, timestamp=10, step=1)
    log(run_id, "nan", math.nan, timestamp=10, step=1)
    log(run_id, "nan over negative", -5.0, timestamp=10, step=1)
    log(run_id, "nan over negative", math.nan, timestamp=10, step=1)
    return _latest(world, run_id)


@step("the same point twice is one point")
def _(world: World) -> Any:
    run_id = world.new_run()
    for _ in range(3):
        world.client.log_metric(run_id, "m", 1.5, timestamp=10, step=1)
    return _history(world, run_id)


@step("a history is ordered by time, step and value")
def _(world: World) -> Any:
    run_id = world.new_run()
    for value, time_ms, number in ((3.0, 20, 1), (1.0, 10, 5), (2.0, 10, 2), (9.0, 20, 1), (0.0, 5, 7), (-1.0, 20, 0)):
        world.client.log_metric(run_id, "m", value, timestamp=time_ms, step=number)
    return _history(world, run_id)


@step("NaN and infinities")
def _(world: World) -> Any:
    run_id = world.new_run()
    for key, value in (("nan", math.nan), ("inf", math.inf), ("-inf", -math.inf)):
        world.client.log_metric(run_id, key, value, timestamp=1)
    return {
        "latest": _latest(world, run_id),
        "histories": [_history(world, run_id, key) for key in ("nan", "inf", "-inf")],
    }


@step("numbers of every size")
def _(world: World) -> Any:
    run_id = world.new_run()
    values = (
        0,
        -0.0,
        1e308,
        -1e308,
        5e-324,
        1e-10,
        2**53 + 1,
        10**30,
        0.1 + 0.2,
        1.7976931348623157e308,
        123456789.123456789,
    )
    for number, value in enumerate(values):
        world.client.log_metric(run_id, f"v{number}", value, timestamp=1)
    return _latest(world, run_id)


@step("metric values that are unusual")
def _(world: World) -> Any:
    def log(value: Any) -> Any:
        run_id = world.new_run()
        world.client.log_metric(run_id, "m", value, timestamp=1)
        return _latest(world, run_id)

    values = {
        "text": "abc",
        "numeric text": "1.5",
        "none": None,
        "true": True,
        "list": [1],
        "huge": 10**400,
        "complex": 1j,
    }
    return {name: attempt(log, value) for name, value in values.items()}


@step("metric values of numpy")
def _(world: World) -> Any:
    import numpy as np

    def log(value: Any) -> Any:
        run_id = world.new_run()
        world.client.log_metric(run_id, "m", value, timestamp=1)
        return _latest(world, run_id)

    values = {
        "float32": np.float32(0.5), "float64": np.float64(0.1), "int64": np.int64(7), "array of one": np.array([2.5]),
        "scalar array": np.array(3.5), "array of two": np.array([1.0, 2.0]), "bool": np.bool_(True),
    }  # fmt: skip
    return {name: attempt(log, value) for name, value in values.items()}


@step("steps of every size")
def _(world: World) -> Any:
    def log(number: Any) -> Any:
        run_id = world.new_run()
        world.client.log_metric(run_id, "m", 1.0, timestamp=1, step=number)
        return _history(world, run_id)

    return {str(number): attempt(log, number) for number in (0, -5, 2**62, 2**63, 1.5, "3", None, True)}


@step("a negative step loses against the default step")
def _(world: World) -> Any:
    run_id = world.new_run()
    world.client.log_metric(run_id, "m", 1.0, timestamp=1)
    world.client.log_metric(run_id, "m", 2.0, timestamp=9, step=-1)
    return _latest(world, run_id)


@step("timestamps of every size")
def _(world: World) -> Any:
    def log(time_ms: Any) -> Any:
        run_id = world.new_run()
        world.client.log_metric(run_id, "m", 1.0, timestamp=time_ms)
        return _history(world, run_id)

    return {str(value): attempt(log, value) for value in (0, 1, 2**62, -1, 12.7, "55", None)}


@step("metric keys that are accepted")
def _(world: World) -> Any:
    run_id = world.new_run()
    keys = ("a", "a/b/c", "a.b", "a-b", "a b", "a:b", "ключ", "実験", " ", "0", "_", "A", "k" * 250)
    return {key[:20]: attempt(world.client.log_metric, run_id, key, 1.0, timestamp=1) for key in keys} | {
        "kept": sorted(len(key) for key in _latest(world, run_id))
    }


@step("metric keys that are refused")
def _(world: World) -> Any:
    run_id = world.new_run()
    keys = (
        "",
        "a*b",
        "a\nb",
        "/a",
        "a/",
        "a//b",
        "../a",
        "a/../b",
        "./a",
        ".",
        "..",
        "a\\b",
        "a,b",
        "é🧪",
        "k" * 251,
        None,
        5,
    )
    answers = {str(key)[:20]: attempt(world.client.log_metric, run_id, key, 1.0, timestamp=1) for key in keys}
    return {"answers": answers, "kept": _latest(world, run_id)}


@step("keys differ by case")
def _(world: World) -> Any:
    run_id = world.new_run()
    world.client.log_metric(run_id, "Loss", 1.0, timestamp=1)
    world.client.log_metric(run_id, "loss", 2.0, timestamp=1)
    return _latest(world, run_id)


@step("the history of an unknown metric is empty")
def _(world: World) -> Any:
    return _history(world, world.new_run(), "nothing")


@step("a history keeps what the latest value does not")
def _(world: World) -> Any:
    run_id = world.new_run()
    for number in range(25):
        world.client.log_metric(run_id, "m", number / 2, timestamp=100 + number, step=number)
    points = world.client.get_metric_history(run_id, "m")
    return {
        "points": view_points(points), "type": type(points).__name__, "point": type(points[0]).__name__,
        "keys": sorted({point.key for point in points}), "latest": _latest(world, run_id),
    }  # fmt: skip


@step("a metric as a dictionary")
def _(world: World) -> Any:
    run_id = world.new_run()
    world.client.log_metric(run_id, "m", 1.0, timestamp=7, step=3)
    point = world.client.get_metric_history(run_id, "m")[0]
    return {name: getattr(point, name) for name in ("key", "value", "timestamp", "step")}


@step("fluent log_metric and log_metrics")
def _(world: World) -> Any:
    mlflow.set_experiment(experiment_id=world.experiment_id)
    with mlflow.start_run(run_name="fluent metrics") as run:
        mlflow.log_metric("one", 1)
        mlflow.log_metric("one", 2, step=3)
        mlflow.log_metrics({"two": 2, "three": 3.5}, step=4)
        mlflow.log_metric("timed", 1, timestamp=77)
        mlflow.log_metrics({"timed": 5}, step=1, timestamp=78)
    keys = ("one", "two", "three", "timed")
    return {
        "run": view_run(mlflow.get_run(run.info.run_id)),
        "histories": {key: _history(world, run.info.run_id, key) for key in keys},
    }


@step("fluent metrics for a given run")
def _(world: World) -> Any:
    run_id = world.new_run()
    mlflow.log_metric("m", 1, timestamp=1, run_id=run_id)
    mlflow.log_metrics({"n": 2, "o": 3}, timestamp=1, run_id=run_id)
    return {"metrics": _latest(world, run_id), "active": mlflow.active_run()}


@step("fluent log_metrics is refused as a whole")
def _(world: World) -> Any:
    mlflow.set_experiment(experiment_id=world.experiment_id)
    with mlflow.start_run() as run:
        answers = {
            "bad key": attempt(mlflow.log_metrics, {"good": 1, "b*d": 2}),
            "bad value": attempt(mlflow.log_metrics, {"good": 1, "bad": "x"}),
            "not a dictionary": attempt(mlflow.log_metrics, [1, 2]),
            "empty": attempt(mlflow.log_metrics, {}),
        }
    return {"answers": answers, "kept": _latest(world, run.info.run_id)}
