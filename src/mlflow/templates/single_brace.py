"""Placeholders with single braces, as `str.format` and LangChain read them."""

from __future__ import annotations

from string import Formatter
from typing import Any, TypeVar, cast

from mlflow.exceptions import InvalidPrompt
from mlflow.templates.chat import Template, each
from mlflow.templates.jinja import is_jinja
from mlflow.templates.text import parse_text

T = TypeVar("T", bound=Template)


def to_single_braces(template: T, escape: bool = True) -> T:
    """Return a text or messages with `{name}` for every `{{ name }}`.

    Args:
        template: a text, or the messages of a chat prompt.
        escape: double the braces of a text that `str.format` would otherwise not read as it is meant: `{"a": {{ x }}}`
            becomes `{{"a": {x}}}`, which formats to `{"a": …}`. Where the placeholders alone are read as such, no brace
            is doubled. LlamaIndex never makes one brace of two: give False for it.

    Raises:
        InvalidPrompt: the template is Jinja2, which has no such form.
    """
    texts: list[str] = []
    each(template, str, texts.append)
    if any(map(is_jinja, texts)):
        raise InvalidPrompt(
            "A Jinja2 template cannot be written with single braces. Hand on `template` itself; LangChain reads it with"
            ' template_format="jinja2".'
        )
    if isinstance(template, str):
        return cast("T", _text(template, escape))
    return cast("T", [{key: _value(key, value, escape) for key, value in message.items()} for message in template])


def _value(key: str, value: Any, escape: bool) -> Any:
    # Frameworks read placeholders in contents; the arguments of a tool call, say, reach the model as they are.
    return each(value, str, lambda text: _text(text, escape and key == "content"))


def _text(text: str, escape: bool) -> str:
    template = parse_text(text)
    plain = template.rewritten(literal=str, hole="{{{}}}".format)
    if not escape or _fields(plain) == template.holes:
        return plain
    return template.rewritten(literal=_doubled, hole="{{{}}}".format)


def _doubled(literal: str) -> str:
    return literal.replace("{", "{{").replace("}", "}}")


def _fields(text: str) -> list[str] | None:
    """Return the names that `str.format` would ask for, or None when it would refuse the text or do more than that."""
    try:
        found = [part for part in Formatter().parse(text) if part[1] is not None]
    except ValueError:
        return None
    return (
        None if any(spec or conversion for _, _, spec, conversion in found) else [name or "" for _, name, _, _ in found]
    )
