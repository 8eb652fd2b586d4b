"""Chat templates: which messages there can be, and that placeholders are filled wherever they stand in them."""

from __future__ import annotations

from typing import Any

import pytest

from mlflow.exceptions import InvalidPrompt
from mlflow.templates.chat import checked_messages, parse_chat

CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


# MLflow 3.17.2 takes and refuses the same, but for the empty list, which becomes the text '[]' there.
@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": "{{a}}"},
        {"role": "banana", "content": ""},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "x", "tool_call_id": "1"},
        {"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u", "detail": "low"}}]},
        {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "x", "format": "mp3"}}]},
        {"role": "user", "content": []},
        {"role": "user", "content": "x", "name": 5, "further": {"keys": [1]}},
        {"role": "user"},
    ],
)
def test_a_message_has_a_role_and_text_or_parts(message: dict[str, Any]) -> None:
    assert checked_messages([message]) == [message]


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([], "at least one message"),
        ([{}], "missing required field `role`"),
        (["x"], "Expected `object`, got `str`"),
        ([{"content": "x"}], "missing required field `role`"),
        ([{"role": 1, "content": "x"}], r"\$\[0\].role"),
        ([{"role": "user", "content": 1}], r"\$\[0\].content"),
        ([{"role": "user", "content": {"x": 1}}], r"\$\[0\].content"),
        ([{"role": "user", "content": ["x"]}], r"\$\[0\].content\[0\]"),
        ([{"role": "user", "content": [{"type": "video"}]}], "Invalid value 'video'"),
        ([{"role": "user", "content": [{"type": "text"}]}], "missing required field `text`"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}], "missing required field `url`"),
        ([{"role": "user", "content": "x", "tool_calls": [{"type": "function"}]}], "missing required field `id`"),
        ([{"role": "user", "content": "x", "name": object()}], "plain JSON"),
        ([{"role": "user", "content": "x", "name": float("nan")}], "plain JSON"),
    ],
)
def test_what_is_no_message_is_refused_with_its_place(messages: Any, said: str) -> None:
    with pytest.raises(InvalidPrompt, match=said) as caught:
        checked_messages(messages)

    assert caught.value.error_code == "INVALID_PARAMETER_VALUE"


def test_who_expects_the_value_error_of_mlflow_gets_one() -> None:
    with pytest.raises(ValueError, match="role"):
        checked_messages([{}])


@pytest.mark.parametrize("levels", [100, 900, 50_000])
def test_messages_that_are_nested_without_end_are_refused(levels: int) -> None:
    nested: Any = "x"
    for _ in range(levels):
        nested = [nested]

    with pytest.raises(InvalidPrompt, match=r"nested deeper|plain JSON"):
        checked_messages([{"role": "user", "content": "x", "name": nested}])


def test_the_caller_s_messages_are_not_changed_later_with_the_template() -> None:
    message = {"role": "user", "content": "{{a}}"}

    template = parse_chat(checked_messages([message]))
    message["content"] = "other"

    assert template.source == [{"role": "user", "content": "{{a}}"}]


def test_placeholders_are_filled_in_contents_parts_roles_and_other_keys() -> None:
    template = parse_chat(
        [
            {"role": "{{r}}", "content": "{{a}} and {{b}}", "name": "{{n}}"},
            {"role": "user", "content": [{"type": "text", "text": "{{a}}"}]},
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "{{u}}"}}]},
        ]
    )

    assert template.names == {"r", "a", "b", "n", "u"}
    assert template.fill({"r": "system", "a": 1, "b": "{{a}}", "n": "N", "u": "U"}) == [
        {"role": "system", "content": "1 and {{a}}", "name": "N"},
        {"role": "user", "content": [{"type": "text", "text": "1"}]},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "U"}}]},
    ]


def test_a_part_can_be_filled_and_the_rest_later() -> None:
    template = parse_chat([{"role": "user", "content": "{{a}} {{b}}"}, {"role": "user", "content": "{{ b }}"}])

    rest = template.fill_some({"a": "{{ b }}"})

    assert rest.names == {"b"}
    assert rest.source == [{"role": "user", "content": "{{ b }} {{b}}"}, {"role": "user", "content": "{{ b }}"}]
    assert rest.fill({"b": 2}) == [{"role": "user", "content": "{{ b }} 2"}, {"role": "user", "content": "2"}]
