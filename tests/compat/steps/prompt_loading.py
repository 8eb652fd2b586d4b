"""Loading prompts: every form of address, aliases that move, and what is not there."""

from __future__ import annotations

from typing import Any

from tests.compat.prompting import CHAT, aliases_of, register, text_of, view_version
from tests.compat.recorder import World, attempt, mlflow, step


@step("every way to address a version")
def _(world: World) -> Any:
    name = register(world, "addressed", "one", "two", "three")
    world.client.set_prompt_alias(name, "live", 2)
    load = mlflow.genai.load_prompt
    return {
        "name": text_of(load(name)),
        "name and number": text_of(load(name, version=1)),
        "name and text": text_of(load(name, version="1")),
        "uri": text_of(load(f"prompts:/{name}/1")),
        "alias": text_of(load(f"prompts:/{name}@live")),
        "latest": text_of(load(f"prompts:/{name}@latest")),
        "the client": text_of(world.client.load_prompt(f"prompts:/{name}/3")),
        "uri without version": attempt(load, f"prompts:/{name}"),
        "uri and version": attempt(load, f"prompts:/{name}/1", version=2),
        "version zero": attempt(load, f"prompts:/{name}/0"),
        "version that is no number": attempt(load, name, version="abc"),
        "other scheme": attempt(load, f"models:/{name}/1"),
        "three parts": attempt(load, f"prompts:/{name}/1/2"),
        "empty": attempt(load, ""),
        "none": attempt(load, None),
    }


@step("a loaded version says everything")
def _(world: World) -> Any:
    name = register(world, "whole", CHAT, commit_message="message", tags={"k": "v"})
    world.client.set_prompt_alias(name, "live", 1)
    return view_version(mlflow.genai.load_prompt(f"prompts:/{name}@live"))


@step("what is not there is an error, or None where that was asked for")
def _(world: World) -> Any:
    name, load = register(world, "there", "x"), mlflow.genai.load_prompt
    addresses = {
        "prompt": f"prompts:/{world.name('gone')}/1",
        "name": world.name("gone"),
        "version": f"prompts:/{name}/99",
        "alias": f"prompts:/{name}@gone",
        "alias of no prompt": f"prompts:/{world.name('gone')}@a",
        "latest of no prompt": f"prompts:/{world.name('gone')}@latest",
        "bad address": f"prompts:/{name}/a/b",
    }
    return {
        key: [attempt(load, address), attempt(load, address, allow_missing=True)] for key, address in addresses.items()
    }


@step("aliases point, move and go")
def _(world: World) -> Any:
    name, client = register(world, "moving-alias", "one", "two"), world.client
    answers = {"set": attempt(mlflow.genai.set_prompt_alias, name, "live", 1)}
    answers["first"] = aliases_of(client.get_prompt_version_by_alias(name, "live"))
    client.set_prompt_alias(name, "other", version="1")
    client.set_prompt_alias(name, "live", 2)
    answers["moved"] = text_of(client.load_prompt(f"prompts:/{name}@live"))
    answers["aliases of each"] = [aliases_of(client.get_prompt_version(name, number)) for number in (1, 2)]
    answers["deleted"] = attempt(mlflow.genai.delete_prompt_alias, name, "other")
    answers["loaded"] = attempt(client.load_prompt, f"prompts:/{name}@other")
    answers["left"] = [aliases_of(client.get_prompt_version(name, number)) for number in (1, 2)]
    return answers


@step("aliases that are refused, and what looks like one")
def _(world: World) -> Any:
    name = register(world, "odd-aliases", "x")
    aliases: tuple[Any, ...] = (
        "",
        "latest",
        "Latest",
        "v1",
        "V12",
        "1",
        "a b",
        "a.b",
        "a-b_c",
        "ä",
        "A",
        None,
        "x" * 256,
    )
    return {str(alias)[:20]: attempt(world.client.set_prompt_alias, name, alias, 1) for alias in aliases}


@step("letter case of aliases")
def _(world: World) -> Any:
    name, client = register(world, "case", "one", "two"), world.client
    client.set_prompt_alias(name, "Live", 1)
    client.set_prompt_alias(name, "live", 2)
    return [
        attempt(lambda a=alias: text_of(client.load_prompt(f"prompts:/{name}@{a}")))
        for alias in ("Live", "live", "LIVE")
    ]


@step("a version is seen as soon as it is registered here")
def _(world: World) -> Any:
    name, load = register(world, "fresh", "one"), mlflow.genai.load_prompt
    seen = [text_of(load(name)), text_of(load(f"prompts:/{name}@latest"))]
    mlflow.genai.register_prompt(name, "two")
    seen += [text_of(load(name)), text_of(load(f"prompts:/{name}@latest"))]
    mlflow.genai.set_prompt_alias(name, "live", 1)
    seen.append(text_of(load(f"prompts:/{name}@live")))
    mlflow.genai.set_prompt_alias(name, "live", 2)
    return [*seen, text_of(load(f"prompts:/{name}@live"))]


@step("addresses read without loading")
def _(world: World) -> Any:
    name, parse = register(world, "parsed", "x"), world.client.parse_prompt_uri
    world.client.set_prompt_alias(name, "live", 1)
    uris = ("prompts:/a/2", f"prompts:/{name}@live", f"prompts:/{name}@latest", "prompts:/a", "a/2", "models:/a/1", "")
    return {uri.replace(name, "parsed"): attempt(lambda u=uri: list(map(str, parse(u)))) for uri in uris}
