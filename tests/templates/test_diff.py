"""What changed between two templates."""

from __future__ import annotations

import random
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow.templates.alignment import Block, Gap, align
from mlflow.templates.diff import TemplateDiff, diff_templates
from mlflow.templates.diff_lines import Line, diff_lines

TEXTS = st.text(alphabet="ab \n", max_size=40)


def old_text(lines: list[Line]) -> str:
    return "\n".join(line.text for line in lines if line.kind != "added")


def new_text(lines: list[Line]) -> str:
    return "\n".join(line.text for line in lines if line.kind != "removed")


def changed_words(line: Line) -> list[str]:
    return [span.text for span in line.spans if span.changed]


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_the_lines(old: str, new: str) -> None:
    lines = diff_lines(old, new)

    assert old_text(lines) == old
    assert new_text(lines) == new
    assert [line.old for line in lines if line.old] == list(range(1, old.count("\n") + 2))
    assert [line.new for line in lines if line.new] == list(range(1, new.count("\n") + 2))


@given(TEXTS)
def test_equal_texts_have_no_changes(text: str) -> None:
    assert all(line.kind == "same" for line in diff_lines(text, text))
    assert not diff_templates(text, text).changed
    assert diff_templates(text, text).as_text() == ""


@given(st.lists(st.sampled_from("abcd"), max_size=12), st.lists(st.sampled_from("abcd"), max_size=12))
def test_small_sequences_are_aligned_as_well_as_can_be(old: list[str], new: list[str]) -> None:
    """As many parts are matched as the longest common subsequence has."""
    lengths = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, a in enumerate(old):
        for j, b in enumerate(new):
            lengths[i + 1][j + 1] = lengths[i][j] + 1 if a == b else max(lengths[i][j + 1], lengths[i + 1][j])

    assert sum(part.size for part in align(old, new) if isinstance(part, Block)) == lengths[-1][-1]


@given(st.lists(st.sampled_from("abcdefgh"), max_size=30), st.lists(st.sampled_from("abcdefgh"), max_size=30))
def test_blocks_are_equal_and_with_the_gaps_cover_both_sides(old: list[str], new: list[str]) -> None:
    i = j = 0
    for part in align(old, new):
        assert (part.i, part.j) == (i, j)
        if isinstance(part, Gap):
            i, j = part.i_end, part.j_end
        else:
            assert old[i : i + part.size] == new[j : j + part.size]
            i, j = i + part.size, j + part.size
    assert (i, j) == (len(old), len(new))


def test_the_words_that_changed_in_a_line_are_marked() -> None:
    removed, added = diff_lines("Answer in one short sentence.", "Answer in two or three short words.")

    assert (removed.kind, changed_words(removed)) == ("removed", ["one", "sentence"])
    assert (added.kind, changed_words(added)) == ("added", ["two or three ", "words"])


def test_lines_that_have_little_in_common_are_marked_whole() -> None:
    removed, added = diff_lines("Answer in one sentence.", "Be as kind as you can, {{ name }}!")

    assert changed_words(removed) == [removed.text]
    assert changed_words(added) == [added.text]


def test_a_text_prompt_is_shown_as_a_unified_diff() -> None:
    old = "You are kind.\nAnswer {{q}}.\n1\n2\n3\n4\n5\n6\n7\nBye"
    new = "You are very kind.\nAnswer {{q}}.\n1\n2\n3\n4\n5\n6\n7\nBye\nfor now"

    assert diff_templates(old, new).as_text() == (
        "@@ -1,4 +1,4 @@\n-You are kind.\n+You are very kind.\n Answer {{q}}.\n 1\n 2\n"
        "@@ -8,3 +8,4 @@\n 6\n 7\n Bye\n+for now\n"
    )
    assert diff_templates(old, new).as_text(context=0) == (
        "@@ -1,1 +1,1 @@\n-You are kind.\n+You are very kind.\n@@ -0,0 +11,1 @@\n+for now\n"
    )


def kinds(diff: TemplateDiff) -> list[tuple[str, str | None, str | None]]:
    return [(message.kind, message.old_role, message.new_role) for message in diff.messages]


SYSTEM = {"role": "system", "content": "Be kind."}
USER = {"role": "user", "content": "{{q}}"}


def test_a_chat_prompt_is_compared_by_message() -> None:
    old = [SYSTEM, USER]
    new = [{"role": "system", "content": "Be very kind."}, {"role": "assistant", "content": "Hi!"}, USER]

    diff = diff_templates(old, new)

    assert kinds(diff) == [("changed", "system", "system"), ("added", None, "assistant"), ("same", "user", "user")]
    assert [(message.old, message.new) for message in diff.messages] == [(1, 1), (None, 2), (2, 3)]
    assert diff.as_text() == (
        "message 1, system: changed\n@@ -1,1 +1,1 @@\n-Be kind.\n+Be very kind.\n"
        "message 2, assistant: added\n@@ -0,0 +1,1 @@\n+Hi!\n"
    )


def test_a_removed_message_is_told() -> None:
    assert kinds(diff_templates([SYSTEM, USER], [USER])) == [("removed", "system", None), ("same", "user", "user")]


def test_a_message_with_another_role_is_changed() -> None:
    diff = diff_templates([SYSTEM, USER], [{"role": "developer", "content": "Be kind."}, USER])

    assert kinds(diff) == [("changed", "system", "developer"), ("same", "user", "user")]
    assert diff.as_text() == "message 1, system → developer: changed\n"


def test_parts_and_further_keys_are_compared_as_json() -> None:
    old = [{"role": "user", "content": [{"type": "text", "text": "a"}]}]
    new = [{"role": "user", "content": [{"type": "text", "text": "b"}], "name": "Ada"}]

    text = diff_templates(old, new).as_text(context=0)

    assert '-    "text": "a"\n+    "text": "b"\n' in text
    assert '+  "name": "Ada"\n' in text


def test_a_text_that_became_a_chat_is_removed_and_its_messages_added() -> None:
    assert kinds(diff_templates("Be kind.", [SYSTEM])) == [("removed", None, None), ("added", None, "system")]


def test_a_difference_is_plain_json() -> None:
    assert msgspec.to_builtins(diff_templates("a b", "a c")) == {
        "messages": [
            {
                "kind": "changed",
                "lines": [
                    {"kind": "removed", "spans": [{"text": "a "}, {"text": "b", "changed": True}], "old": 1},
                    {"kind": "added", "spans": [{"text": "a "}, {"text": "c", "changed": True}], "new": 1},
                ],
                "old": 1,
                "new": 1,
            }
        ]
    }


def _long_templates() -> dict[str, tuple[Any, Any]]:
    chance = random.Random(1)
    lines = [f"{number:x}" for number in range(20_000)]
    changed = [line if number % 2 else f"y{line}" for number, line in enumerate(lines)]

    def noise(alphabet: str, length: int, between: str) -> str:
        return between.join(chance.choice(alphabet) for _ in range(length))

    return {
        "distinct lines": ("\n".join(lines), "\n".join(f"x{line}" for line in lines)),
        "every other line": ("\n".join(lines), "\n".join(changed)),
        "shuffled lines": ("\n".join(lines), "\n".join(chance.sample(lines, len(lines)))),
        "two kinds of lines": (noise("ab", 50_000, "\n"), noise("ab", 50_000, "\n")),
        "empty lines": ("\n" * 99_999, "a\n" * 50_000),
        "one long line": (" ".join(lines), " ".join(changed)),
        "one long line of two words": (noise("ab", 50_000, " "), noise("ab", 50_000, " ")),
        "one long line of signs": (noise(".,", 100_000, ""), noise(".,", 100_000, "")),
        "one long word": ("a" * 100_000, "b" * 100_000),
        "lines of signs": (
            "\n".join(noise(".,", 99, "") for _ in range(1000)),
            "\n".join(noise(".,", 99, "") for _ in range(1000)),
        ),
        "three thousand messages": (
            [{"role": "user", "content": chance.choice("ab")} for _ in range(3000)],
            [{"role": "user", "content": chance.choice("bc")} for _ in range(3000)],
        ),
    }


LONG_TEMPLATES = _long_templates()


@pytest.mark.parametrize("name", LONG_TEMPLATES)
def test_the_longest_templates_are_compared_within_seconds(name: str) -> None:
    old, new = LONG_TEMPLATES[name]
    start = time.process_time()

    diff = diff_templates(old, new)

    assert time.process_time() - start < 4  # one second where it was written
    if isinstance(old, str):
        lines = [line for message in diff.messages for line in message.lines]
        assert (old_text(lines), new_text(lines)) == (old, new)


def test_every_other_line_of_a_long_text_is_found_the_same() -> None:
    old, new = LONG_TEMPLATES["every other line"]

    assert sum(line.kind == "same" for line in diff_lines(old, new)) == 10_000
