from __future__ import annotations

import fnmatch
import sqlite3
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow.search.patterns import compiled_like, compiled_regex, like_to_glob, why_not_a_pattern

TEXT = st.text(alphabet="aB*?[]\\%_.^-!ä\n", max_size=8)


@given(pattern=TEXT, value=TEXT)
def test_sqlite_glob_and_the_regex_agree_on_every_like_pattern(pattern: str, value: str) -> None:
    with sqlite3.connect(":memory:") as connection:
        (by_glob,) = connection.execute("SELECT ? GLOB ?", (value, like_to_glob(pattern))).fetchone()
    connection.close()

    assert bool(compiled_like(pattern).search(value)) == bool(by_glob)


@given(pattern=st.text(alphabet="ab%_", max_size=6), value=st.text(alphabet="ab", max_size=8))
def test_like_agrees_with_shell_wildcards(pattern: str, value: str) -> None:
    wildcards = pattern.replace("%", "*").replace("_", "?")

    assert bool(compiled_like(pattern).search(value)) == fnmatch.fnmatchcase(value, wildcards)


@given(st.text(max_size=30))
def test_any_text_without_wildcards_is_like_itself(text: str) -> None:
    text = text.replace("%", "").replace("_", "").replace("\x00", "")

    assert compiled_like(text).search(text)
    assert compiled_like(text, any_case=True).search(text)


def test_the_longest_like_pattern_compiles() -> None:
    assert compiled_like("_" * 19_000).search("x" * 19_000)


def test_a_regex_that_explodes_elsewhere_takes_linear_time() -> None:
    started = time.perf_counter()

    assert not compiled_regex("(a*)*(a|aa)+(.*x.*)*$b").search("a" * 100_000)

    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a(", "missing )"),
        (r"(a)\1", "invalid escape sequence"),
        ("(?=a)", "invalid perl operator"),
        ("((a{100}){100}){100}", "invalid repetition size"),
        ("a" * 1001, "at most 1000"),
    ],
)
def test_the_reason_why_a_pattern_cannot_be_used(pattern: str, reason: str) -> None:
    assert reason in (why_not_a_pattern(pattern) or "")


@pytest.mark.parametrize("pattern", ["", "a.b", "^x$", "(?i)ä", "a" * 1000])
def test_a_good_pattern_has_no_fault(pattern: str) -> None:
    assert why_not_a_pattern(pattern) is None
