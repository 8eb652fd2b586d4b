"""Runs through the fluent API: contexts, nesting, resuming, what is active."""

from __future__ import annotations

from typing import Any

from tests.compat.recorder import World, attempt, mlflow, step
from tests.compat.views import tags_of, view_run


def _choose(world: World) -> None:
    mlflow.set_experiment(experiment_id=world.experiment_id)


def _view(run: Any) -> Any:
    return view_run(mlflow.get_run(run.info.run_id))


@step("start_run as a context finishes the run")
def _(world: World) -> Any:
    _choose(world)
    with mlflow.start_run() as run:
        inside = {"active": mlflow.active_run().info.run_id == run.info.run_id, "run": _view(run)}
    return {"inside": inside, "after": _view(run), "active after": mlflow.active_run()}


@step("start_run without a context stays active until end_run")
def _(world: World) -> Any:
    _choose(world)
    run = mlflow.start_run(run_name="open")
    during = _view(run)["status"]
    mlflow.end_run()
    return {"during": during, "after": _view(run), "type": type(run).__name__}


@step("end_run takes a status")
def _(world: World) -> Any:
    _choose(world)
    found = {}
    for status in ("FINISHED", "FAILED", "KILLED", "RUNNING", "SCHEDULED"):
        run = mlflow.start_run()
        mlflow.end_run(status)
        found[status] = [_view(run)["status"], _view(run)["end_time"]]
    return found


@step("end_run without a run does nothing")
def _(world: World) -> Any:
    return attempt(mlflow.end_run)


@step("an exception fails the run and passes on")
def _(world: World) -> Any:
    _choose(world)

    def explode() -> None:
        with mlflow.start_run(run_name="boom") as run:
            world.once("exploded", lambda: run)
            raise ValueError("boom")

    return {"error": attempt(explode), "run": _view(world.once("exploded", lambda: None))}


@step("an interrupt kills or fails the run")
def _(world: World) -> Any:
    _choose(world)
    held = []
    try:
        with mlflow.start_run() as run:
            held.append(run)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        return _view(held[0])["status"]


@step("start_run with name, tags and description")
def _(world: World) -> Any:
    _choose(world)
    with mlflow.start_run(run_name="described", tags={"a": "1", "b": "x"}, description="What it is *about*") as run:
        pass
    return _view(run)


@step("start_run with tags that are not text")
def _(world: World) -> Any:
    _choose(world)
    return attempt(lambda: _view(mlflow.start_run(run_name="numbered", tags={"a": 1, "b": None}))["tags"])


@step("a description and a note tag")
def _(world: World) -> Any:
    _choose(world)

    def start() -> Any:
        with mlflow.start_run(tags={"mlflow.note.content": "one"}, description="other") as run:
            return tags_of(run.data.tags)

    return attempt(start)


@step("start_run twice is refused")
def _(world: World) -> Any:
    _choose(world)
    with mlflow.start_run():
        return attempt(mlflow.start_run)


@step("nested runs know their parent")
def _(world: World) -> Any:
    _choose(world)
    with mlflow.start_run(run_name="outer") as outer, mlflow.start_run(run_name="inner", nested=True) as inner:
        with mlflow.start_run(run_name="innermost", nested=True) as innermost:
            deepest = mlflow.active_run().info.run_name
        back = mlflow.active_run().info.run_name
    runs = [_view(run) for run in (outer, inner, innermost)]
    return {
        "runs": runs,
        "deepest": deepest,
        "back": back,
        "parent": view_run(mlflow.get_parent_run(inner.info.run_id)),
    }


@step("nested without a parent is an ordinary run")
def _(world: World) -> Any:
    _choose(world)
    with mlflow.start_run(nested=True, run_name="alone") as run:
        pass
    return _view(run)


@step("a parent can be given by id")
def _(world: World) -> Any:
    _choose(world)
    parent = world.new_run(run_name="elsewhere")
    with mlflow.start_run(run_name="given parent", parent_run_id=parent) as run:
        pass
    return {"run": _view(run), "same": _view(run)["tags"]["mlflow.parentRunId"] == parent}


@step("a parent by id that is not there")
def _(world: World) -> Any:
    _choose(world)
    return attempt(lambda: _view(mlflow.start_run(parent_run_id="0" * 32)))


@step("a parent by id that differs from the active run")
def _(world: World) -> Any:
    _choose(world)
    other = world.new_run(run_name="other")
    with mlflow.start_run(run_name="active"):
        return attempt(lambda: _view(mlflow.start_run(parent_run_id=other, nested=True))["tags"])


@step("start_run in a given experiment")
def _(world: World) -> Any:
    _choose(world)
    other = world.new_experiment("given to start_run")
    with mlflow.start_run(experiment_id=other) as run:
        pass
    return {"in it": run.info.experiment_id == other, "unknown": attempt(mlflow.start_run, experiment_id="999999999")}


@step("resuming a finished run")
def _(world: World) -> Any:
    _choose(world)
    with mlflow.start_run(run_name="first life") as run:
        mlflow.log_metric("m", 1, timestamp=1)
    with mlflow.start_run(run_id=run.info.run_id, tags={"life": "second"}) as again:
        during = _view(again)
        mlflow.log_metric("m", 2, step=1, timestamp=2)
    return {"same": again.info.run_id == run.info.run_id, "during": during, "after": _view(run)}


@step("resuming with another name renames")
def _(world: World) -> Any:
    _choose(world)
    run_id = world.new_run(run_name="old name")
    with mlflow.start_run(run_id=run_id, run_name="new name") as run:
        pass
    return _view(run)


@step("resuming a failed run")
def _(world: World) -> Any:
    _choose(world)
    run_id = world.new_run(run_name="failed before")
    world.client.set_terminated(run_id, "FAILED")
    with mlflow.start_run(run_id=run_id) as run:
        during = _view(run)["status"]
    return {"during": during, "after": _view(run)}


@step("resuming a deleted run is refused")
def _(world: World) -> Any:
    _choose(world)
    run_id = world.new_run(run_name="deleted before")
    world.client.delete_run(run_id)
    return attempt(mlflow.start_run, run_id=run_id)


@step("resuming a run of another experiment than the chosen one")
def _(world: World) -> Any:
    run_id = world.new_run(experiment_id=world.new_experiment("resumed elsewhere"))
    _choose(world)
    return attempt(lambda: _view(mlflow.start_run(run_id=run_id)))


@step("resuming with an experiment that does not match")
def _(world: World) -> Any:
    _choose(world)
    run_id = world.new_run()
    other = world.new_experiment("does not match")
    return attempt(lambda: _view(mlflow.start_run(run_id=run_id, experiment_id=other)))


@step("the last active run")
def _(world: World) -> Any:
    _choose(world)
    with mlflow.start_run(run_name="last one"):
        mlflow.log_param("p", 1)
        inside = mlflow.last_active_run().info.run_name
    return {"inside": inside, "after": view_run(mlflow.last_active_run())}


@step("logging without a run starts one")
def _(world: World) -> Any:
    _choose(world)
    mlflow.log_metric("auto", 1, timestamp=3)
    mlflow.log_param("p", "q")
    run = mlflow.active_run()
    mlflow.end_run()
    return _view(run)


@step("fluent delete_run")
def _(world: World) -> Any:
    run_id = world.new_run()
    mlflow.delete_run(run_id)
    return world.client.get_run(run_id).info.lifecycle_stage


@step("fluent run tags")
def _(world: World) -> Any:
    _choose(world)
    with mlflow.start_run(run_name="tagged") as run:
        mlflow.set_tag("a", 1)
        mlflow.set_tags({"b": None, "c": [1, 2], "d": True})
        mlflow.delete_tag("a")
        unknown = attempt(mlflow.delete_tag, "a")
    return {"unknown": unknown, "tags": _view(run)["tags"]}


@step("a run started from the environment")
def _(world: World) -> Any:
    import os

    _choose(world)
    run_id = world.new_run(run_name="from the environment")
    os.environ["MLFLOW_RUN_ID"] = run_id
    try:
        with mlflow.start_run() as run:
            pass
    finally:
        os.environ.pop("MLFLOW_RUN_ID", None)
    return {"same": run.info.run_id == run_id, "run": _view(run)}


@step("experiment and run name from the environment")
def _(world: World) -> Any:
    import os

    _choose(world)
    os.environ["MLFLOW_RUN_NAME"] = "named by the environment"
    try:
        with mlflow.start_run() as run:
            pass
    finally:
        os.environ.pop("MLFLOW_RUN_NAME", None)
    return _view(run)


@step("threads have runs of their own")
def _(world: World) -> Any:
    import threading

    _choose(world)
    seen: dict[str, Any] = {}

    def other_thread() -> None:
        seen["active in the other thread"] = mlflow.active_run()
        with mlflow.start_run(run_name="theirs") as run:
            seen["other"] = run.info.run_name

    with mlflow.start_run(run_name="mine"):
        thread = threading.Thread(target=other_thread)
        thread.start()
        thread.join()
        seen["mine"] = mlflow.active_run().info.run_name
    return seen
