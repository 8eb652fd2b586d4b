"""Text templates: what a placeholder is, and how it is filled. The tables were put to MLflow 3.17.2 as well."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow.templates.text import parse_text

NAMES = st.sampled_from(["a", "b_1", "_c", "d.e", "Dd"])
LITERALS = st.text(alphabet="xy {}\n%#>é", max_size=8).filter(lambda text: "{{" not in text and not text.endswith("{"))
VALUES = st.text(alphabet="ab{}%\\1 é", max_size=8) | st.sampled_from(["{{ a }}", "{{b_1}}", r"\1", r"\g<0>"])
PIECES = st.lists(st.tuples(LITERALS, NAMES), max_size=6)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{a}} {{ b }} {{\tc\n}}", {"a", "b", "c"}),
        ("{{a.b}} {{ a.b.c }}", {"a.b", "a.b.c"}),
        ("{{_a1}} {{A}}", {"_a1", "A"}),
        ("{{{a}}} {{{{b}}}}", {"a", "b"}),
        ("{{a}}{{a}}", {"a"}),
        ("{{1a}} {{a-b}} {{ä}} {{}} {{ }} {{a b}} {{a.}} {{.a}} {{a.0}} {{a[0]}} {{a|upper}} {{f(x)}}", set()),
        ("{{a} {a}} { {a} } {{ a . b }} {{> a }}", set()),
        ("", set()),
    ],
)
def test_a_placeholder_is_a_dotted_name_in_double_braces(text: str, names: set[str]) -> None:
    assert parse_text(text).names == names


def test_braces_around_a_placeholder_stay() -> None:
    assert parse_text('{"a": {{x}}, "b": {{{x}}}}').fill({"x": 1}) == '{"a": 1, "b": {1}}'


@pytest.mark.parametrize("value", [None, 1, 1.5, True, {"a": 1}, [1], b"x", r"\1 \g<0>"])
def test_a_value_is_put_in_as_str_gives_it(value: Any) -> None:
    assert parse_text("<{{a}}>").fill({"a": value}) == f"<{value}>"


def test_a_template_can_be_filled_again_and_reads_as_before() -> None:
    template = parse_text("{{ a }} and {{b}}")

    assert template.fill({"a": 1, "b": 2}) == "1 and 2"
    assert template.source == "{{ a }} and {{b}}"
    assert template.fill({"a": 3, "b": 4}) == "3 and 4"


def test_values_for_no_placeholder_are_not_used() -> None:
    assert parse_text("{{a}}").fill({"a": 1, "b": 2}) == "1"


@given(PIECES, st.lists(VALUES, min_size=6, max_size=6))
def test_the_text_is_the_literals_and_the_values_in_turn_whatever_these_read(
    pieces: list[tuple[str, str]], given_values: list[str]
) -> None:
    values = dict(zip(["a", "b_1", "_c", "d.e", "Dd"], given_values, strict=False))
    template = parse_text("".join(f"{literal}{{{{ {name} }}}}" for literal, name in pieces))

    assert template.fill(values) == "".join(literal + values[name] for literal, name in pieces)


@given(PIECES, st.lists(VALUES, min_size=5, max_size=5), st.sets(NAMES))
def test_filling_a_part_and_then_the_rest_is_the_same_as_filling_all(
    pieces: list[tuple[str, str]], given_values: list[str], first: set[str]
) -> None:
    values = dict(zip(["a", "b_1", "_c", "d.e", "Dd"], given_values, strict=True))
    template = parse_text("".join(f"{literal}{{{{{name}}}}}" for literal, name in pieces))

    rest = template.fill_some({name: values[name] for name in first})

    assert rest.fill({name: value for name, value in values.items() if name not in first}) == template.fill(values)


@given(st.text(alphabet="{}ab. ", max_size=40))
def test_a_template_without_values_reads_as_it_was_written(text: str) -> None:
    assert parse_text(text).source == text
    assert parse_text(text).fill_some({}).source == text


@pytest.mark.parametrize(
    "text",
    [
        "{" * 100_000,
        "{{a" * 33_000,
        "{{" + " " * 99_000,
        "{{" + "a" * 99_000,
        "{{" + "a." * 49_000,
        "{{a" + " " * 99_000,
    ],
    ids=["braces", "unclosed", "blanks", "name", "dotted name", "blanks behind"],
)
def test_no_text_takes_long_to_read(text: str) -> None:
    start = time.perf_counter()

    assert parse_text(text).names == set()

    assert time.perf_counter() - start < 0.5


def test_ten_placeholders_are_filled_in_a_few_microseconds() -> None:
    template = parse_text(" ".join(f"text {{{{ name_{number} }}}}" for number in range(10)))
    values = {f"name_{number}": f"value {number}" for number in range(10)}

    start = time.perf_counter()
    for _ in range(10_000):
        template.fill(values)
    seconds = time.perf_counter() - start

    assert seconds / 10_000 < 20e-6  # 0.5 µs on an idle core
