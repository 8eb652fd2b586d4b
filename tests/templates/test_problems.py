"""What is probably a mistake in a template is said in a sentence, though the template may be registered."""

from __future__ import annotations

import time
from typing import Any

import pytest

from mlflow.templates.problems import Problem, problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ a", "'{{ a' opens two braces that are not closed with two"),
        ("{{ a } b", "'{{ a }' opens two braces that are not closed with two"),
        ("{ a }}", "'{ a }}' has one opening brace, so it is no placeholder: write '{{ a }}'"),
        ("{{ a-b }}", "'{{ a-b }}' is no placeholder and stays as it is"),
        ("{{ ä }}", "'{{ ä }}' is no placeholder and stays as it is"),
        ("{{ a|upper }}", "Filters and expressions need a Jinja2 template"),
        ("{{}}", "'{{}}' is no placeholder"),
        ("{{> a:b }}", "'{{> a:b }}' includes no prompt"),
        ("{{> }}", "'{{> }}' includes no prompt"),
        ("{{ allow_partial }}", "'allow_partial' is an argument of format() itself"),
        ("{% if %}", "Jinja2 cannot read the template: Expected an expression"),
        ("{% if a %}", "Jinja2 cannot read the template: Unexpected end of template"),
    ],
)
def test_a_probable_mistake_is_told(text: str, said: str) -> None:
    (problem,) = problems(text)

    assert said in problem.text
    assert problem.line == 1
    assert problem.message is None


@pytest.mark.parametrize(
    "text",
    [
        "Hello {{ name }}, {{a.b}}{{c}}",
        '{"a": {{x}}, "b": {"c": {"d": {}}}} {{{ y }}}',
        "one { brace } and {one} word",
        "{{> rules }}{{> team/rules@prod }}{{>prompts:/rules/2}}",
        "{% if a %}{{> rules }}{{ a|upper }}{% endif %}",
        "",
    ],
)
def test_good_templates_have_no_problems(text: str) -> None:
    assert problems(text) == []


def test_problems_come_in_order_with_their_lines() -> None:
    assert [
        (problem.line, problem.text.split("'")[1]) for problem in problems("{{a b}}\nfine\n\n{ c }}\n{{ d } {{ e")
    ] == [
        (1, "{{a b}}"),
        (4, "{ c }}"),
        (5, "{{ d }"),
        (5, "{{ e"),
    ]


def test_problems_of_a_chat_prompt_name_the_message() -> None:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "{{ fine }}"},
        {"role": "user", "content": [{"type": "text", "text": "a\n{{a-b}}"}]},
    ]

    (problem,) = problems(messages)

    assert (problem.message, problem.line) == (2, 2)


def test_a_jinja2_message_makes_the_others_jinja2_too() -> None:
    messages = [{"role": "system", "content": "{% if a %}{% endif %}"}, {"role": "user", "content": "{{ a|upper }}"}]

    assert problems(messages) == []


@pytest.mark.parametrize("text", ["{{" * 50_000, "{{a}" * 25_000, "{a}}" * 25_000, "{{a-b}}\n" * 12_000, "{" * 100_000])
def test_a_hundred_problems_are_enough_and_found_quickly(text: str) -> None:
    start = time.perf_counter()

    found = problems(text)

    assert 0 < len(found) <= 100
    assert all(isinstance(problem, Problem) and len(problem.text) < 400 for problem in found)
    assert time.perf_counter() - start < 1
