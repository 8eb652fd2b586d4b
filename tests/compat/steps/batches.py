"""log_batch: many things at once, and the limits of that."""

from __future__ import annotations

import math
from typing import Any

from tests.compat.recorder import World, attempt, mlflow, step
from tests.compat.views import tags_of, view_points


def _metric(key: str, value: float, time_ms: int = 1, number: int = 0) -> Any:
    return mlflow.entities.Metric(key, value, time_ms, number)


def _param(key: str, value: Any) -> Any:
    return mlflow.entities.Param(key, value)


def _tag(key: str, value: Any) -> Any:
    return mlflow.entities.RunTag(key, value)


def _state(world: World, run_id: str) -> Any:
    data = world.client.get_run(run_id).data
    return {"metrics": data.metrics, "params": data.params, "tags": tags_of(data.tags)}


@step("a batch stores metrics, params and tags")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="batch")
    answer = world.client.log_batch(
        run_id,
        metrics=[_metric("m", 1.0, 1, 0), _metric("m", 0.5, 2, 1), _metric("n", math.nan), _metric("i", math.inf)],
        params=[_param("p", "1"), _param("q", "")],
        tags=[_tag("t", "1"), _tag("u", "")],
    )
    return {"answer": answer, **_state(world, run_id), "m": view_points(world.client.get_metric_history(run_id, "m"))}


@step("an empty batch is fine")
def _(world: World) -> Any:
    return attempt(world.client.log_batch, world.new_run())


@step("the name tag in a batch renames the run")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="before")
    world.client.log_batch(run_id, tags=[_tag("mlflow.runName", "after")])
    run = world.client.get_run(run_id)
    return [run.info.run_name, run.data.tags["mlflow.runName"]]


@step("a conflicting param stops the whole batch")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="conflict")
    world.client.log_param(run_id, "p", "1")
    answer = attempt(
        world.client.log_batch, run_id, metrics=[_metric("m", 1.0)], params=[_param("new", "x"), _param("p", "2")]
    )
    return {"answer": answer, **_state(world, run_id)}


@step("tags next to a conflicting param")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="conflict")
    world.client.log_param(run_id, "p", "1")
    answer = attempt(world.client.log_batch, run_id, params=[_param("p", "2")], tags=[_tag("t", "1")])
    return {"answer": answer, **_state(world, run_id)}


@step("a param that is there already with the same value")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="same")
    world.client.log_param(run_id, "p", "1")
    answer = attempt(world.client.log_batch, run_id, params=[_param("p", "1"), _param("q", "2")])
    return {"answer": answer, **_state(world, run_id)}


@step("one param twice in a batch")
def _(world: World) -> Any:
    def log(values: tuple[str, str]) -> Any:
        run_id = world.new_run(run_name="twice")
        answer = attempt(world.client.log_batch, run_id, params=[_param("p", value) for value in values])
        return {"answer": answer, **_state(world, run_id)}

    return {"equal": log(("1", "1")), "different": log(("1", "2"))}


@step("one tag twice in a batch")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="twice")
    answer = attempt(world.client.log_batch, run_id, tags=[_tag("t", "1"), _tag("t", "2")])
    return {"answer": answer, **_state(world, run_id)}


@step("one point twice in a batch")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="twice")
    points = [_metric("m", 1.0, 5, 1), _metric("m", 1.0, 5, 1), _metric("m", 2.0, 5, 1)]
    answer = attempt(world.client.log_batch, run_id, metrics=points)
    return {"answer": answer, "points": view_points(world.client.get_metric_history(run_id, "m"))}


@step("the latest of a shuffled batch")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="shuffled")
    points = [_metric("m", float(number), 100 - number, number) for number in (5, 9, 1, 7, 3)]
    world.client.log_batch(run_id, metrics=points)
    world.client.log_batch(run_id, metrics=[_metric("m", -1.0, 500, 8)])
    return _state(world, run_id)["metrics"]


@step("something bad in a batch stores nothing")
def _(world: World) -> Any:
    def log(**items: Any) -> Any:
        run_id = world.new_run(run_name="bad")
        answer = attempt(world.client.log_batch, run_id, **items)
        return {"answer": answer, **_state(world, run_id)}

    good = {"metrics": [_metric("m", 1.0)], "params": [_param("p", "1")], "tags": [_tag("t", "1")]}
    return {
        "metric key": log(**{**good, "metrics": [_metric("m", 1.0), _metric("b*d", 1.0)]}),
        "param key": log(**{**good, "params": [_param("p", "1"), _param("b*d", "1")]}),
        "tag key": log(**{**good, "tags": [_tag("t", "1"), _tag("b*d", "1")]}),
        "metric value": log(**{**good, "metrics": [_metric("m", "text")]}),  # type: ignore[arg-type]
        "metric time": log(**{**good, "metrics": [_metric("m", 1.0, -1)]}),
        "not a list": log(metrics="m"),
    }


@step("long values in a batch")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="long")
    answer = attempt(world.client.log_batch, run_id, params=[_param("p", "v" * 6001)], tags=[_tag("t", "v" * 8001)])
    state = _state(world, run_id)
    return {"answer": answer, "param": len(state["params"].get("p", "")), "tag": len(state["tags"].get("t", ""))}


@step("batches at and over the limits")
def _(world: World) -> Any:
    def log(metrics: int = 0, params: int = 0, tags: int = 0) -> Any:
        run_id = world.new_run(run_name="limits")
        answer = attempt(
            world.client.log_batch,
            run_id,
            metrics=[_metric(f"m{number}", 1.0) for number in range(metrics)],
            params=[_param(f"p{number}", "1") for number in range(params)],
            tags=[_tag(f"t{number}", "1") for number in range(tags)],
        )
        state = _state(world, run_id)
        return [answer, {kind: len(items) for kind, items in state.items()}]

    return {
        "1000 metrics": log(metrics=1000), "1001 metrics": log(metrics=1001), "100 params": log(params=100),
        "101 params": log(params=101), "100 tags": log(tags=99), "101 tags": log(tags=101),
        "1000 together": log(850, 75, 75), "1001 together": log(901, 50, 50),
    }  # fmt: skip


@step("fluent log_metrics of 1500 metrics")
def _(world: World) -> Any:
    mlflow.set_experiment(experiment_id=world.experiment_id)
    with mlflow.start_run() as run:
        answer = attempt(mlflow.log_metrics, {f"m{number}": number for number in range(1500)})
    return {"answer": answer, "kept": len(_state(world, run.info.run_id)["metrics"])}


@step("fluent set_tags of 150 tags")
def _(world: World) -> Any:
    mlflow.set_experiment(experiment_id=world.experiment_id)
    with mlflow.start_run() as run:
        answer = attempt(mlflow.set_tags, {f"t{number}": number for number in range(150)})
    return {"answer": answer, "kept": len([key for key in _state(world, run.info.run_id)["tags"] if key[0] == "t"])}
