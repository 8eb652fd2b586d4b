"""Declared variables: types, defaults and choices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from mlflow.exceptions import InvalidPrompt
from mlflow.templates.variables import parse_variables


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", "x"),
        ("integer", 3),
        ("integer", np.int64(3)),
        ("number", 3),
        ("number", 0.5),
        ("number", np.float32(0.5)),
        ("boolean", False),
        ("object", {"a": 1}),
        ("array", [1]),
        ("array", (1,)),
    ],
)
def test_a_value_of_the_declared_type_is_taken(kind: str, value: Any) -> None:
    parse_variables({"v": {"type": kind}}).check({"v": value})


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("string", 3, "Variable 'v' takes a string, not 3, a int"),
        ("string", None, "Variable 'v' takes a string, not None, a NoneType"),
        ("integer", "3", "Variable 'v' takes an integer, not '3', a str"),
        ("integer", 3.0, "Variable 'v' takes an integer, not 3.0, a float"),
        ("integer", True, "Variable 'v' takes an integer, not True, a bool"),
        ("number", "x", "Variable 'v' takes a number, not 'x', a str"),
        ("number", False, "Variable 'v' takes a number, not False, a bool"),
        ("boolean", 1, "Variable 'v' takes a boolean, not 1, a int"),
        ("object", [1], r"Variable 'v' takes an object, not \[1\], a list"),
        ("array", "ab", "Variable 'v' takes an array, not 'ab', a str"),
        ("string", Decimal(1), r"Variable 'v' takes a string, not Decimal\('1'\), a Decimal"),
    ],
)
def test_another_type_is_refused_with_name_expected_and_given(kind: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidPrompt, match=said) as caught:
        parse_variables({"v": {"type": kind}}).check({"v": value})

    assert caught.value.error_code == "INVALID_PARAMETER_VALUE"


def test_a_long_value_is_not_repeated_in_the_error() -> None:
    with pytest.raises(InvalidPrompt) as caught:
        parse_variables({"v": {"type": "integer"}}).check({"v": "x" * 10_000})

    assert len(caught.value.message) < 200


def test_a_value_must_be_among_the_choices() -> None:
    declared = parse_variables(
        {
            "tone": {"type": "enum", "choices": ["kind", "stern", 1]},
            "count": {"type": "integer", "choices": [1, 2]},
        }
    )
    declared.check({"tone": "kind", "count": 2})
    declared.check({"tone": 1})

    with pytest.raises(InvalidPrompt, match="'tone' must be one of \"kind\", \"stern\", 1, not 'rude'"):
        declared.check({"tone": "rude"})
    with pytest.raises(InvalidPrompt, match="'tone' must be one of"):
        declared.check({"tone": True})
    with pytest.raises(InvalidPrompt, match="'count' must be one of 1, 2, not 3"):
        declared.check({"count": 3})


def test_what_is_not_declared_may_be_anything() -> None:
    parse_variables({"v": {"type": "integer"}}).check({"other": object()})


def test_defaults_stand_for_what_is_not_given() -> None:
    declared = parse_variables({"a": {"default": "A"}, "b": {"type": "object", "default": {"x": 1}}, "c": {}})

    assert declared.filled({"b": {}, "d": 1}) == {"a": "A", "b": {}, "d": 1}


def test_null_can_be_the_default_of_an_enum() -> None:
    declared = parse_variables({"a": {"type": "enum", "choices": [None, "x"], "default": None}})

    assert declared.filled({}) == {"a": None}


def test_declarations_are_plain_json_with_a_type() -> None:
    given: dict[str, dict[str, Any]] = {
        "a": {"type": "integer", "default": 3, "description": "How many.", "choices": [1, 3]},
        "b.c": {"default": "x"},
        "d": {},
    }

    assert parse_variables(given).as_json() == {name: {"type": "string", **more} for name, more in given.items()}


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ([], "Expected `object`, got `array`"),
        ({"a": "string"}, "Expected `object`, got `str`"),
        ({"a": {"type": "text"}}, "Invalid enum value 'text'"),
        ({"a": {"typ": "string"}}, "unknown field `typ`"),
        ({"a b": {}}, "'a b' cannot be the name of a variable"),
        ({"": {}}, "'' cannot be the name of a variable"),
        ({"a": {"type": "enum"}}, "'a' is an enum and needs `choices`"),
        ({"a": {"choices": []}}, "'a' has an empty list of choices"),
        ({"a": {"type": "integer", "default": "x"}}, "'a' takes an integer, not 'x'"),
        ({"a": {"type": "integer", "choices": [1, "x"]}}, "'a' takes an integer, not 'x'"),
        ({"a": {"choices": ["x"], "default": "y"}}, "'a' must be one of \"x\", not 'y'"),
        ({"a": {"default": object()}}, "plain JSON"),
        ({"a": {"default": float("nan")}}, "plain JSON"),
        ({"a": {"description": "x" * 50_000}}, "longer than 50000 characters"),
    ],
)
def test_declarations_that_make_no_sense_are_refused(declared: Any, said: str) -> None:
    with pytest.raises(InvalidPrompt, match=said):
        parse_variables(declared)
