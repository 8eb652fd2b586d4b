"""Tags of prompts, which all versions share, and tags of one version."""

from __future__ import annotations

from typing import Any

from tests.compat.prompting import prompt_tags, register, view_prompt
from tests.compat.recorder import World, attempt, mlflow, step


def _of_prompt(name: str) -> Any:
    return prompt_tags(mlflow.genai.get_prompt_tags(name))


def _of_version(world: World, name: str, version: int = 1) -> Any:
    return world.client.get_prompt_version(name, version).tags


@step("tags of a prompt")
def _(world: World) -> Any:
    name = register(world, "tagged", "x", tags={"a": "1"})
    mlflow.genai.set_prompt_tag(name, "b", "2")
    world.client.set_prompt_tag(name, "a", "3")
    set_ = _of_prompt(name)
    mlflow.genai.delete_prompt_tag(name, "b")
    return {
        "set": set_,
        "deleted": _of_prompt(name),
        "of the version": _of_version(world, name),
        "through get_prompt": view_prompt(world.client.get_prompt(name))["tags"],
        "delete again": attempt(mlflow.genai.delete_prompt_tag, name, "b"),
    }


@step("tags of a version")
def _(world: World) -> Any:
    name = register(world, "tagged-version", "x", "y")
    mlflow.genai.set_prompt_version_tag(name, 1, "a", "1")
    world.client.set_prompt_version_tag(name, "1", "b", "2")
    mlflow.genai.set_prompt_version_tag(name, 2, "a", "other")
    set_ = [_of_version(world, name, version) for version in (1, 2)]
    mlflow.genai.delete_prompt_version_tag(name, 1, "a")
    world.client.delete_prompt_version_tag(name, "1", "nothing")
    return {
        "set": set_,
        "deleted": [_of_version(world, name, version) for version in (1, 2)],
        "loaded": mlflow.genai.load_prompt(name, version=1).tags,
        "of the prompt": _of_prompt(name),
    }


@step("tag values that are not texts, and odd keys")
def _(world: World) -> Any:
    name, client = register(world, "odd-tags", "x"), world.client
    answers = {
        str(key)[:20]: attempt(client.set_prompt_tag, name, key, value)
        for key, value in (("number", 5), ("none", None), ("empty", ""), ("", "x"), ("a b", "x"), ("k" * 251, "x"))
    }
    versions = {
        str(key)[:20]: attempt(client.set_prompt_version_tag, name, 1, key, value)
        for key, value in (("number", 5), ("none", None), ("empty", ""), ("", "x"), ("a b", "x"), ("k" * 251, "x"))
    }
    return {
        "prompt": answers,
        "version": versions,
        "kept": _of_prompt(name),
        "of the version": _of_version(world, name),
    }


@step("tags of what is not there")
def _(world: World) -> Any:
    gone, known, client = world.name("tags-gone"), register(world, "tags-known", "x"), world.client
    return {
        "get": attempt(mlflow.genai.get_prompt_tags, gone),
        "set": attempt(client.set_prompt_tag, gone, "a", "1"),
        "delete": attempt(client.delete_prompt_tag, gone, "a"),
        "version set": attempt(client.set_prompt_version_tag, gone, 1, "a", "1"),
        "version delete": attempt(client.delete_prompt_version_tag, gone, 1, "a"),
        "other version set": attempt(client.set_prompt_version_tag, known, 99, "a", "1"),
        "other version delete": attempt(client.delete_prompt_version_tag, known, 99, "a"),
    }


@step("tags that say what a prompt is")
def _(world: World) -> Any:
    name, client = register(world, "said", "kept"), world.client
    return {
        "text": attempt(client.set_prompt_version_tag, name, 1, "mlflow.prompt.text", "changed"),
        "mark": attempt(client.delete_prompt_tag, name, "mlflow.prompt.is_prompt"),
        "template": attempt(lambda: client.load_prompt(name, version=1).template),
    }
