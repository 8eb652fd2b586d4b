"""Experiments: making, reading, renaming, deleting and tagging them."""

from __future__ import annotations

import time
from typing import Any

from tests.compat.recorder import Experiment, World, attempt, mlflow, step
from tests.compat.views import view_experiment, view_run


def _view(world: World, experiment_id: Any) -> Any:
    return view_experiment(world.client.get_experiment(experiment_id))


@step("a created experiment can be read back")
def _(world: World) -> Any:
    experiment_id = world.client.create_experiment(world.name("plain"))
    return {"type of the id": type(experiment_id).__name__, "experiment": _view(world, experiment_id)}


@step("an experiment keeps the artifact location and the tags it was made with")
def _(world: World) -> Any:
    made = world.client.create_experiment(world.name("located"), "s3://bucket/some/path", {"team": "red", "n": "1"})
    return _view(world, made)


@step("fluent create_experiment with tags")
def _(world: World) -> Any:
    return {
        "text": _view(world, mlflow.create_experiment(world.name("fluent"), tags={"a": "1", "c": "x"})),
        "other types": attempt(
            lambda: _view(world, mlflow.create_experiment(world.name("odd"), tags={"a": 1, "b": None}))
        ),
    }


@step("an artifact location may not be a run or carry a fragment")
def _(world: World) -> Any:
    def make(location: str) -> Any:
        return Experiment(world.client.create_experiment(world.name(f"bad {location}"), location))

    return {uri: attempt(make, uri) for uri in ("runs:/abc/x", "s3://bucket/x#y", "s3://bucket/x?a=b#c")}


@step("a name can be used once")
def _(world: World) -> Any:
    world.client.create_experiment(world.name("twice"))
    return attempt(world.client.create_experiment, world.name("twice"))


@step("experiment names that are refused")
def _(world: World) -> Any:
    def make(name: Any) -> Any:
        return Experiment(world.client.create_experiment(name))

    return {
        "empty": attempt(make, ""),
        "none": attempt(make, None),
        "501 characters": attempt(make, world.prefix + "x" * (501 - len(world.prefix))),
        "a list": attempt(make, [world.prefix]),
    }


@step("experiment names that are accepted")
def _(world: World) -> Any:
    names = ["with/slash", "with 'quotes' and \"more\"", "ünïcode 実験 🧪", "back\\slash", "a%b_c", " spaces "]
    made = {name: world.client.create_experiment(world.name(name)) for name in names}
    return {name: world.client.get_experiment(experiment_id).name for name, experiment_id in made.items()}


@step("a name of 500 characters is accepted")
def _(world: World) -> Any:
    name = world.name("").ljust(500, "x")
    experiment = world.client.get_experiment(world.client.create_experiment(name))
    return len(experiment.name)


@step("unknown experiment ids")
def _(world: World) -> Any:
    ids = ["999999999", "abc", "", "-1", "1.5", "99999999999999999999999"]
    return {text: attempt(lambda text=text: _view(world, text)) for text in ids}


@step("an experiment is found by its exact name only")
def _(world: World) -> Any:
    world.client.create_experiment(world.name("Exact"))
    names = ("Exact", "exact", "Exac", "nobody")
    return {text: view_experiment(world.client.get_experiment_by_name(world.name(text))) for text in names}


@step("fluent getters of experiments")
def _(world: World) -> Any:
    made = mlflow.create_experiment(world.name("getters"))
    return {
        "by id": view_experiment(mlflow.get_experiment(made)),
        "by name": view_experiment(mlflow.get_experiment_by_name(world.name("getters"))),
        "unknown name": mlflow.get_experiment_by_name(world.name("nowhere")),
        "unknown id": attempt(mlflow.get_experiment, "999999999"),
    }


@step("the default experiment exists")
def _(world: World) -> Any:
    default = world.client.get_experiment("0")
    return {
        "id": default.experiment_id,
        "name": default.name,
        "stage": default.lifecycle_stage,
        "location": default.artifact_location,
    }


@step("renaming an experiment")
def _(world: World) -> Any:
    experiment_id = world.new_experiment("old name")
    taken = world.new_experiment("taken name")
    client = world.client
    return {
        "to a free name": attempt(client.rename_experiment, experiment_id, world.name("new name")),
        "read back": _view(world, experiment_id),
        "old name is free": client.get_experiment_by_name(world.name("old name")),
        "to its own name": attempt(client.rename_experiment, experiment_id, world.name("new name")),
        "to a taken name": attempt(client.rename_experiment, experiment_id, client.get_experiment(taken).name),
        "to nothing": attempt(client.rename_experiment, experiment_id, ""),
        "to 501 characters": attempt(client.rename_experiment, experiment_id, "x" * 501),
        "of an unknown one": attempt(client.rename_experiment, "999999999", world.name("whatever")),
    }


@step("renaming moves last_update_time")
def _(world: World) -> Any:
    experiment_id = world.new_experiment("clock")
    before = world.client.get_experiment(experiment_id)
    time.sleep(0.005)
    world.client.rename_experiment(experiment_id, world.name("clock 2"))
    after = world.client.get_experiment(experiment_id)
    return {
        "creation time stays": before.creation_time == after.creation_time,
        "update time grows": before.last_update_time < after.last_update_time,
    }


@step("deleting an experiment")
def _(world: World) -> Any:
    client, experiment_id = world.client, world.new_experiment("to delete")
    run_id = world.new_run(experiment_id=experiment_id, run_name="inside")
    client.delete_experiment(experiment_id)
    return {
        "experiment": _view(world, experiment_id),
        "found by name": view_experiment(client.get_experiment_by_name(world.name("to delete"))),
        "its run": view_run(client.get_run(run_id)),
        "again": attempt(client.delete_experiment, experiment_id),
        "the name stays taken": attempt(client.create_experiment, world.name("to delete")),
        "a new run in it": attempt(client.create_run, experiment_id),
        "a tag on it": attempt(client.set_experiment_tag, experiment_id, "a", "b"),
        "unknown": attempt(client.delete_experiment, "999999999"),
    }


@step("renaming a deleted experiment is refused")
def _(world: World) -> Any:
    experiment_id = world.new_experiment("deleted, renamed")
    world.client.delete_experiment(experiment_id)
    return attempt(world.client.rename_experiment, experiment_id, world.name("deleted, renamed, free"))


@step("restoring an experiment")
def _(world: World) -> Any:
    client, experiment_id = world.client, world.new_experiment("to restore")
    kept, deleted = (world.new_run(experiment_id=experiment_id, run_name=name) for name in ("kept", "deleted alone"))
    client.delete_run(deleted)
    client.delete_experiment(experiment_id)
    client.restore_experiment(experiment_id)
    return {
        "experiment": _view(world, experiment_id),
        "runs": {
            client.get_run(run_id).info.run_name: client.get_run(run_id).info.lifecycle_stage
            for run_id in (kept, deleted)
        },
        "again": attempt(client.restore_experiment, experiment_id),
        "unknown": attempt(client.restore_experiment, "999999999"),
    }


@step("set_experiment by name makes it or finds it")
def _(world: World) -> Any:
    first = mlflow.set_experiment(world.name("chosen"))
    second = mlflow.set_experiment(world.name("chosen"))
    with mlflow.start_run(run_name="in the chosen one") as run:
        pass
    return {"made": view_experiment(first), "same": first.experiment_id == second.experiment_id, "run": view_run(run)}


@step("set_experiment by id")
def _(world: World) -> Any:
    made = world.new_experiment("chosen by id")
    chosen = mlflow.set_experiment(experiment_id=made)
    return {"chosen": view_experiment(chosen), "unknown": attempt(mlflow.set_experiment, experiment_id="999999999")}


@step("set_experiment with wrong arguments")
def _(world: World) -> Any:
    deleted = world.new_experiment("chosen, deleted")
    world.client.delete_experiment(deleted)
    return {
        "both": attempt(mlflow.set_experiment, world.name("x"), experiment_id="0"),
        "neither": attempt(mlflow.set_experiment),
        "empty name": attempt(mlflow.set_experiment, ""),
        "deleted by name": attempt(mlflow.set_experiment, world.name("chosen, deleted")),
        "deleted by id": attempt(mlflow.set_experiment, experiment_id=deleted),
    }


@step("experiment tags are set, replaced and read")
def _(world: World) -> Any:
    client, experiment_id = world.client, world.new_experiment("tagged")
    client.set_experiment_tag(experiment_id, "a", "1")
    client.set_experiment_tag(experiment_id, "a", "2")
    client.set_experiment_tag(experiment_id, "empty", "")
    client.set_experiment_tag(experiment_id, "number", 3)
    client.set_experiment_tag(experiment_id, "mlflow.note.content", "about *this*")
    client.set_experiment_tag(experiment_id, "ключ.with/every-kind: of_sign", "värde 🧪")
    return _view(world, experiment_id)["tags"]


@step("experiment tags that are refused")
def _(world: World) -> Any:
    set_tag, experiment_id = world.client.set_experiment_tag, world.new_experiment("tagged badly")
    return {
        "empty key": attempt(set_tag, experiment_id, "", "x"),
        "no key": attempt(set_tag, experiment_id, None, "x"),
        "sign": attempt(set_tag, experiment_id, "a*b", "x"),
        "path step": attempt(set_tag, experiment_id, "a/../b", "x"),
        "leading slash": attempt(set_tag, experiment_id, "/a", "x"),
        "key of 250": attempt(set_tag, experiment_id, "k" * 250, "x"),
        "key of 251": attempt(set_tag, experiment_id, "k" * 251, "x"),
        "value of 5000": attempt(set_tag, experiment_id, "long", "v" * 5000),
        "value of 20001": attempt(set_tag, experiment_id, "longer", "v" * 20001),
        "unknown experiment": attempt(set_tag, "999999999", "a", "x"),
        "kept": sorted(len(key) for key in world.client.get_experiment(experiment_id).tags),
    }


@step("fluent experiment tags go to the chosen experiment")
def _(world: World) -> Any:
    chosen = mlflow.set_experiment(world.name("fluent tags"))
    mlflow.set_experiment_tag("one", 1)
    mlflow.set_experiment_tags({"two": 2, "three": "drei"})
    return _view(world, chosen.experiment_id)["tags"]


@step("deleting an experiment's tag")
def _(world: World) -> Any:
    client, experiment_id = world.client, world.new_experiment("untagged", tags={"a": "1", "b": "2"})
    return {
        "first": attempt(client.delete_experiment_tag, experiment_id, "a"),
        "again": attempt(client.delete_experiment_tag, experiment_id, "a"),
        "left": _view(world, experiment_id)["tags"],
    }


@step("fluent delete_experiment")
def _(world: World) -> Any:
    made = world.new_experiment("fluently deleted")
    mlflow.delete_experiment(made)
    return _view(world, made)["lifecycle_stage"]


@step("experiments as dictionaries and as iterables")
def _(world: World) -> Any:
    experiment = world.client.get_experiment(world.new_experiment("dictionary"))
    return {"keys": sorted(dict(experiment)), "type": type(experiment).__name__}
