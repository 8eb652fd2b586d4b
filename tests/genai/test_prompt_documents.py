"""Prompts as files: what is written is read again as the same, whatever the prompt says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow.client.prompts.files import document
from mlflow.entities.prompt_version import PromptVersion
from mlflow.exceptions import InvalidPrompt

CHAT: list[dict[str, Any]] = [
    {"role": "system", "content": "You are kind.\n"},
    {"role": "user", "content": "{{ question }}"},
    {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": {"name": "look"}}]},
]

# Texts made of what files, YAML and Git have their own ideas about.
AWKWARD = [
    *("---", "---\n", "\n", "\n\n", "\r\n", "\r", "\t", "  ", "\x85", "\u2028", "\ufeff", "\x07", "é", "😀"),
    *("<!-- role: user -->", "\\<!-- role: x", "<!--role:", "-->", "{{ x }}", "{{> a/b@c }}", "{% if x %}"),
    *("#", "|", ">", "- a: b", "'", '"', "\\", "null", "no", "1.10", "...", "<<<<<<< HEAD"),
]
texts = st.lists(st.sampled_from(AWKWARD) | st.text(max_size=5), max_size=8).map("".join)
data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
parts = st.lists(
    texts.map(lambda text: {"type": "text", "text": text})
    | texts.map(lambda url: {"type": "image_url", "image_url": {"url": url}}),
    max_size=2,
)
other_keys = texts.filter(lambda key: key not in ("role", "content", "tool_calls", "tool_call_id", "refusal"))
messages = st.builds(
    lambda role, content, others: {**others, "role": role, "content": content},
    texts,
    texts | st.none() | parts,
    st.dictionaries(other_keys, data, max_size=1),
)
prompts = st.builds(
    lambda version, template, message, tags, aliases, answer: PromptVersion(
        "team/qa", version, template, message, tags=tags, aliases=aliases, response_format=answer
    ),
    st.integers(0, 20),
    texts | st.lists(messages, min_size=1, max_size=3),
    st.none() | texts.filter(bool),
    st.dictionaries(texts, texts, max_size=2),
    st.lists(texts, max_size=2),
    st.none() | st.dictionaries(texts, data, min_size=1, max_size=2),
)


def read(text: str) -> PromptVersion:
    return document.read(text, "team/qa")


ROLE_LINES = "<!-- role: user -->\n\\<!-- role: user -->\n\\\\<!--role:x"
HARDEST = [
    PromptVersion("team/qa", 1, ROLE_LINES),
    PromptVersion("team/qa", 1, [{"role": "-->", "content": ROLE_LINES}, {"role": "null", "content": "a\n\n"}]),
    PromptVersion("team/qa", 1, [{"role": "a", "name": "b\n", "content": "a\n\n"}, {"role": "\n", "content": "\r"}]),
    PromptVersion("team/qa", 1, "", "a\n\n", tags={"b": "\n", "c": "\x85\n"}, response_format={"d": "e\n\n"}),
    PromptVersion("team/qa", 1, "---\n\r\n---\n"),
]


@pytest.mark.parametrize("prompt", HARDEST)
def test_the_hardest_prompts_come_back_as_the_same(prompt: PromptVersion) -> None:
    text = document.write(prompt)

    assert read(text) == prompt
    assert read(text.replace("\n", "\r\n")) == prompt
    assert read(text.rstrip("\n")) == prompt


@given(prompts)
def test_what_is_written_is_read_again_as_the_same(prompt: PromptVersion) -> None:
    text = document.write(prompt)

    assert read(text) == prompt
    assert document.write(read(text)) == text


@given(prompts)
def test_what_git_and_editors_do_to_line_ends_changes_nothing(prompt: PromptVersion) -> None:
    text = document.write(prompt)

    assert read(text.replace("\n", "\r\n")) == prompt  # core.autocrlf
    assert read("\ufeff" + text) == prompt  # Windows' editors
    assert read(text.rstrip("\n") + "\n") == prompt  # insert_final_newline, end-of-file-fixer
    assert read(text + "\n\n") == prompt


@given(prompts, st.integers(1, 99), st.none() | texts.filter(bool))
def test_another_version_in_the_front_matter_changes_nothing_else(
    prompt: PromptVersion, version: int, message: str | None
) -> None:
    changed = read(document.with_version(document.write(prompt), version, message))

    assert (changed.version, changed.commit_message) == (version, message)
    assert document.without_labels(changed) == document.without_labels(prompt)
    assert (changed.tags, changed.aliases) == (prompt.tags, prompt.aliases)


def test_a_text_prompt_is_its_front_matter_and_its_template() -> None:
    prompt = PromptVersion("qa", 3, "Answer {{ question }}.", "Shorter", tags={"author": "ann", "release": "1.10"})

    assert document.write(prompt) == (
        "---\n"
        "version: 3\n"
        "commit_message: Shorter\n"
        "tags:\n"
        "  author: ann\n"
        "  release: '1.10'\n"
        "---\n"
        "Answer {{ question }}.\n"
    )


def test_texts_of_several_lines_stand_as_such_unless_yaml_would_need_marks_for_them() -> None:
    prompt = PromptVersion("qa", 0, "x", "a\nb\n", tags={"c": "d\n\n"})

    assert document.write(prompt) == '---\ncommit_message: |\n  a\n  b\ntags:\n  c: "d\\n\\n"\n---\nx\n'


def test_a_chat_prompt_has_a_line_for_each_role_and_yaml_for_what_is_no_text() -> None:
    assert document.write(PromptVersion("qa", 1, CHAT)) == (
        "---\n"
        "version: 1\n"
        "---\n"
        "<!-- role: system, newlines_at_end: 1 -->\n"
        "You are kind.\n"
        "\n"
        "<!-- role: user -->\n"
        "{{ question }}\n"
        "\n"
        "<!-- role: assistant, as: yaml -->\n"
        "content: null\n"
        "tool_calls:\n"
        "  - id: '1'\n"
        "    function:\n"
        "      name: look\n"
    )


def test_settings_stand_in_the_front_matter_as_yaml() -> None:
    prompt = PromptVersion(
        "qa",
        1,
        "{{ x }}",
        response_format={"type": "object", "properties": {"answer": {"type": "string"}}},
        model_config={"model_name": "large", "temperature": 0.5},
        declared_variables={"x": {"type": "integer", "default": 3}},
    )

    assert document.settings_of(prompt) == (
        "response_format:\n"
        "  type: object\n"
        "  properties:\n"
        "    answer:\n"
        "      type: string\n"
        "model_config:\n"
        "  model_name: large\n"
        "  temperature: 0.5\n"
        "variables:\n"
        "  x:\n"
        "    type: integer\n"
        "    default: 3\n"
    )
    assert read(document.write(prompt)).declared_variables == {"x": {"type": "integer", "default": 3}}


def test_a_file_without_front_matter_is_a_new_prompt() -> None:
    prompt = read("Answer {{ question }}.\n")

    assert (prompt.name, prompt.version, prompt.template) == ("team/qa", 0, "Answer {{ question }}.")


def test_what_is_written_by_hand_means_what_it_says() -> None:
    prompt = read("---\n# ours\ntags: {language: no, release: 1.10, day: 2024-01-01, empty: }\nname: other\n---\nHi\n")

    assert prompt.tags == {"language": "no", "release": "1.10", "day": "2024-01-01", "empty": ""}
    assert prompt.name == "other"


def test_comments_and_order_in_the_front_matter_outlive_a_new_version() -> None:
    written = "---\n# ours\ntags: {a: b} # why\nversion: 2 # from staging\n---\nHi\n"

    assert document.with_version(written, 3, "Kinder") == (
        "---\n# ours\ntags: {a: b} # why\nversion: 3 # from staging\ncommit_message: Kinder\n---\nHi\n"
    )


def test_a_version_without_a_message_takes_the_old_message_out() -> None:
    assert document.with_version("---\nversion: 2\ncommit_message: Old\ntags: {a: b}\n---\nHi\n", 3, None) == (
        "---\nversion: 3\ntags: {a: b}\n---\nHi\n"
    )


@pytest.mark.parametrize("front", ["{version: 2, tags: {a: b}}\n", "? version\n: 2\n", "tags:\n  a: b\n"])
def test_front_matter_of_any_form_takes_a_new_version(front: str) -> None:
    changed = read(document.with_version(f"---\n{front}---\nHi\n", 3, "Kinder"))

    assert (changed.version, changed.commit_message, changed.template) == (3, "Kinder", "Hi")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\nversion: 1\n", "front matter does not end"),
        ("---\nversion: one\n---\n", "a number from 1 on, not 'one'"),
        ("---\nversion: 0\n---\n", "a number from 1 on, not 0"),
        ("---\nversion: 1\nversion: 2\n---\n", "'version' is there twice, line 3"),
        ("---\n<<<<<<< HEAD\nversion: 2\n=======\n---\n", "Git's conflict markers are in it"),
        ("---\n- a\n---\n", "no list of `key: value`"),
        ("---\nauthor: ann\n---\n", "`author`, which is nothing of a prompt's. Put it under `tags`"),
        ("---\ntags: [a]\n---\n", "`tags` in the front matter is a list of `key: value`"),
        ("---\ntags: {a: [b]}\n---\n", "texts, not"),
        ("---\ncommit_message: [a]\n---\n", "`commit_message` in the front matter is a text"),
        ("---\nnewlines_at_end: -1\n---\n", "how many line ends"),
        ("---\nnewlines_at_end: 999999999999\n---\n", "how many line ends"),
        ("---\ntemplate: a\n---\nb\n", "there twice"),
        ("---\nmodel_config: {temperature: -1}\n---\n", "`model_config`"),
        ("---\nvariables: {a: {type: whole}}\n---\n", "integer"),
        ("---\nresponse_format: !!timestamp 2024-01-01\n---\n", "response format"),
        ("---\nresponse_format: {a: !!python/name:os.system }\n---\n", "front matter cannot be read"),
        ("Hello\n<!-- role: user -->\n", "text above the first role"),
        ("<!-- role: user\nHello\n", "names no role"),
        ("<!-- role: -->\nHello\n", "names no role"),
        ("<!-- role: user, as: json -->\n{}\n", "names no role"),
        ("<!-- role: user, name: bob -->\nHello\n", "'name', which means nothing there"),
        ("<!-- role: user, as: yaml -->\nHello\n", "no YAML of the form"),
        ("<!-- role: user, as: yaml -->\ncontent: 5\n", "content"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(InvalidPrompt) as caught:
        read(text)

    assert said in caught.value.message


def bomb(levels: int) -> str:
    """YAML that would become 10 to the power of `levels` items."""
    lines = ["  a0: &a0 [x]"]
    lines += [f"  a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("value", "said"),
    [("response_format:\n" + bomb(5), "references"), ("response_format: " + "[" * 100_000, "nested too deep")],
)
def test_a_small_file_cannot_grow(value: str, said: str) -> None:
    with pytest.raises(InvalidPrompt, match=said):
        read(f"---\n{value}\n---\n")


def test_includes_stay_as_they_were_written() -> None:
    whole: Any = PromptVersion("qa", 1, "Be kind.", raw_template="{{> rules@production }}")

    assert document.write(whole).endswith("---\n{{> rules@production }}\n")
