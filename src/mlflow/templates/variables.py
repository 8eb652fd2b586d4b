"""Declared variables: what a prompt's placeholders take, and what they are when nothing is given.

A declaration is plain JSON: `{"tone": {"type": "string", "default": "kind", "description": "…", "choices": ["kind"]}}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, Literal

import msgspec

from mlflow.exceptions import InvalidPrompt
from mlflow.templates.text import NAME

SIZE_LIMIT = 50_000
"""Characters of all declarations of a prompt as JSON."""

_NAME = re.compile(NAME)


class Variable(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What one placeholder takes. An enum is one of its choices; other types may have choices as well."""

    type: Literal["string", "integer", "number", "boolean", "object", "array", "enum"] = msgspec.field(
        default_factory=lambda: "string"  # a default that is written all the same
    )
    default: Any = msgspec.UNSET
    description: str = ""
    choices: list[Any] | None = None


class DeclaredVariables:
    """The declarations of one prompt."""

    __slots__ = ("_defaults", "_variables")

    def __init__(self, variables: dict[str, Variable]) -> None:
        self._variables = variables
        self._defaults = {
            name: variable.default for name, variable in variables.items() if variable.default is not msgspec.UNSET
        }

    def as_json(self) -> dict[str, Any]:
        """Return the declarations as plain JSON, each with its type and what else was given."""
        return {name: msgspec.to_builtins(variable) for name, variable in self._variables.items()}

    def check(self, values: Mapping[str, Any]) -> None:
        """Compare values with what is declared; what is not declared may be anything.

        Raises:
            InvalidPrompt: a value has another type than declared, or is none of the choices.
        """
        for name, value in values.items():
            variable = self._variables.get(name)
            if variable is not None:
                _check_value(name, variable, value)

    def filled(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the values with defaults for those not given."""
        return {**self._defaults, **values} if self._defaults else values


def parse_variables(declared: Any) -> DeclaredVariables:
    """Read declarations.

    Raises:
        InvalidPrompt: they are no such JSON, are too long, a name cannot be a placeholder's, an enum has no choices, or
            a default or choice does not fit its own declaration.
    """
    try:
        size = len(json.dumps(declared, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidPrompt(f"Declared variables must be plain JSON: {error}") from None
    if size > SIZE_LIMIT:
        raise InvalidPrompt(f"The declared variables are longer than {SIZE_LIMIT} characters of JSON.")
    try:
        variables = msgspec.convert(declared, dict[str, Variable])
    except msgspec.ValidationError as error:
        raise InvalidPrompt(
            'Variables are declared as {name: {"type": …, "default": …, "description": …, "choices": […]}}, where the'
            f" type is string, integer, number, boolean, object, array or enum. {error}"
        ) from None
    for name, variable in variables.items():
        _check_declaration(name, variable)
    return DeclaredVariables(variables)


def _check_declaration(name: str, variable: Variable) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidPrompt(
            f"'{name}' cannot be the name of a variable. Use letters, digits and '_', and begin with a letter or '_'."
        )
    if variable.choices is not None and not variable.choices:
        raise InvalidPrompt(f"Variable '{name}' has an empty list of choices. Name some, or leave them out.")
    if variable.type == "enum" and variable.choices is None:
        raise InvalidPrompt(f"Variable '{name}' is an enum and needs `choices`.")
    for choice in variable.choices or ():
        _check_type(name, variable, choice)
    if variable.default is not msgspec.UNSET:
        _check_value(name, variable, variable.default)


def _check_value(name: str, variable: Variable, value: Any) -> None:
    _check_type(name, variable, value)
    if variable.choices is not None and not any(_same(value, choice) for choice in variable.choices):
        choices = ", ".join(json.dumps(choice, ensure_ascii=False) for choice in variable.choices[:20])
        raise InvalidPrompt(f"Variable '{name}' must be one of {choices}, not {_shown(value)}.")


def _check_type(name: str, variable: Variable, value: Any) -> None:
    if not _FITS[variable.type](value):
        raise InvalidPrompt(
            f"Variable '{name}' takes {_WITH_ARTICLE[variable.type]}, not {_shown(value)}, a {type(value).__name__}."
        )


def _same(value: Any, choice: Any) -> bool:
    return isinstance(value, bool) == isinstance(choice, bool) and bool(value == choice)  # True is no 1 here


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:60] + "…"


_FITS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, Integral) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, Real) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, Mapping),
    "array": lambda value: isinstance(value, Sequence) and not isinstance(value, str | bytes),
    "enum": lambda value: True,
}
_WITH_ARTICLE = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "object": "an object",
    "array": "an array",
    "enum": "one of its choices",
}
