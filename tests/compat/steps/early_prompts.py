"""Prompts as every client has had them since 2.21, and what only those before 3.0 say."""

from __future__ import annotations

from typing import Any

from tests.compat.prompting import register
from tests.compat.recorder import World, attempt, mlflow, step


def _view(prompt: Any) -> Any:
    return [prompt.name, prompt.version, prompt.template, prompt.commit_message, sorted(prompt.variables), prompt.uri]


def _made(world: World, text: str, *templates: str) -> str:
    name = world.name(text)
    for template in templates:
        mlflow.register_prompt(name, template)
    return name


def _seen(prompt: Any) -> Any:
    """What every client shows of a prompt's version."""
    return {
        "name": prompt.name,
        "version": int(prompt.version),
        "template": prompt.template,
        "commit_message": prompt.commit_message,
        "variables": sorted(prompt.variables),
        "uri": prompt.uri,
    }


@step("a prompt is registered and loaded")
def _(world: World) -> Any:
    client = world.client
    made = client.register_prompt(world.name("greeting"), "Hello {{name}}", commit_message="first", tags={"a": "b"})
    client.register_prompt(world.name("greeting"), "Hi {{name}} and {{ other }}", commit_message="second")
    return {
        "made": _seen(made),
        "by version": _seen(client.load_prompt(world.name("greeting"), version=1)),
        "by uri": _seen(client.load_prompt(f"prompts:/{world.name('greeting')}/2")),
        "of another version": attempt(client.load_prompt, world.name("greeting"), 9),
        "of nobody": attempt(client.load_prompt, world.name("nobody"), 1),
        "nobody, allowed": attempt(client.load_prompt, world.name("nobody"), 1, True),
    }


@step("prompts that cannot be registered")
def _(world: World) -> Any:
    client = world.client
    client.create_registered_model(world.name("a-model"))
    prompt = register(world, "a-prompt", "x")
    return {
        "the name of a model": attempt(lambda: client.register_prompt(world.name("a-model"), "x").version),
        "a model over it": attempt(client.create_registered_model, prompt),
        "spaces": attempt(lambda: client.register_prompt(world.name("a b"), "x").version),
        "too long": attempt(lambda: client.register_prompt(world.name("long"), "x" * 100_001).version),
        "long": client.register_prompt(world.name("long enough".replace(" ", "-")), "x" * 100_000).version,
    }


@step("an alias of a prompt is set, moved and removed")
def _(world: World) -> Any:
    client, name = world.client, register(world, "aliased-prompt", "one", "two", "three")
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
    register(world, "sea-p", "one", "two")
    client.create_registered_model(world.name("sea-m"))
    client.create_model_version(world.name("sea-m"), "s3://bucket/x")
    mine = f"name LIKE '{world.name('sea')}%'"
    return {
        "models": [one.name for one in client.search_registered_models(mine)],
        "versions": [one.name for one in client.search_model_versions(mine)],
    }


@step("a prompt registered by its early name")
def _(world: World) -> Any:
    name = world.name("early")
    first = mlflow.register_prompt(name, "Hi {{ who }}", commit_message="first", tags={"task": "greet"})
    second = mlflow.register_prompt(name, "Hello {{who}}", commit_message="second")
    return {"first": _view(first), "second": _view(second), "tags": [dict(first.tags), dict(second.tags)]}


@step("metadata of a version, as it was called")
def _(world: World) -> Any:
    name = world.name("early-metadata")
    made = attempt(mlflow.register_prompt, name, "x", version_metadata={"author": "me"})
    return made if isinstance(made, dict) else dict(mlflow.load_prompt(name, version=1).version_metadata)


@step("prompts loaded by their early name")
def _(world: World) -> Any:
    name = _made(world, "early-load", "one", "two")
    mlflow.set_prompt_alias(name, "live", 1)
    answers: dict[str, Any] = {
        "uri": f"prompts:/{name}/1",
        "alias": f"prompts:/{name}@live",
        "name": name,
        "missing": f"prompts:/{name}/99",
        "missing alias": f"prompts:/{name}@gone",
        "missing prompt": f"prompts:/{world.name('early-gone')}/1",
    }
    loaded = {key: attempt(lambda uri=uri: _view(mlflow.load_prompt(uri))) for key, uri in answers.items()}
    loaded["name and version"] = _view(mlflow.load_prompt(name, version=2))
    loaded["no such version"] = attempt(mlflow.load_prompt, name, version=99, allow_missing=True)
    mlflow.delete_prompt_alias(name, "live")
    loaded["without its alias"] = attempt(mlflow.load_prompt, f"prompts:/{name}@live")
    return loaded


@step("a prompt filled by early clients")
def _(world: World) -> Any:
    prompt = mlflow.load_prompt(_made(world, "early-filled", "{{a}} {{ b }}"), version=1)
    return {
        "whole": prompt.format(a=1, b="B"),
        "missing": attempt(prompt.format, a=1),
        "part": prompt.format(allow_partial=True, a=1).template,
        "single braces": prompt.to_single_brace_format(),
    }


@step("a prompt deleted as early clients do")
def _(world: World) -> Any:
    name = _made(world, "early-deleted", "one", "two")
    answers = [
        attempt(lambda: mlflow.delete_prompt(name, 1)),
        attempt(lambda: _view(mlflow.load_prompt(name, version=1))),
    ]
    answers += [
        attempt(lambda: mlflow.delete_prompt(name, 2)),
        attempt(lambda: _view(mlflow.load_prompt(name, version=2))),
    ]
    return answers


@step("a prompt logged to a run as early clients do")
def _(world: World) -> Any:
    name, run_id, client = _made(world, "early-logged", "one"), world.new_run(), world.client
    return {
        "answer": attempt(lambda: client.log_prompt(run_id, f"prompts:/{name}/1")),
        "logged": [_view(prompt) for prompt in client.list_logged_prompts(run_id)],
        "taken back": attempt(lambda: client.detach_prompt_from_run(run_id, f"prompts:/{name}/1")),
        "afterwards": [_view(prompt) for prompt in client.list_logged_prompts(run_id)],
    }
