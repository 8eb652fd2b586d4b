"""Runs through the client: their fields, their life, their deaths."""

from __future__ import annotations

from typing import Any

from tests.compat.recorder import World, attempt, mlflow, step
from tests.compat.views import tags_of, view_run


def _view(world: World, run_id: str) -> Any:
    return view_run(world.client.get_run(run_id))


@step("a run made by the client")
def _(world: World) -> Any:
    run = world.client.create_run(world.experiment_id)
    return {"returned": view_run(run), "read": _view(world, run.info.run_id), "type": type(run).__name__}


@step("a run made with everything given")
def _(world: World) -> Any:
    made = world.client.create_run(
        world.experiment_id, start_time=123456789, tags={"a": "1", "b": 2, "mlflow.user": "somebody"}, run_name="whole"
    )
    return {"returned": view_run(made), "read": _view(world, made.info.run_id), "user": made.info.user_id}


@step("the name tag names the run")
def _(world: World) -> Any:
    return view_run(world.client.create_run(world.experiment_id, tags={"mlflow.runName": "by tag"}))


@step("a name and a name tag")
def _(world: World) -> Any:
    def make(name: str, tag: str) -> Any:
        made = world.client.create_run(world.experiment_id, run_name=name, tags={"mlflow.runName": tag})
        return {"name": made.info.run_name, "tag": made.data.tags["mlflow.runName"]}

    return {"equal": attempt(make, "same", "same"), "different": attempt(make, "one", "other")}


@step("run names that are unusual")
def _(world: World) -> Any:
    def make(name: str) -> Any:
        return world.client.get_run(world.new_run(run_name=name)).info.run_name

    return {name: attempt(make, name) for name in ("ünïcode 🧪", "  ", "a/b", "quote ' quote", "")}


@step("start times that are unusual")
def _(world: World) -> Any:
    def make(start_time: Any) -> Any:
        return world.client.get_run(world.new_run(start_time=start_time)).info.start_time

    return {str(value): attempt(make, value) for value in (1, 2**41, -1, 12.5, "77")}


@step("a run in an experiment that is not there")
def _(world: World) -> Any:
    return {text: attempt(world.client.create_run, text) for text in ("999999999", "abc", "")}


@step("runs that are not there")
def _(world: World) -> Any:
    calls = {
        "get_run": lambda run_id: world.client.get_run(run_id),
        "log_metric": lambda run_id: world.client.log_metric(run_id, "m", 1),
        "log_param": lambda run_id: world.client.log_param(run_id, "p", 1),
        "set_tag": lambda run_id: world.client.set_tag(run_id, "t", 1),
        "delete_tag": lambda run_id: world.client.delete_tag(run_id, "t"),
        "log_batch": lambda run_id: world.client.log_batch(run_id, tags=[mlflow.entities.RunTag("t", "1")]),
        "set_terminated": lambda run_id: world.client.set_terminated(run_id),
        "update_run": lambda run_id: world.client.update_run(run_id, name="x"),
        "delete_run": lambda run_id: world.client.delete_run(run_id),
        "restore_run": lambda run_id: world.client.restore_run(run_id),
        "get_metric_history": lambda run_id: world.client.get_metric_history(run_id, "m"),
        "list_artifacts": lambda run_id: world.client.list_artifacts(run_id),
        "get_parent_run": lambda run_id: world.client.get_parent_run(run_id),
        "fluent get_run": lambda run_id: mlflow.get_run(run_id),
        "start_run": lambda run_id: mlflow.start_run(run_id=run_id),
    }
    return {name: attempt(call, "0" * 32) for name, call in calls.items()}


@step("run ids that cannot be")
def _(world: World) -> Any:
    return {text: attempt(world.client.get_run, text) for text in ("", "a b", "../x", "x" * 300, "ünï")}


@step("set_terminated ends a run")
def _(world: World) -> Any:
    plain, failed, timed = (world.new_run(run_name=name) for name in ("plain", "failed", "timed"))
    world.client.set_terminated(plain)
    world.client.set_terminated(failed, "FAILED")
    world.client.set_terminated(timed, status="KILLED", end_time=987654321)
    return [_view(world, run_id) for run_id in (plain, failed, timed)]


@step("set_terminated with a status that is none")
def _(world: World) -> Any:
    run_id = world.new_run()
    return {"answer": attempt(world.client.set_terminated, run_id, "BOGUS"), "status": _view(world, run_id)["status"]}


@step("update_run changes name and status")
def _(world: World) -> Any:
    client, run_id = world.client, world.new_run(run_name="before")
    views = {}
    client.update_run(run_id, name="after")
    views["renamed"] = _view(world, run_id)
    client.update_run(run_id, status="FINISHED")
    views["finished"] = _view(world, run_id)
    client.update_run(run_id, status="RUNNING", name="again")
    views["running again"] = _view(world, run_id)
    client.update_run(run_id)
    views["nothing"] = _view(world, run_id)
    client.update_run(run_id, status="SCHEDULED")
    views["scheduled"] = _view(world, run_id)["status"]
    return views


@step("update_run with a status that is none")
def _(world: World) -> Any:
    run_id = world.new_run()
    return {
        "answer": attempt(world.client.update_run, run_id, status="BOGUS"),
        "status": _view(world, run_id)["status"],
    }


@step("update_run with an empty name changes nothing")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="stays")
    return {"answer": attempt(world.client.update_run, run_id, name=""), "name": _view(world, run_id)["run_name"]}


@step("deleting and restoring a run")
def _(world: World) -> Any:
    client, run_id = world.client, world.new_run(run_name="phoenix")
    stages = {}
    for name, call in (
        ("deleted", client.delete_run), ("deleted twice", client.delete_run),
        ("restored", client.restore_run), ("restored twice", client.restore_run),
    ):  # fmt: skip
        stages[name] = {"answer": attempt(call, run_id), "stage": _view(world, run_id)["lifecycle_stage"]}
    return stages


@step("a deleted run can be read but not written")
def _(world: World) -> Any:
    client, run_id = world.client, world.new_run(run_name="gone")
    client.log_metric(run_id, "m", 1.0, timestamp=5)
    client.set_tag(run_id, "t", "1")
    client.delete_run(run_id)
    return {
        "read": _view(world, run_id),
        "log_metric": attempt(client.log_metric, run_id, "m", 2.0),
        "log_param": attempt(client.log_param, run_id, "p", 1),
        "set_tag": attempt(client.set_tag, run_id, "t", 2),
        "delete_tag": attempt(client.delete_tag, run_id, "t"),
        "log_batch": attempt(client.log_batch, run_id, tags=[mlflow.entities.RunTag("u", "1")]),
        "set_terminated": attempt(client.set_terminated, run_id),
        "update_run": attempt(client.update_run, run_id, name="new"),
        "history": [point.value for point in client.get_metric_history(run_id, "m")],
        "after": _view(world, run_id),
    }


@step("parents and children through the client")
def _(world: World) -> Any:
    parent = world.new_run(run_name="parent")
    child = world.new_run(run_name="child", tags={"mlflow.parentRunId": parent})
    return {
        "parent of the child": view_run(world.client.get_parent_run(child))["run_name"],
        "parent of the parent": world.client.get_parent_run(parent),
        "fluent": mlflow.get_parent_run(child).info.run_name,
        "child tags": tags_of(world.client.get_run(child).data.tags),
    }


@step("a parent that is not there")
def _(world: World) -> Any:
    child = world.new_run(tags={"mlflow.parentRunId": "0" * 32})
    return attempt(world.client.get_parent_run, child)


@step("a run as a dictionary")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="dictionary", start_time=5, tags={"mlflow.user": "u", "x": "y"})
    world.client.log_metric(run_id, "m", 1.5, timestamp=5)
    world.client.log_param(run_id, "p", "v")
    whole = world.client.get_run(run_id).to_dictionary()
    return {"keys": sorted(whole), "info keys": sorted(whole["info"]), "data": whole["data"], "inputs": whole["inputs"]}


@step("types of what a run carries")
def _(world: World) -> Any:
    run_id = world.new_run(start_time=5)
    world.client.log_metric(run_id, "whole", 3, timestamp=5)
    world.client.log_param(run_id, "p", 3)
    run = world.client.get_run(run_id)
    return {
        "metric": type(run.data.metrics["whole"]).__name__,
        "param": type(run.data.params["p"]).__name__,
        "start_time": type(run.info.start_time).__name__,
        "status": type(run.info.status).__name__,
        "metrics": type(run.data.metrics).__name__,
        "experiment_id": type(run.info.experiment_id).__name__,
    }


@step("RunStatus knows its names and numbers")
def _(world: World) -> Any:
    status = mlflow.entities.RunStatus
    names = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
    return {
        "numbers": {name: status.from_string(name) for name in names},
        "names": [status.to_string(number) for number in range(1, 6)],
        "ended": [status.is_terminated(number) for number in range(1, 6)],
        "unknown name": attempt(status.from_string, "BOGUS"),
        "unknown number": attempt(status.to_string, 99),
        "all": sorted(status.all_status()),
    }
