"""Run by an interpreter with MLflow, and by ours: what prompts in a user's hand do. Writes `{case: outcome}` as JSON.

Of an error, its classes and its code are told, not its sentence.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
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
VALUES: dict[str, Any] = {
    "a": "A",
    "b": "B",
    "x": "X",
    "style": "kind",
    "question": "Why?",
    "items": [{"n": 1}, {"n": 2}],
}

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
    """Return what comes of it: the value, or the classes and code of the error."""
    try:
        return plain(do())
    except Exception as error:
        classes = [one.__name__ for one in type(error).__mro__]
        return {"error": classes, "code": error.error_code if isinstance(error, MlflowException) else None}


def plain(value: Any) -> Any:
    """Return a value as JSON can carry it, so that two programs can be compared."""
    if isinstance(value, PromptVersion):
        return {"left": plain(value.template), "variables": sorted(value.variables)}
    if isinstance(value, set):
        return sorted(value)
    if isinstance(value, PromptModelConfig):
        return value.to_dict()
    return json.loads(json.dumps(value))


Case = tuple[str, Callable[[], Any]]

WHOLE: dict[str, Any] = {
    "commit_message": "first",
    "creation_timestamp": 5,
    "tags": {"a": "b", "mlflow.prompt.text": "other", "mlflow.x": "y"},
    "aliases": ["prod"],
    "last_updated_timestamp": 7,
    "user_id": "ada",
    "response_format": Answer,
    "model_config": {"temperature": 0.5},
}
DOTTED: dict[str, Any] = {"c.d": 5, "_x": 6}


def attribute_cases(name: str) -> Iterator[Case]:
    """Return what is tried with an attribute."""
    yield f"attribute {name}", lambda: getattr(prompt("{{a}} {{b}}", **WHOLE), name)
    yield f"attribute {name}, nothing given", lambda: getattr(prompt("{{a}}"), name)
    yield f"set {name}", lambda: setattr(prompt("{{a}}"), name, "other")


def template_cases(template: Any) -> Iterator[Case]:
    """Return what is tried with a template."""
    shown = json.dumps(template, ensure_ascii=False)
    yield f"template {shown}", lambda: prompt(template).template
    yield f"text {shown}", lambda: prompt(template).is_text_prompt
    yield f"variables {shown}", lambda: prompt(template).variables
    yield f"format {shown}", lambda: prompt(template).format(**VALUES)
    yield f"format with dots {shown}", lambda: prompt(template).format(**VALUES, **DOTTED)
    yield f"format nothing {shown}", lambda: prompt(template).format()
    yield f"format partly {shown}", lambda: prompt(template).format(allow_partial=True, a=1)
    yield f"format free {shown}", lambda: prompt(template).format(use_jinja_sandbox=False, **VALUES)
    yield f"single braces {shown}", lambda: prompt(template).to_single_brace_format()
    yield f"repr {shown}", lambda: repr(prompt(template))
    yield f"equal {shown}", lambda: prompt(template) == prompt(template)


def value_cases(value: Any) -> Iterator[Case]:
    """Return what is tried with a value."""
    yield f"value {value!r}", lambda: prompt("<{{a}}>").format(a=value)


def response_format_cases(response_format: Any) -> Iterator[Case]:
    """Return what is tried with a form of answers."""
    shown = getattr(response_format, "__name__", response_format)
    yield f"response format {shown}", lambda: prompt("", response_format=response_format).response_format
    yield f"response format {shown} as dict", lambda: PromptVersion.convert_response_format_to_dict(response_format)


def settings_cases(settings: dict[str, Any]) -> Iterator[Case]:
    """Return what is tried with settings of a model."""
    yield f"settings {settings}", lambda: prompt("", model_config=settings).model_config
    yield f"settings {settings} by name", lambda: PromptModelConfig(**settings)
    yield f"settings {settings} from dict", lambda: PromptModelConfig.from_dict(settings)


def version_cases(version: Any) -> Iterator[Case]:
    """Return what is tried with a version's number."""
    yield f"version {version!r}", lambda: PromptVersion("qa", version, "x").version


def prompt_cases(fields: tuple[Any, ...]) -> Iterator[Case]:
    """Return what is tried with a prompt as a whole."""
    names = ("name", "description", "creation_timestamp", "tags")
    yield f"prompt {fields}", lambda: [getattr(Prompt(*fields), name) for name in names]
    yield f"prompt {fields} equal", lambda: Prompt(*fields) == Prompt(*fields)


def other_cases() -> Iterator[Case]:
    """Return what is tried besides."""
    yield "as dict", lambda: sorted(dict(prompt("{{a}}")))
    yield "value looked at again", lambda: prompt("{{a}} {{b}}").format(a="{{b}}", b="B")
    partly: Callable[[], Any] = lambda: prompt("{{a}} {{b}}").format(allow_partial=True, a="{{b}}")  # noqa: E731
    yield "value looked at later", lambda: partly().format(b="B")


def all_cases() -> Iterator[Case]:
    """Return everything that is tried, with its name."""
    tried: list[tuple[Callable[[Any], Iterator[Case]], Any]] = [
        (attribute_cases, ATTRIBUTES),
        (template_cases, [*TEXTS, *JINJA, *CHATS]),
        (value_cases, (None, 1, 1.5, True, {"a": 1}, [1], "\\1 \\g<0>", "{{b}}")),
        (response_format_cases, FORMATS),
        (settings_cases, SETTINGS),
        (version_cases, (3, "3", "x", None)),
        (prompt_cases, (("qa",), ("qa", "d", 5, {"a": "b"}))),
    ]
    for cases_of, things in tried:
        for thing in things:
            yield from cases_of(thing)
    yield from other_cases()


if __name__ == "__main__":
    json.dump({name: outcome(case) for name, case in all_cases()}, sys.stdout)
