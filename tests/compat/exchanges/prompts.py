"""Prompts on the wire: models and versions with tags that clients give them."""

from __future__ import annotations

from typing import Any

from tests.compat.wire import Wire, exchange

IS_PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}
ONLY_PROMPTS = "tags.`mlflow.prompt.is_prompt` = 'true'"


def _tag(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value}


def _parts(template: str, *more: dict[str, str]) -> list[dict[str, str]]:
    return [IS_PROMPT, _tag("_mlflow_prompt_type", "text"), _tag("mlflow.prompt.text", template), *more]


def _prompt(wire: Wire, text: str, *tags: dict[str, str]) -> str:
    return wire.new_model(text, tags=[IS_PROMPT, *tags])


def _add(wire: Wire, name: str, tags: list[dict[str, str]], source: str = "dummy-source", **more: Any) -> Any:
    return wire.post("model-versions/create", {"name": name, "source": source, "tags": tags, **more})


@exchange("a prompt with versions")
def _(wire: Wire) -> Any:
    tags = [IS_PROMPT, _tag("team", "blue"), _tag("_mlflow_experiment_ids", ",1,2,")]
    name = wire.name("prompt")
    made = wire.post("registered-models/create", {"name": name, "tags": tags, "description": "first"})
    extra = (
        _tag("_mlflow_prompt_response_format", '{"type": "object"}'),
        _tag("_mlflow_prompt_model_config", '{"temperature": 0.5}'),
        _tag("author", "me"),
    )
    chat = [IS_PROMPT, _tag("_mlflow_prompt_type", "chat"), _tag("mlflow.prompt.text", '[{"role": "user"}]')]
    return {
        "made": made,
        "text": _add(wire, name, _parts('Hi {{name}} "ü" \n', *extra), description="commit"),
        "chat": _add(wire, name, chat),
        "of another source": _add(wire, name, _parts("x"), source="prompt-template"),
        "nothing but the mark": _add(wire, name, [IS_PROMPT]),
        "read": wire.model(name),
        "first version": wire.get("model-versions/get", name=name, version="1"),
        "download uri": wire.get("model-versions/get-download-uri", name=name, version="1"),
        "latest": wire.get("registered-models/alias", name=name, alias="latest"),
        "latest versions": wire.post("registered-models/get-latest-versions", {"name": name}),
    }


@exchange("names of prompts and models")
def _(wire: Wire) -> Any:
    prompt, model = _prompt(wire, "named-prompt"), wire.new_model("named-model")

    def make(name: str, *tags: dict[str, str]) -> Any:
        return wire.post("registered-models/create", {"name": name, "tags": list(tags)})

    return {
        "prompt again": make(prompt, IS_PROMPT),
        "model over prompt": make(prompt),
        "prompt over model": make(model, IS_PROMPT),
        "a folder": make(wire.name("folder/name"), IS_PROMPT),
        "spaces": make(wire.name("with spaces"), IS_PROMPT),
        "not a prompt": make(wire.name("not a prompt"), _tag("mlflow.prompt.is_prompt", "false")),
        "rename to a model's": wire.post("registered-models/rename", {"name": prompt, "new_name": model}),
    }


@exchange("versions of prompts that cannot be")
def _(wire: Wire) -> Any:
    name = _prompt(wire, "refuses")
    model = wire.new_model("no prompt")
    return {
        "a source elsewhere": _add(wire, name, _parts("x"), source="s3://bucket/x"),
        "some source": _add(wire, name, _parts("x"), source="other"),
        "without the mark": _add(wire, name, []),
        "a model's version": _add(wire, name, [], source="s3://bucket/x"),
        "the longest template": len(_add(wire, name, _parts("x" * 100_000)).body) > 100_000,
        "a longer template": _add(wire, name, _parts("x" * 100_001)),
        "a long tag": _add(wire, name, _parts("x", _tag("a", "v" * 100_001))),
        "settings that are no JSON": _add(wire, name, _parts("x", _tag("_mlflow_prompt_model_config", "no"))),
        "of a model": _add(wire, model, _parts("x")),
    }


@exchange("changing a prompt's version")
def _(wire: Wire) -> Any:
    name = _prompt(wire, "changing")
    _add(wire, name, _parts("before", _tag("author", "me")))
    one = {"name": name, "version": "1"}

    def set_tag(key: str, value: str) -> Any:
        return wire.post("model-versions/set-tag", {**one, "key": key, "value": value})

    def delete_tag(key: str) -> Any:
        return wire.send("DELETE", "model-versions/delete-tag", {**one, "key": key})

    answers = {
        "settings": set_tag("_mlflow_prompt_model_config", '{"a": 1}'),
        "other settings": set_tag("_mlflow_prompt_model_config", '{"a": 2}'),
        "author": set_tag("author", "you"),
        "the same template": set_tag("mlflow.prompt.text", "before"),
        "read": wire.get("model-versions/get", **one),
        "no settings": delete_tag("_mlflow_prompt_model_config"),
        "no author": delete_tag("author"),
        "read again": wire.get("model-versions/get", **one),
        "commit message": wire.send("PATCH", "model-versions/update", {**one, "description": "new"}),
        "stage": wire.post("model-versions/transition-stage", {**one, "stage": "Production"}),
        "alias": wire.post("registered-models/alias", {**one, "alias": "production"}),
        "by alias": wire.get("registered-models/alias", name=name, alias="production"),
        "the mark again": set_tag("mlflow.prompt.is_prompt", "true"),
    }
    return {
        **answers,
        "another template": set_tag("mlflow.prompt.text", "after"),
        "no template": delete_tag("mlflow.prompt.text"),
        "no mark": delete_tag("mlflow.prompt.is_prompt"),
    }


def _crowd(wire: Wire) -> str:
    def make() -> str:
        p = _prompt(wire, "crowd-p", _tag("team", "blue"), _tag("_mlflow_experiment_ids", ",1,12,"))
        q = _prompt(wire, "crowd-q", _tag("_mlflow_experiment_ids", ",2,"))
        m = wire.new_model("crowd-m", tags=[_tag("team", "blue")])
        for name, template in ((p, "Hello"), (p, "Bye"), (q, "Hello")):
            _add(wire, name, _parts(template, _tag("t", "1")))
        wire.new_version(m, tags=[_tag("t", "1")])
        return f"name LIKE '{wire.prefix}.crowd%'"

    return str(wire.once("crowd", make))


@exchange("prompts and models are searched apart")
def _(wire: Wire) -> Any:
    mine = _crowd(wire)
    models = (
        "",
        "tags.team = 'blue'",
        ONLY_PROMPTS,
        "tags.`mlflow.prompt.is_prompt` != 'false'",
        "tags.`mlflow.prompt.is_prompt` = 'false'",
        "tags.`mlflow.prompt.is_prompt` != 'true'",
        f"{ONLY_PROMPTS} AND tags.team = 'blue'",
        f"{ONLY_PROMPTS} AND tags.`_mlflow_experiment_ids` LIKE '%,1,%'",
        "tags.mlflow.prompt.is_prompt = 'true' AND tags.`_mlflow_experiment_ids` LIKE '%,2,%'",
    )
    versions = (
        "",
        "tags.t = '1'",
        ONLY_PROMPTS,
        f"{ONLY_PROMPTS} AND tags.`mlflow.prompt.text` = 'Hello'",
        "tags.`mlflow.prompt.text` = 'Hello'",
        f"{ONLY_PROMPTS} AND version_number > 1",
    )

    def found(path: str, clause: str) -> Any:
        text = f"{mine} AND {clause}" if clause else mine
        answer = wire.get(f"{path}/search", filter=text, order_by=["name"]).json()
        (items,) = [value for value in answer.values() if isinstance(value, list)] or [[]]
        return [[one["name"], one.get("version")] for one in items]

    return {
        **{f"models {clause}": found("registered-models", clause) for clause in models},
        **{f"versions {clause}": found("model-versions", clause) for clause in versions},
        "whole": wire.get("registered-models/search", filter=f"{mine} AND {ONLY_PROMPTS}"),
        "whole versions": wire.get(
            "model-versions/search", filter=f"{mine} AND {ONLY_PROMPTS}", order_by=["name", "version_number DESC"]
        ),
    }
