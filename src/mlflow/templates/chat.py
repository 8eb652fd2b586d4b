"""Chat prompts: lists of messages, each with a role and a content of text or of parts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar, cast

import msgspec

from mlflow.exceptions import InvalidPrompt
from mlflow.templates.text import TextTemplate, parse_text

Messages = list[dict[str, Any]]
Template = str | Messages
T = TypeVar("T")

DEPTH_LIMIT = 64
"""How deep lists and dicts in messages may be nested."""


class _TextPart(msgspec.Struct, tag_field="type", tag="text"):
    text: str


class _ImageUrl(msgspec.Struct):
    url: str
    detail: Literal["auto", "low", "high"] | None = None


class _ImagePart(msgspec.Struct, tag_field="type", tag="image_url"):
    image_url: _ImageUrl


class _Audio(msgspec.Struct):
    data: str
    format: Literal["wav", "mp3"]


class _AudioPart(msgspec.Struct, tag_field="type", tag="input_audio"):
    input_audio: _Audio


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class _ToolCall(msgspec.Struct):
    id: str
    function: _Function
    type: str = "function"


class _Message(msgspec.Struct):
    """What MLflow's clients accept as a message; they read what we store. Further keys are kept."""

    role: str
    content: str | list[_TextPart | _ImagePart | _AudioPart] | None = None
    tool_calls: list[_ToolCall] | None = None
    tool_call_id: str | None = None
    refusal: str | None = None


def checked_messages(messages: Messages) -> Messages:
    """Return a copy of the messages, as JSON would carry them.

    Raises:
        InvalidPrompt: there are none, one is no `{role, content}`, or something in them is not JSON.
    """
    if not messages:
        raise InvalidPrompt('A chat prompt needs at least one message, such as {"role": "user", "content": "…"}.')
    try:
        copy = json.loads(json.dumps(messages, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidPrompt(f"A chat prompt's messages must be plain JSON: {error}") from None
    try:
        msgspec.convert(copy, list[_Message])
    except msgspec.ValidationError as error:
        raise InvalidPrompt(
            "A chat prompt is a list of messages with `role` and `content`; the content is text or a list of parts of"
            f" the type text, image_url or input_audio. {error}"
        ) from None
    return cast("Messages", each(copy, str, str))  # once through, so that the depth is known to be bounded


def each(value: Any, kind: type[T], change: Callable[[T], Any], depth: int = 0) -> Any:
    """Return nested lists and dicts with `change(part)` in place of every part of a kind; keys stay.

    Raises:
        InvalidPrompt: they are nested deeper than `DEPTH_LIMIT`.
    """
    if isinstance(value, kind):
        return change(value)
    if not isinstance(value, list | dict):
        return value
    if depth == DEPTH_LIMIT:
        raise InvalidPrompt(f"A chat prompt's messages are nested deeper than {DEPTH_LIMIT} levels.")
    if isinstance(value, list):
        return [each(item, kind, change, depth + 1) for item in value]
    return {key: each(item, kind, change, depth + 1) for key, item in value.items()}


class ChatTemplate:
    """Messages whose texts may hold placeholders: in the content, its parts, the role and all other keys."""

    __slots__ = ("_messages", "names")

    def __init__(self, messages: Messages) -> None:
        self._messages = messages  # as given, with a TextTemplate in place of each text that has placeholders
        names: set[str] = set()
        each(messages, TextTemplate, lambda text: names.update(text.names))
        self.names = frozenset(names)

    @property
    def source(self) -> Messages:
        """The messages, placeholders as they were written."""
        return cast("Messages", each(self._messages, TextTemplate, lambda text: text.source))

    def fill(self, values: Mapping[str, Any]) -> Messages:
        """Return the messages with every placeholder filled; KeyError when one has no value."""
        return cast("Messages", each(self._messages, TextTemplate, lambda text: text.fill(values)))

    def fill_some(self, values: Mapping[str, Any]) -> ChatTemplate:
        """Return the template that is left when those placeholders that have a value are filled."""
        return ChatTemplate(each(self._messages, TextTemplate, lambda text: text.fill_some(values)))


def parse_chat(messages: Messages) -> ChatTemplate:
    """Cut the texts of checked messages at their placeholders."""
    return ChatTemplate(each(messages, str, _template_or_text))


def _template_or_text(text: str) -> TextTemplate | str:
    template = parse_text(text)
    return template if template.names else text
