"""Finding prompts and versions."""

from __future__ import annotations

from typing import Any

from tests.compat.prompting import register, text_of, view_prompt
from tests.compat.recorder import World, attempt, mlflow, step

FILTERS = (
    "name = 'P.find-alpha'",
    "name != 'P.find-alpha' AND name LIKE 'P.find-%'",
    "name LIKE 'P.find-a%'",
    "name ILIKE 'P.FIND-A%'",
    "name LIKE 'P.%' AND tags.task = 'qa'",
    "name LIKE 'P.%' AND tags.`task` = 'qa' AND tags.team = 'red'",
    "name LIKE 'P.find-%' AND tags.task != 'qa'",
    "name LIKE 'P.%' AND tags.task LIKE 'q%'",
    "name IN ('P.find-alpha', 'P.find-gamma')",
    "name LIKE 'P.%' AND tag.task = 'qa'",
    "name LIKE 'P.%' AND task = 'qa'",
    "name = 'P.find-alpha' OR name = 'P.find-gamma'",
    "name ='",
    "colour = 1",
    "metrics.x = 1",
)


def _prepared(world: World) -> str:
    def make() -> str:
        register(world, "find-alpha", "one", "two", tags={"task": "qa", "team": "red"})
        register(world, "find-beta", "one", tags={"task": "qa"})
        register(world, "find-gamma", "one", tags={"task": "summary"})
        register(world, "find-Delta", "one")
        world.client.create_registered_model(world.name("find-model"))
        return world.prefix

    return str(world.once("prompts to find", make))


def _names(prompts: Any) -> list[str]:
    return [prompt.name for prompt in prompts]


@step("filters of prompts")
def _(world: World) -> Any:
    prefix = _prepared(world)

    def found(text: str) -> Any:
        return sorted(_names(mlflow.genai.search_prompts(text.replace("P.", f"{prefix}."))))

    return {text: attempt(found, text) for text in FILTERS}


@step("the order of prompts, and pages of them")
def _(world: World) -> Any:
    wanted, client = f"name LIKE '{_prepared(world)}.find-%'", world.client
    first = client.search_prompts(wanted, max_results=3)
    second = client.search_prompts(wanted, max_results=3, page_token=first.token)
    return {
        "pages": [_names(first), _names(second)],
        "tokens": [bool(first.token), bool(second.token)],
        "all": _names(client.search_prompts(wanted)),
        "fluent, cut": _names(mlflow.genai.search_prompts(wanted, max_results=2)),
        "whole": view_prompt(client.search_prompts(wanted)[-1]),
        "none at all": attempt(lambda: _names(client.search_prompts(wanted, max_results=0))),
        "too many": attempt(lambda: len(client.search_prompts(wanted, max_results=1001))),
        "bad token": attempt(client.search_prompts, wanted, page_token="nonsense"),
    }


@step("the order of prompts that was asked for")
def _(world: World) -> Any:
    wanted = f"name LIKE '{_prepared(world)}.find-%'"
    orders = (["name DESC"], ["name"], ["colour"], "name")
    return [
        attempt(lambda order=order: _names(world.client.search_prompts(wanted, order_by=order))) for order in orders
    ]


@step("prompts are found by the experiment they are used in")
def _(world: World) -> Any:
    _prepared(world)
    world.client.set_prompt_tag(world.name("find-beta"), "_mlflow_experiment_ids", ",777001,777002,")
    found = mlflow.genai.search_prompts(f"experiment_id = '777001' AND name LIKE '{world.prefix}.%'")
    other = mlflow.genai.search_prompts(f"experiment_id = '7770' AND name LIKE '{world.prefix}.%'")
    return [_names(found), _names(other)]


@step("versions of a prompt")
def _(world: World) -> Any:
    name, search = register(world, "many-versions", *map(str, range(5))), world.client.search_prompt_versions
    world.client.delete_prompt_version(name, "3")
    first = search(name, max_results=3)
    second = search(name, max_results=3, page_token=first.token)
    return {
        "all": list(map(text_of, search(name))),
        "pages": [list(map(text_of, first)), list(map(text_of, second))],
        "tokens": [bool(first.token), bool(second.token)],
        "nobody's": attempt(lambda: list(search(world.name("versions-of-nothing")))),
        "a model's": attempt(lambda: list(search(world.name("find-model")))),
    }


@step("prompts are not among models, nor their versions among models' versions")
def _(world: World) -> Any:
    prefix, client = _prepared(world), world.client
    wanted = f"name LIKE '{prefix}.find-%'"
    return {
        "models": [model.name for model in client.search_registered_models(wanted)],
        "versions": [version.name for version in client.search_model_versions(wanted)],
        "asked for": sorted(
            model.name
            for model in client.search_registered_models(f"{wanted} AND tags.`mlflow.prompt.is_prompt` = 'true'")
        ),
    }
