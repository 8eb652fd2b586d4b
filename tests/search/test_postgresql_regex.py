"""A regular expression means on PostgreSQL what it means to re2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, assume, example, given, reject, settings
from hypothesis import strategies as st

from mlflow.search.patterns import compiled_regex, why_not_a_pattern
from mlflow.search.postgresql import NotTranslatable, regex_to_postgresql
from tests.databases import fresh_postgresql

_TEXTS = [
    *("", "a", "b", "ab", "a b", "a\nb", "äa", "Ä", "ß", "1", "٣", "x_1", "[a]", "a]", "{", "a{2}", "aa", "***", "a-b"),
    *("\\", "\t", "\x08", "\x0b", ".", "^$", "日本", "😀", "K", "S", "tab\tend", "line\n", "\nline", "a,b", "(x)", "-"),
]
# fmt: off
_PIECES = st.sampled_from([
    *("a", "b", "ä", "日", ".", "^", "$", "|", "(", ")", "(?:", "(?P<n>", "(?<n>", "*", "+", "?", "*?", "{2}", "{1,}"),
    *("{0,2}", "{", "}", "-", "]", ",", "_", "K", "(?i)", "(?i:a)", r"\b", r"\B", r"\d", r"\D", r"\w", r"\W", r"\s"),
    *(r"\S", r"\A", r"\z", r"\n", r"\t", r"\v", r"\.", r"\\", r"\[", r"\-", r"\_", r"\x41", r"\x{1F600}", r"\012"),
    *(r"\pL", "[ab]", "[^ab]", "[a-c]", "[]a]", "[^]a]", r"[a\]]", r"[\d_]", r"[\w-]", r"[^\s]", "[[:alpha:]]"),
    *("[a^]", "[-a]", "[a-]", "[.]", "[[]", r"[\\]", r"[\x41-\x5a]", r"[\t\n]", r"\Qa.b\E", r"\Q*\E", "[[:punct:]]"),
    *("[[:space:]]", "[^[:digit:]]", r"[\D]"),
])
# fmt: on
_PATTERNS = st.builds(
    lambda flags, pieces: flags + "".join(pieces),
    st.sampled_from(["", "", "", "(?i)", "(?s)", "(?m)", "(?im)"]),
    st.lists(_PIECES, max_size=5),
)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[psycopg.Connection[Any]]:
    with fresh_postgresql() as uri, psycopg.connect(uri, autocommit=True) as connection:
        yield connection


@given(pattern=_PATTERNS)
@example(pattern=r"\bbert\b")
@example(pattern="***")
@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_translated_pattern_matches_what_the_original_matches(
    postgresql: psycopg.Connection[Any], pattern: str
) -> None:
    assume(why_not_a_pattern(pattern) is None)
    try:
        translated = regex_to_postgresql(pattern)
        rows = postgresql.execute("SELECT t, t ~ %s FROM unnest(%s::text[]) AS t", [translated, _TEXTS]).fetchall()
    except (NotTranslatable, psycopg.errors.InvalidRegularExpression):
        reject()  # refused is fine, for instance a repeated ^; misread would not be

    wanted = {text: bool(compiled_regex(pattern).search(text)) for text in _TEXTS}
    assert {text: found for text, found in rows if found != wanted[text]} == {}, (pattern, translated)


@pytest.mark.parametrize("pattern", [r"\pL", "a(?i)b", "(?i:a)", r"[\D]", r"\x00", "[[:^alpha:]]", r"\C"])
def test_what_postgresql_lacks_is_refused_and_not_misread(pattern: str) -> None:
    with pytest.raises(NotTranslatable):
        regex_to_postgresql(pattern)
