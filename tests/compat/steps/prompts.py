"""Prompts: registering them and their versions, and deleting them again."""

from __future__ import annotations

import time
from inspect import signature
from typing import Any

from tests.compat.prompting import CHAT, register, text_of, view_prompt, view_version
from tests.compat.recorder import World, attempt, mlflow, step

SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}


def _summary_class() -> Any:
    from pydantic import BaseModel

    class SummaryResponse(BaseModel):
        summary: str
        key_points: list[str]
        word_count: int

    return SummaryResponse


@step("the walk through the documentation")
def _(world: World) -> Any:
    name, genai = world.name("summarization-prompt"), mlflow.genai
    first = genai.register_prompt(
        name=name,
        template="Summarize content you are provided with in {{ num_sentences }} sentences.\n\n{{ sentences }}\n",
        response_format=_summary_class(),
        commit_message="Initial commit",
        tags={"author": "author@example.com", "task": "summarization", "language": "en"},
    )
    second = genai.register_prompt(
        name=name,
        template="Condense this into exactly {{ num_sentences }} sentences: {{ sentences }}",
        commit_message="Improvement",
        tags={"author": "author@example.com"},
    )
    latest = genai.load_prompt(f"prompts:/{name}@latest")
    found = genai.search_prompts(filter_string=f"tags.task = 'summarization' AND name = '{name}'")
    page = world.client.search_prompts(filter_string=f"name = '{name}'", max_results=50)
    return {
        "registered": [view_version(first), view_version(second)],
        "filled": latest.format(num_sentences=1, sentences="A text."),
        "found": [view_prompt(prompt) for prompt in found],
        "page": [[prompt.name for prompt in page], bool(page.token)],
        "deleted": attempt(world.client.delete_prompt_version, name, version=2),
        "latest then": text_of(genai.load_prompt(f"prompts:/{name}@latest", **_asking_anew())),
    }


def _asking_anew() -> dict[str, Any]:
    """Newer clients remember what an alias led to, and another's deletion is no news to them."""
    return {"cache_ttl_seconds": 0} if "cache_ttl_seconds" in signature(mlflow.genai.load_prompt).parameters else {}


@step("a registered text prompt")
def _(world: World) -> Any:
    name = world.name("text-prompt")
    made = mlflow.genai.register_prompt(
        name, "Summarize in {{ n }} sentences: {{text}}", commit_message="first", tags={"task": "summary"}
    )
    return {
        "returned": view_version(made),
        "read": view_version(world.client.get_prompt_version(name, 1)),
        "prompt": view_prompt(world.client.get_prompt(name)),
        "types": [type(made).__name__, type(world.client.get_prompt(name)).__name__],
    }


@step("a registered chat prompt")
def _(world: World) -> Any:
    name = register(world, "chat-prompt", CHAT)
    return view_version(world.client.get_prompt_version(name, "1"))


@step("a second version, with another message and other tags")
def _(world: World) -> Any:
    name = world.name("versions")
    mlflow.genai.register_prompt(name, "one", commit_message="first", tags={"a": "1", "b": "1"})
    made = mlflow.genai.register_prompt(name, CHAT, commit_message="second", tags={"b": "2", "c": "2"})
    return {
        "returned": view_version(made),
        "first": view_version(world.client.get_prompt_version(name, 1)),
        "prompt": view_prompt(world.client.get_prompt(name)),
    }


@step("a pydantic class as the response format")
def _(world: World) -> Any:
    name = world.name("pydantic-format")
    made = mlflow.genai.register_prompt(name, "{{x}}", response_format=_summary_class())
    return [made.response_format, world.client.get_prompt_version(name, 1).response_format]


@step("response formats in other forms")
def _(world: World) -> Any:
    def make(number: int, form: Any) -> Any:
        return world.client.register_prompt(world.name(f"format-{number}"), "x", response_format=form).response_format

    forms: tuple[Any, ...] = (SCHEMA, {}, None, "text", [SCHEMA], int)
    return [attempt(make, number, form) for number, form in enumerate(forms)]


@step("the model's settings")
def _(world: World) -> Any:
    name = world.name("settings")
    settings = {"provider": "openai", "model_name": "gpt", "temperature": 0.5, "stop_sequences": ["a"], "seed": 7}
    made = mlflow.genai.register_prompt(name, "x", model_config=settings)
    answers = {
        "returned": made.model_config,
        "read": world.client.get_prompt_version(name, 1).model_config,
        "changed": attempt(mlflow.genai.set_prompt_model_config, name, 1, {"temperature": 0.25}),
        "read again": world.client.get_prompt_version(name, 1).model_config,
        "removed": attempt(mlflow.genai.delete_prompt_model_config, name, 1),
        "read at last": view_version(world.client.get_prompt_version(name, 1)),
    }
    bad = {"too hot": {"temperature": -1}, "no tokens": {"max_tokens": 0}, "too much": {"top_p": 1.5}}
    return {**answers, "refused": {key: _error_code(name, value) for key, value in bad.items()}}


def _error_code(name: str, settings: Any) -> Any:
    answer = attempt(mlflow.genai.register_prompt, name, "x", model_config=settings)
    return answer if isinstance(answer, dict) else "accepted"


@step("a prompt made before its versions")
def _(world: World) -> Any:
    name, client = world.name("made-first"), world.client
    made = client.create_prompt(name, "what it is for", {"team": "red"})
    again = attempt(client.create_prompt, name)
    first = client.create_prompt_version(name, "one {{x}}", "message", {"k": "v"}, SCHEMA)
    return {
        "returned": view_prompt(made),
        "again": again,
        "first": view_version(first),
        "chat": view_version(client.create_prompt_version(name, CHAT)),
        "prompt": view_prompt(client.get_prompt(name)),
        "of a prompt that is not there": attempt(client.create_prompt_version, world.name("nothing"), "x"),
    }


@step("prompt names that are refused")
def _(world: World) -> Any:
    names: dict[str, Any] = {
        "empty": "", "none": None, "a number": 7, "space": "a b", "colon": "a:b", "at": "a@b", "dollar": "a$b",
        "umlaut": "ä", "a list": ["a"], "long": world.name("x" * 260),
    }  # fmt: skip
    return {key: attempt(lambda name=name: view_version(_register(world, name))) for key, name in names.items()}


def _register(world: World, name: Any, template: Any = "x") -> Any:
    return world.client.register_prompt(name, template)


def _name_of(world: World, prefix: str, key: str) -> str:
    return world.name(f"{prefix}-{key.replace(' ', '-')}")


@step("prompt names that are accepted")
def _(world: World) -> Any:
    names = ("UPPER", "with.dots", "with-dash", "with_line", "1234", "-", "x" * 100)
    return [_register(world, world.name(name)).name for name in names]


@step("templates that are refused")
def _(world: World) -> Any:
    templates: dict[str, Any] = {
        "none": None, "a number": 7, "a dict": {"a": 1}, "no messages": [], "a message that is text": ["x"],
        "without role": [{"content": "x"}], "without content": [{"role": "user"}],
        "role that is none": [{"role": None, "content": "x"}], "too long": "x" * 100_001,
    }  # fmt: skip
    answers = {
        key: attempt(lambda key=key, value=value: text_of(_register(world, _name_of(world, "bad", key), value)))
        for key, value in templates.items()
    }
    left_over = {key: view_prompt(world.client.get_prompt(_name_of(world, "bad", key))) for key in templates}
    return {"answers": answers, "left over": left_over}


@step("templates that are accepted")
def _(world: World) -> Any:
    templates: dict[str, Any] = {
        "empty": "", "spaces": "  \n ", "quotes": "'\"`\\", "braces": "{ {x} {{ y } }}", "signs": "ünï 実験 🧪 \t",
        "jinja": "{% if x %}{{ x }}{% endif %}", "unknown role": [{"role": "judge", "content": "x"}],
        "more keys": [{"role": "user", "content": "x", "name": "n"}], "long": "x" * 100_000,
    }  # fmt: skip
    answers = {}
    for key, template in templates.items():
        name = _name_of(world, "good", key)
        answer = attempt(_register, world, name, template)
        kept = answer if isinstance(answer, dict) else world.client.get_prompt_version(name, 1).template
        answers[key] = len(kept) if key == "long" else kept
    return answers


@step("tags of a registration that are not texts")
def _(world: World) -> Any:
    def make(text: str, tags: Any) -> Any:
        name = world.name(text)
        world.client.register_prompt(name, "x", tags=tags)
        return [view_prompt(world.client.get_prompt(name))["tags"], world.client.get_prompt_version(name, 1).tags]

    return {
        "number": attempt(make, "tag-number", {"a": 1}),
        "none": attempt(make, "tag-none", {"a": None}),
        "empty": attempt(make, "tag-empty", {"a": ""}),
        "list": attempt(make, "tag-list", ["a"]),
    }


@step("models and prompts share their names and nothing else")
def _(world: World) -> Any:
    client, model, prompt = world.client, world.name("same-model"), register(world, "same-prompt", "x")
    client.create_registered_model(model)
    return {
        "a prompt under a model's name": attempt(client.register_prompt, model, "x"),
        "a model under a prompt's name": attempt(client.create_registered_model, prompt),
        "a model as a prompt": attempt(lambda: view_prompt(client.get_prompt(model))),
        "a model's version as a prompt": attempt(client.load_prompt, f"prompts:/{model}/1"),
        "models found": [m.name for m in client.search_registered_models(f"name LIKE '{world.prefix}.same-%'")],
        "prompts found": [p.name for p in client.search_prompts(f"name LIKE '{world.prefix}.same-%'")],
        "deleted as a model": attempt(client.delete_registered_model, prompt),
        "a tag as of a model": attempt(client.set_registered_model_tag, prompt, "k", "v"),
    }


@step("a deleted version")
def _(world: World) -> Any:
    name, client = register(world, "deleted-version", "one", "two", "three"), world.client
    client.set_prompt_alias(name, "live", 2)
    return {
        "answer": attempt(client.delete_prompt_version, name, "2"),
        "read": attempt(lambda: view_version(client.get_prompt_version(name, 2))),
        "loaded": attempt(client.load_prompt, name, 2),
        "by its alias": attempt(client.load_prompt, f"prompts:/{name}@live"),
        "again": attempt(client.delete_prompt_version, name, "2"),
        "next number": client.register_prompt(name, "four").version,
        "the newest": client.delete_prompt_version(name, "4"),
        "latest": text_of(client.load_prompt(f"prompts:/{name}@latest")),
        "next number after the newest": client.register_prompt(name, "five").version,
    }


@step("a deleted prompt")
def _(world: World) -> Any:
    name, client = register(world, "deleted-prompt", "one", "two", tags={"k": "v"}), world.client
    client.set_prompt_alias(name, "live", 1)
    return {
        "answer": attempt(client.delete_prompt, name),
        "prompt": attempt(lambda: view_prompt(client.get_prompt(name))),
        "version": attempt(lambda: view_version(client.get_prompt_version(name, 1))),
        "loaded": attempt(client.load_prompt, name),
        "again": attempt(client.delete_prompt, name),
        "registered anew": view_version(client.register_prompt(name, "new")),
    }


@step("prompts that are not there")
def _(world: World) -> Any:
    name, empty, client = world.name("nobody"), world.name("empty"), world.client
    client.create_prompt(empty)
    known = register(world, "known", "x")
    return {
        "get_prompt": attempt(client.get_prompt, name),
        "get_prompt_version": attempt(client.get_prompt_version, name, 1),
        "version of a known one": attempt(client.get_prompt_version, known, 99),
        "version that is no number": attempt(client.get_prompt_version, known, "abc"),
        "by alias": attempt(client.get_prompt_version_by_alias, name, "a"),
        "alias of a known one": attempt(client.get_prompt_version_by_alias, known, "a"),
        "latest of one without versions": attempt(client.get_prompt_version_by_alias, empty, "latest"),
        "load one without versions": attempt(client.load_prompt, empty),
        "delete_prompt": attempt(client.delete_prompt, name),
        "delete_prompt_version": attempt(client.delete_prompt_version, name, "1"),
        "delete version of a known one": attempt(client.delete_prompt_version, known, "99"),
        "set_prompt_alias": attempt(client.set_prompt_alias, name, "a", 1),
        "alias to a missing version": attempt(client.set_prompt_alias, known, "a", 99),
        "delete_prompt_alias": attempt(client.delete_prompt_alias, name, "a"),
        "delete a missing alias": attempt(client.delete_prompt_alias, known, "a"),
    }


@step("a prompt notes the experiments it is used in")
def _(world: World) -> Any:
    mlflow.set_experiment(experiment_id=world.experiment_id)
    name = world.name("noted")
    mlflow.genai.register_prompt(name, "x")
    found = ""
    for _attempt in range(100):  # it is written in the background
        found = mlflow.genai.get_prompt_tags(name).get("_mlflow_experiment_ids", "")
        if found:
            break
        time.sleep(0.1)
    return {"tag": found.replace(world.experiment_id, "<id>")}
