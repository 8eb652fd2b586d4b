"""Run by an interpreter with MLflow, and by ours: what prompts in a user's hand do. Writes `{case: outcome}` as JSON.

Sentences of errors are not compared, only their class and code: `MlflowException INVALID_PARAMETER_VALUE`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from mlflow.entities.model_registry import Prompt, PromptModelConfig, PromptVersion
from mlflow.exceptions import MlflowException


class Answer(BaseModel):
    """A form of answer, with a form within."""

    class Part(BaseModel):
        """Within."""

        number: int

    text: str
    parts: list[Part] = []


CHAT = [{"role": "system", "content": "You are {{ style }}."}, {"role": "user", "content": "{{question}}"}]
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
VALUES = {"a": "A", "b": "B", "x": "X", "style": "kind", "question": "Why?"}

TEXTS = [
    "{{a}} {{ b }}",
    "{{c.d}} {{ c . d }}",
    "{{1a}} {{a-b}} {{_x}} {{ä}} {{}} {{ }} {{a b}} {{{a}}} {{{{b}}}} {{a}",
    "{{ a\n}}{{\tx\t}}",
    "{{a|upper}} {{a.}} {{.a}} {{a[0]}} {{a.0}} {{f(x)}}",
    "\\{{x}} { {x} } {{ x }",
    "{# c #} {{a}} {% broken",
    "",
]
JINJA = [
    "{% if a %}{{ a|upper }}{% endif %}{{ missing }}\n",
    "{% for i in items %}{{ i.n }}{{ loop.index }}{% endfor %}",
    "{%- if a -%} {{ b }} {%- endif -%}",
    "{% set x = 1 %}{{ x }}{{ b }}",
    "{% raw %}{{ b }}{% endraw %}",
    "{% if %}",
    "{% if 1 %}{{ missing.attribute }}{% endif %}",
    "{% if 1 %}{{ a.__class__.__mro__ }}{% endif %}",
    "{% for i in range(100001) %}{% endfor %}",
    "{% include 'x' %}",
]
CHATS: list[Any] = [
    CHAT,
    [],
    [{}],
    [{"role": "user"}],
    [{"content": "x"}],
    [{"role": "user", "content": None}],
    [{"role": "user", "content": 1}],
    [{"role": 1, "content": "x"}],
    [{"role": "banana", "content": ""}],
    [{"role": "user", "content": [{"type": "text", "text": "{{a}}"}]}],
    [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "{{a}}", "detail": "low"}}]}],
    [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u", "detail": "other"}}]}],
    [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "{{a}}", "format": "wav"}}]}],
    [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "x", "format": "ogg"}}]}],
    [{"role": "user", "content": [{"type": "file", "file": {}}]}],
    [{"role": "user", "content": ["x"]}],
    [{"role": "user", "content": {"x": 1}}],
    [{"role": "assistant", "content": "x", "tool_calls": [CALL]}],
    [{"role": "assistant", "content": "x", "tool_calls": [{"function": {}}]}],
    [{"role": "tool", "content": "x", "tool_call_id": 5}],
    [{"role": "user", "content": "x", "name": "{{a}}"}],
    [{"role": "user", "content": "{% if a %}A{% endif %}"}, {"role": "user", "content": "{{b|upper}}"}],
    ["x"],
]
FORMATS: list[Any] = [Answer, {"type": "object"}, {}, None]
SETTINGS: list[dict[str, Any]] = [
    {},
    {"temperature": 0},
    {"temperature": 3, "model_name": "m", "provider": "p"},
    {"temperature": -1},
    {"temperature": "0.5"},
    {"temperature": "x"},
    {"max_tokens": 0},
    {"max_tokens": 1.5},
    {"max_tokens": "5"},
    {"top_p": 0},
    {"top_p": 1.1},
    {"top_k": 0},
    {"frequency_penalty": -3},
    {"presence_penalty": 3},
    {"stop_sequences": []},
    {"stop_sequences": "a"},
    {"seed": 1, "none": None},
    {"extra_params": {"seed": 1}},
]
ATTRIBUTES = (
    "name",
    "version",
    "template",
    "is_text_prompt",
    "response_format",
    "model_config",
    "variables",
    "commit_message",
    "tags",
    "uri",
    "creation_timestamp",
    "last_updated_timestamp",
    "description",
    "user_id",
    "aliases",
)


def prompt(template: Any, **more: Any) -> PromptVersion:
    """Return a version of a prompt."""
    return PromptVersion("qa", 2, template, **more)


def outcome(do: Callable[[], Any]) -> Any:
    """Return what comes of it: the value, or the class and code of the error."""
    try:
        return plain(do())
    except MlflowException as error:
        return f"error: MlflowException {error.error_code}"
    except Exception as error:
        return f"error: {type(error).__name__}"


def plain(value: Any) -> Any:
    """Return a value as JSON can carry it, so that two programs can be compared."""
    if isinstance(value, PromptVersion):
        return {"left": plain(value.template), "variables": sorted(value.variables)}
    if isinstance(value, set):
        return sorted(value)
    if isinstance(value, PromptModelConfig):
        return value.to_dict()
    return json.loads(json.dumps(value))


def cases() -> dict[str, Callable[[], Any]]:
    """Return everything that is tried, by its name."""
    whole = {
        "commit_message": "first",
        "creation_timestamp": 5,
        "tags": {"a": "b", "mlflow.prompt.text": "other", "mlflow.x": "y"},
        "aliases": ["prod"],
        "last_updated_timestamp": 7,
        "user_id": "ada",
        "response_format": Answer,
        "model_config": {"temperature": 0.5},
    }
    found: dict[str, Callable[[], Any]] = {}
    for name in ATTRIBUTES:
        found[f"attribute {name}"] = lambda name=name: getattr(prompt("{{a}} {{b}}", **whole), name)
        found[f"attribute {name}, nothing given"] = lambda name=name: getattr(prompt("{{a}}"), name)
    for template in [*TEXTS, *JINJA, *CHATS]:
        shown = json.dumps(template, ensure_ascii=False)
        values = {**VALUES, "items": [{"n": 1}, {"n": 2}]}
        found[f"template {shown}"] = lambda template=template: prompt(template).template
        found[f"text {shown}"] = lambda template=template: prompt(template).is_text_prompt
        found[f"variables {shown}"] = lambda template=template: prompt(template).variables
        found[f"format {shown}"] = lambda template=template: prompt(template).format(**values)
        found[f"format with dots {shown}"] = lambda template=template: prompt(template).format(
            **values, **{"c.d": 5, "_x": 6}
        )
        found[f"format nothing {shown}"] = lambda template=template: prompt(template).format()
        found[f"format partly {shown}"] = lambda template=template: prompt(template).format(allow_partial=True, a=1)
        found[f"format free {shown}"] = lambda template=template: prompt(template).format(
            use_jinja_sandbox=False, **values
        )
        found[f"single braces {shown}"] = lambda template=template: prompt(template).to_single_brace_format()
        found[f"repr {shown}"] = lambda template=template: repr(prompt(template))
        found[f"equal {shown}"] = lambda template=template: prompt(template) == prompt(template)
    for value in (None, 1, 1.5, True, {"a": 1}, [1], "\\1 \\g<0>", "{{b}}"):
        found[f"value {value!r}"] = lambda value=value: prompt("<{{a}}>").format(a=value)
    for number, response_format in enumerate(FORMATS):
        found[f"response format {number}"] = lambda given=response_format: (
            prompt("", response_format=given).response_format
        )
        found[f"response format {number} as dict"] = lambda given=response_format: (
            PromptVersion.convert_response_format_to_dict(given)
        )
    for settings in SETTINGS:
        found[f"settings {settings}"] = lambda settings=settings: prompt("", model_config=settings).model_config
        found[f"settings {settings} by name"] = lambda settings=settings: PromptModelConfig(**settings)
        found[f"settings {settings} from dict"] = lambda settings=settings: PromptModelConfig.from_dict(settings)
    for name in (
        "template",
        "tags",
        "uri",
        "version",
        "variables",
        "response_format",
        "name",
        "description",
        "aliases",
    ):
        found[f"set {name}"] = lambda name=name: setattr(prompt("{{a}}"), name, "other")
    found["version as text"] = lambda: PromptVersion("qa", "3", "x").version  # type: ignore[arg-type]  # on purpose
    found["version that is none"] = lambda: PromptVersion("qa", "x", "x").version  # type: ignore[arg-type]  # on purpose
    found["as dict"] = lambda: sorted(dict(prompt("{{a}}")))
    found["value looked at again"] = lambda: prompt("{{a}} {{b}}").format(a="{{b}}", b="B")
    found["value looked at later"] = lambda: (
        prompt("{{a}} {{b}}").format(allow_partial=True, a="{{b}}").format(b="B")  # type: ignore[union-attr]  # a prompt
    )
    found["prompt"] = lambda: [
        getattr(Prompt("qa", "d", 5, {"a": "b"}), name)
        for name in ("name", "description", "creation_timestamp", "tags")
    ]
    found["prompt, name alone"] = lambda: [
        getattr(Prompt("qa"), name) for name in ("name", "description", "creation_timestamp", "tags")
    ]
    found["prompts equal"] = lambda: Prompt("qa") == Prompt("qa")
    return found


if __name__ == "__main__":
    json.dump({name: outcome(case) for name, case in cases().items()}, sys.stdout)
