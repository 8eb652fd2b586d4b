"""Prompts through the methods that every client has had since 2.21."""

from __future__ import annotations

from typing import Any

from tests.compat.recorder import World, attempt, step
from tests.compat.views import view_prompt_version


def _register(world: World, text: str, *templates: str, **more: Any) -> str:
    name = world.name(text)
    for template in templates:
        world.client.register_prompt(name, template, **more)
    return name


@step("a prompt is registered and loaded")
def _(world: World) -> Any:
    client = world.client
    made = client.register_prompt(world.name("greeting"), "Hello {{name}}", commit_message="first", tags={"a": "b"})
    client.register_prompt(world.name("greeting"), "Hi {{name}} and {{ other }}", commit_message="second")
    return {
        "made": view_prompt_version(made),
        "by version": view_prompt_version(client.load_prompt(world.name("greeting"), version=1)),
        "by uri": view_prompt_version(client.load_prompt(f"prompts:/{world.name('greeting')}/2")),
        "of another version": attempt(client.load_prompt, world.name("greeting"), 9),
        "of nobody": attempt(client.load_prompt, world.name("nobody"), 1),
        "nobody, allowed": attempt(client.load_prompt, world.name("nobody"), 1, True),
    }


@step("prompts that cannot be registered")
def _(world: World) -> Any:
    client = world.client
    client.create_registered_model(world.name("a-model"))
    prompt = _register(world, "a-prompt", "x")
    return {
        "the name of a model": attempt(lambda: client.register_prompt(world.name("a-model"), "x").version),
        "a model over it": attempt(client.create_registered_model, prompt),
        "spaces": attempt(lambda: client.register_prompt(world.name("a b"), "x").version),
        "too long": attempt(lambda: client.register_prompt(world.name("long"), "x" * 100_001).version),
        "long": client.register_prompt(world.name("long enough".replace(" ", "-")), "x" * 100_000).version,
    }


@step("an alias of a prompt is set, moved and removed")
def _(world: World) -> Any:
    client, name = world.client, _register(world, "aliased-prompt", "one", "two", "three")
    client.set_prompt_alias(name, "production", 1)
    client.set_prompt_alias(name, "production", 2)
    seen = [
        client.load_prompt(f"prompts:/{name}@production").template,
        list(client.load_prompt(name, version=2).aliases),
    ]
    client.delete_prompt_alias(name, "production")
    return [*seen, attempt(client.load_prompt, f"prompts:/{name}@production")]


@step("prompts and models do not find each other")
def _(world: World) -> Any:
    client = world.client
    _register(world, "sea-p", "one", "two")
    client.create_registered_model(world.name("sea-m"))
    client.create_model_version(world.name("sea-m"), "s3://bucket/x")
    mine = f"name LIKE '{world.name('sea')}%'"
    return {
        "models": [one.name for one in client.search_registered_models(mine)],
        "versions": [one.name for one in client.search_model_versions(mine)],
    }
