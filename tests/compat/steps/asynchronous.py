"""Logging that returns at once."""

from __future__ import annotations

from typing import Any

from tests.compat.recorder import World, attempt, mlflow, step
from tests.compat.views import view_points, view_run


@step("asynchronous metrics, params and tags arrive")
def _(world: World) -> Any:
    mlflow.set_experiment(experiment_id=world.experiment_id)
    with mlflow.start_run(run_name="asynchronous") as run:
        for number in range(20):
            mlflow.log_metric("m", number, step=number, timestamp=100 + number, synchronous=False)
        mlflow.log_metrics({"a": 1, "b": 2}, timestamp=1, synchronous=False)
        mlflow.log_param("p", 1, synchronous=False)
        mlflow.log_params({"q": 2, "r": 3}, synchronous=False)
        mlflow.set_tag("t", 1, synchronous=False)
        mlflow.set_tags({"u": 2}, synchronous=False)
        mlflow.flush_async_logging()
        run_id = run.info.run_id
    return {
        "run": view_run(mlflow.get_run(run_id)),
        "history": view_points(world.client.get_metric_history(run_id, "m")),
    }


@step("asynchronous operations can be waited for")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="waited for")
    operations = [
        world.client.log_metric(run_id, "m", 1, timestamp=1, synchronous=False),
        world.client.log_param(run_id, "p", 1, synchronous=False),
        world.client.set_tag(run_id, "t", 1, synchronous=False),
        world.client.log_batch(run_id, params=[mlflow.entities.Param("q", "2")], synchronous=False),
    ]
    answers = [operation.wait() for operation in operations]
    return {
        "types": [type(operation).__name__ for operation in operations],
        "waits": answers,
        "run": view_run(world.client.get_run(run_id)),
    }


@step("an asynchronous mistake is raised by wait")
def _(world: World) -> Any:
    run_id = world.new_run()
    world.client.log_param(run_id, "p", 1)
    operation = world.client.log_param(run_id, "p", 2, synchronous=False)
    return {"wait": attempt(operation.wait), "kept": world.client.get_run(run_id).data.params}


@step("asynchronous logging can be the default")
def _(world: World) -> Any:
    mlflow.config.enable_async_logging(True)
    try:
        run_id = world.new_run(run_name="by default")
        kind = type(mlflow.log_metric("m", 1, timestamp=1, run_id=run_id)).__name__
        mlflow.flush_async_logging()
    finally:
        mlflow.config.enable_async_logging(False)
    return {"kind": kind, "metrics": world.client.get_run(run_id).data.metrics}


@step("ending a run waits for what is on its way")
def _(world: World) -> Any:
    mlflow.set_experiment(experiment_id=world.experiment_id)
    with mlflow.start_run() as run:
        for number in range(50):
            mlflow.log_metric("m", number, step=number, timestamp=number, synchronous=False)
    mlflow.flush_async_logging()
    return len(world.client.get_metric_history(run.info.run_id, "m"))


@step("synchronous logging returns nothing")
def _(world: World) -> Any:
    run_id = world.new_run()
    return [
        world.client.log_metric(run_id, "m", 1, synchronous=True),
        world.client.set_tag(run_id, "t", 1, synchronous=True),
        mlflow.log_metric("n", 1, run_id=run_id),
    ]
