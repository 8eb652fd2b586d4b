"""Which runs used which prompts."""

from __future__ import annotations

import json
from typing import Any

from tests.compat.prompting import register, text_of
from tests.compat.recorder import World, attempt, mlflow, step

_TAG = "mlflow.linkedPrompts"


def _tag(world: World, run_id: str) -> Any:
    """What the run's tag says; the order of links has no meaning."""
    linked = json.loads(world.client.get_run(run_id).data.tags.get(_TAG, "[]"))
    return sorted([link["name"], link["version"]] for link in linked)


def _logged(world: World, run_id: str) -> Any:
    return [[version.name, *text_of(version)] for version in world.client.list_logged_prompts(run_id)]


@step("versions linked to a run")
def _(world: World) -> Any:
    client, run_id = world.client, world.new_run()
    first, second = register(world, "linked-a", "one", "two"), register(world, "linked-b", "three")
    client.link_prompt_version_to_run(run_id, f"prompts:/{first}/1")
    client.link_prompt_version_to_run(run_id, client.load_prompt(second))
    client.link_prompt_version_to_run(run_id, f"prompts:/{first}/2")
    client.link_prompt_version_to_run(run_id, f"prompts:/{first}/1")
    return {
        "tag": _tag(world, run_id),
        "logged": _logged(world, run_id),
        "of a run without": _logged(world, world.new_run()),
    }


@step("links by alias stay with the version")
def _(world: World) -> Any:
    client, run_id, name = world.client, world.new_run(), register(world, "linked-alias", "one", "two")
    client.set_prompt_alias(name, "live", 1)
    client.link_prompt_version_to_run(run_id, f"prompts:/{name}@live")
    client.set_prompt_alias(name, "live", 2)
    return _tag(world, run_id)


@step("links that are refused")
def _(world: World) -> Any:
    run_id, name, link = world.new_run(), register(world, "link-refused", "x"), world.client.link_prompt_version_to_run
    return {
        "no run": attempt(link, "f" * 32, f"prompts:/{name}/1"),
        "no such version": attempt(link, run_id, f"prompts:/{name}/99"),
        "no such prompt": attempt(link, run_id, f"prompts:/{world.name('link-nobody')}/1"),
        "not a prompt": attempt(link, run_id, 7),
        "a name": attempt(link, run_id, name),
        "tag": _tag(world, run_id),
        "logged": attempt(_logged, world, run_id),
        "logged of no run": attempt(_logged, world, "f" * 32),
    }


@step("a run notes what is loaded in it")
def _(world: World) -> Any:
    mlflow.set_experiment(experiment_id=world.experiment_id)
    name = register(world, "used", "one", "two")
    with mlflow.start_run() as run:
        mlflow.genai.load_prompt(f"prompts:/{name}/1")
        mlflow.genai.load_prompt(name, version=1)
        mlflow.genai.load_prompt(name)
        mlflow.genai.load_prompt(world.name("used-nobody"), allow_missing=True)
    outside = world.new_run()
    mlflow.genai.load_prompt(name)
    return {
        "tag": _tag(world, run.info.run_id),
        "logged": _logged(world, run.info.run_id),
        "outside": _tag(world, outside),
    }


@step("a link that is taken back")
def _(world: World) -> Any:
    client, run_id, name = world.client, world.new_run(), register(world, "detached", "one", "two")
    for version in (1, 2):
        client.link_prompt_version_to_run(run_id, f"prompts:/{name}/{version}")
    return {
        "answer": attempt(client.detach_prompt_from_run, run_id, f"prompts:/{name}/1"),
        "tag": _tag(world, run_id),
        "again": attempt(client.detach_prompt_from_run, run_id, f"prompts:/{name}/1"),
    }


@step("links to what was deleted")
def _(world: World) -> Any:
    client, run_id = world.client, world.new_run()
    name, other = register(world, "link-deleted", "one", "two"), register(world, "link-kept", "x")
    for uri in (f"prompts:/{name}/1", f"prompts:/{name}/2", f"prompts:/{other}/1"):
        client.link_prompt_version_to_run(run_id, uri)
    client.delete_prompt_version(name, "1")
    return attempt(_logged, world, run_id)
