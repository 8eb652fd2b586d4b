"""Templates with single braces. What LangChain and LlamaIndex make of them: tests/compat/test_frameworks.py."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mlflow.exceptions import InvalidPrompt
from mlflow.templates.single_brace import to_single_braces
from mlflow.templates.text import parse_text


@pytest.mark.parametrize(
    ("text", "single"),
    [
        ("Hello {{name}}, {{ a.b }}!", "Hello {name}, {a.b}!"),
        ("{{\tx\n}}{{x}}", "{x}{x}"),
        ("no placeholder", "no placeholder"),
        ("", ""),
    ],
)
def test_placeholders_get_single_braces_as_in_mlflow(text: str, single: str) -> None:
    assert to_single_braces(text) == single


@pytest.mark.parametrize(
    ("text", "single"),
    [
        ('{"a": {{x}}}', '{{"a": {x}}}'),
        ("{ {{x}} }", "{{ {x} }}"),
        ("{{{x}}}", "{{{x}}}"),
        ("Use {curly} and {{x}}", "Use {{curly}} and {x}"),
        ("{{a-b}} {{x}} }", "{{{{a-b}}}} {x} }}"),
        ("{x!r} {{x}}", "{{x!r}} {x}"),
        ("{x:>5} {{x}}", "{{x:>5}} {x}"),
        ("{x:{{x}}}", "{{x:{x}}}"),
    ],
)
def test_braces_that_format_would_misread_are_doubled(text: str, single: str) -> None:
    assert to_single_braces(text) == single
    assert single.format(x=1) == parse_text(text).fill({"x": 1})


def test_braces_that_were_doubled_by_hand_are_not_doubled_again() -> None:
    assert to_single_braces('{{"a": 1}} {{x}}') == '{{"a": 1}} {x}'


def test_without_escaping_only_the_placeholders_change() -> None:
    assert to_single_braces('{"a": {{x}}}', escape=False) == '{"a": {x}}'


@given(st.text(alphabet="{}xy :!.[]", max_size=30))
def test_what_format_makes_of_it_is_what_the_prompt_makes(text: str) -> None:
    assume("{{" not in text.replace("{{x}}", "").replace("{{y}}", ""))  # not doubled by hand
    assume("}}" not in text.replace("{{x}}", "").replace("{{y}}", ""))
    template = parse_text(text)

    assert to_single_braces(text).format(x="X", y="{Y}") == template.fill({"x": "X", "y": "{Y}"})


def test_all_texts_of_messages_are_changed() -> None:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "{{a}}"},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "{{u}}"}}], "name": "{{n}}"},
    ]

    assert to_single_braces(messages) == [
        {"role": "system", "content": "{a}"},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "{u}"}}], "name": "{n}"},
    ]


def test_only_in_contents_are_braces_doubled() -> None:
    call: dict[str, Any] = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"x": {{x}}}'}}
    messages: list[dict[str, Any]] = [{"role": "assistant", "content": "{}", "tool_calls": [call]}]

    (message,) = to_single_braces(messages)

    assert message["content"] == "{{}}"
    assert message["tool_calls"][0]["function"]["arguments"] == '{"x": {x}}'


def test_jinja2_has_no_form_with_single_braces() -> None:
    with pytest.raises(InvalidPrompt, match=r"template_format=.jinja2"):
        to_single_braces("{% if a %}{{ b }}{% endif %}")
