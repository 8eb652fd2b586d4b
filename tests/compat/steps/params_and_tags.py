"""Params, written once; tags, written again and again."""

from __future__ import annotations

from typing import Any

from tests.compat.recorder import World, attempt, mlflow, step
from tests.compat.views import tags_of


def _params(world: World, run_id: str) -> Any:
    return world.client.get_run(run_id).data.params


def _tags(world: World, run_id: str) -> Any:
    return tags_of(world.client.get_run(run_id).data.tags)


@step("a param can be logged again with the same value only")
def _(world: World) -> Any:
    run_id, log = world.new_run(), world.client.log_param
    return {
        "first": attempt(log, run_id, "p", "1"),
        "same": attempt(log, run_id, "p", "1"),
        "same as a number": attempt(log, run_id, "p", 1),
        "other": attempt(log, run_id, "p", "2"),
        "kept": _params(world, run_id),
    }


@step("param values become text")
def _(world: World) -> Any:
    run_id = world.new_run()
    values: dict[str, Any] = {
        "int": 5, "float": 0.1, "none": None, "bool": True, "list": [1, "a"], "dict": {"a": 1}, "empty": "",
        "space": " ", "unicode": "значение 実験 🧪", "lines": "a\nb\tc", "quotes": "'\"`", "zero byte": "a\x00b",
    }  # fmt: skip
    answers = {key: attempt(world.client.log_param, run_id, key, value) for key, value in values.items()}
    return {"answers": answers, "kept": _params(world, run_id)}


@step("long param values")
def _(world: World) -> Any:
    run_id, log = world.new_run(), world.client.log_param
    answers = {str(length): attempt(log, run_id, f"p{length}", "v" * length) for length in (500, 6000, 6001, 20000)}
    answers["the same long one again"] = attempt(log, run_id, "p20000", "v" * 20000)
    return {"answers": answers, "lengths": {key: len(value) for key, value in _params(world, run_id).items()}}


@step("long param values outside the first plane")
def _(world: World) -> Any:
    run_id = world.new_run()
    answer = attempt(world.client.log_param, run_id, "p", "🧪" * 6001)
    return {"answer": answer, "length": len(_params(world, run_id).get("p", ""))}


@step("param keys that are refused")
def _(world: World) -> Any:
    run_id = world.new_run()
    keys = ("", "a*b", "/a", "a//b", "../a", ".", "k" * 251, None)
    answers = {str(key)[:20]: attempt(world.client.log_param, run_id, key, 1) for key in keys}
    return {"answers": answers, "kept": _params(world, run_id)}


@step("param keys that are accepted")
def _(world: World) -> Any:
    run_id = world.new_run()
    for key in ("a/b", "a.b", "a b", "ключ", "a:b-c_d", "k" * 250, "A", "a"):
        world.client.log_param(run_id, key, 1)
    return sorted(_params(world, run_id))


@step("log_param returns the value")
def _(world: World) -> Any:
    mlflow.set_experiment(experiment_id=world.experiment_id)
    with mlflow.start_run():
        return {"fluent": mlflow.log_param("p", 5), "client": world.client.log_param(world.new_run(), "p", 6)}


@step("fluent log_params")
def _(world: World) -> Any:
    mlflow.set_experiment(experiment_id=world.experiment_id)
    with mlflow.start_run() as run:
        mlflow.log_params({"a": 1, "b": None, "c": "x" * 7000})
        again = attempt(mlflow.log_params, {"a": 1, "d": 4})
        conflict = attempt(mlflow.log_params, {"e": 5, "a": 2, "f": 6})
        bad = attempt(mlflow.log_params, {"g": 1, "b*d": 2})
        empty = attempt(mlflow.log_params, {})
    kept = {key: value[:10] for key, value in _params(world, run.info.run_id).items()}
    return {"again": again, "conflict": conflict, "bad key": bad, "empty": empty, "kept": kept}


@step("fluent log_params for a given run, in portions when there are many")
def _(world: World) -> Any:
    run_id = world.new_run()
    mlflow.log_params({f"p{number}": number for number in range(250)}, run_id=run_id)
    return len(_params(world, run_id))


@step("tags are replaced")
def _(world: World) -> Any:
    run_id, set_tag = world.new_run(run_name="tags"), world.client.set_tag
    values: tuple[tuple[str, Any], ...] = (
        ("t", "1"), ("t", "2"), ("int", 5), ("none", None), ("empty", ""), ("unicode", "значение 🧪"),
        ("lines", "a\nb"),
        ("mlflow.note.content", "note"), ("mlflow.user", "someone"), ("mlflow.source.type", "JOB"), ("a/b.c: d-e", "x"),
    )  # fmt: skip
    for key, value in values:
        set_tag(run_id, key, value)
    return {"tags": world.client.get_run(run_id).data.tags, "user": world.client.get_run(run_id).info.user_id}


@step("long tag values")
def _(world: World) -> Any:
    run_id, set_tag = world.new_run(run_name="long"), world.client.set_tag
    answers = {
        str(length): attempt(set_tag, run_id, f"t{length}", "v" * length) for length in (5000, 8000, 8001, 30000)
    }
    return {"answers": answers, "lengths": {key: len(value) for key, value in _tags(world, run_id).items()}}


@step("tag keys that are refused")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="keys")
    keys = ("", "a*b", "/a", "a//b", "../a", ".", "k" * 251, None)
    answers = {str(key)[:20]: attempt(world.client.set_tag, run_id, key, 1) for key in keys}
    return {"answers": answers, "kept": _tags(world, run_id)}


@step("the name tag renames the run")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="before")
    world.client.set_tag(run_id, "mlflow.runName", "after")
    by_tag = world.client.get_run(run_id)
    world.client.update_run(run_id, name="by update")
    by_update = world.client.get_run(run_id)
    return [[run.info.run_name, run.data.tags["mlflow.runName"]] for run in (by_tag, by_update)]


@step("emptying the name tag")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="before")
    answer = attempt(world.client.set_tag, run_id, "mlflow.runName", "")
    run = world.client.get_run(run_id)
    return {"answer": answer, "name": run.info.run_name, "tag": run.data.tags.get("mlflow.runName")}


@step("deleting the name tag keeps the name")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="named")
    answer = attempt(world.client.delete_tag, run_id, "mlflow.runName")
    run = world.client.get_run(run_id)
    return {"answer": answer, "name": run.info.run_name, "tag": run.data.tags.get("mlflow.runName")}


@step("deleting a tag")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="deleting", tags={"a": "1", "b": "2"})
    return {
        "first": attempt(world.client.delete_tag, run_id, "a"),
        "again": attempt(world.client.delete_tag, run_id, "a"),
        "never there": attempt(world.client.delete_tag, run_id, "zzz"),
        "left": _tags(world, run_id),
    }


@step("fluent set_tags is refused as a whole")
def _(world: World) -> Any:
    mlflow.set_experiment(experiment_id=world.experiment_id)
    with mlflow.start_run(run_name="whole") as run:
        answers = {
            "bad key": attempt(mlflow.set_tags, {"good": 1, "b*d": 2}),
            "empty": attempt(mlflow.set_tags, {}),
            "not a dictionary": attempt(mlflow.set_tags, "x"),
        }
    return {"answers": answers, "kept": _tags(world, run.info.run_id)}
