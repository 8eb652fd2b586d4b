"""What a filter finds. Everything without OR, NOT and RLIKE was asked of MLflow 3.17.2 on SQLite first."""

from __future__ import annotations

import math

import pytest

from mlflow.search.fields import RUNS
from mlflow.search.parse import parse_filter
from mlflow.search.python import matches
from mlflow.search.tree import Compare
from tests.search.things import Thing


def holds(text: str, thing: Thing) -> bool:
    return matches(parse_filter(text, RUNS), thing)


def test_no_filter_matches_everything() -> None:
    assert matches(None, Thing())


@pytest.mark.parametrize("op", ["= 'x'", "!= 'x'", "LIKE '%'", "ILIKE '%'", "RLIKE ''", "IN ('x')", "NOT IN ('x')"])
@pytest.mark.parametrize("key", ["tags.gone", "params.gone"])
def test_a_clause_on_a_missing_key_is_false(key: str, op: str) -> None:
    assert not holds(f"{key} {op}", Thing())


@pytest.mark.parametrize("op", ["=", "!=", "<", "<=", ">", ">="])
def test_a_clause_on_a_missing_metric_is_false(op: str) -> None:
    assert not holds(f"metrics.gone {op} 1", Thing())


@pytest.mark.parametrize("key", ["tags.k", "params.k", "metrics.k", "end_time"])
def test_is_null_finds_what_is_missing(key: str) -> None:
    full = Thing({"end_time": 1}, {"k": math.nan}, {"k": ""}, {"k": ""})

    assert holds(f"{key} IS NULL", Thing())
    assert not holds(f"{key} IS NULL", full)
    assert holds(f"{key} IS NOT NULL", full)
    assert not holds(f"{key} IS NOT NULL", Thing())


@pytest.mark.parametrize(
    ("clause", "found"),
    [("= 1", True), ("!= 1", False), ("< 1", False), ("<= 1", True), ("> 0.5", True), (">= 1.5", False)],
)
def test_numbers_compare_by_value(clause: str, found: bool) -> None:
    thing = Thing({"start_time": 1}, {"m": 1.0})

    assert holds(f"metrics.m {clause}", thing) is found
    assert holds(f"start_time {clause}", thing) is found


@pytest.mark.parametrize(
    ("op", "found"), [("=", False), ("!=", True), ("<", False), ("<=", False), (">", False), (">=", False)]
)
def test_of_a_nan_metric_only_not_equal_is_true(op: str, found: bool) -> None:
    assert holds(f"metrics.m {op} 1", Thing(metrics={"m": math.nan})) is found


@pytest.mark.parametrize(
    ("value", "clause", "found"),
    [
        ("it's", "LIKE 'it%'", True),
        ("it's", "LIKE 'IT%'", False),
        ("it's", "ILIKE 'IT%'", True),
        ("a\nb", "LIKE 'a_b'", True),
        ("a\nb", "LIKE 'a%b'", True),
        ("ab", "LIKE 'a'", False),
        ("ab\n", "LIKE 'ab'", False),
        ("ab", "LIKE 'a_b'", False),
        ("", "LIKE ''", True),
        ("", "LIKE '%'", True),
        ("", "LIKE '_'", False),
        ("100%", r"LIKE '100\%'", False),
        (r"a\b", r"LIKE 'a\b'", True),
        (r"a\b", r"LIKE 'a\\b'", False),
        ("a.c", "LIKE 'a.c'", True),
        ("abc", "LIKE 'a.c'", False),
        ("abc", "LIKE '*c'", False),
        ("AbC", "= 'abc'", False),
        ("AbC", "!= 'abc'", True),
        ("xyz", "RLIKE 'y'", True),
        ("xyz", "RLIKE '^y'", False),
        ("xyz", "RLIKE 'Y'", False),
        ("xyz", "NOT LIKE 'x%'", False),
        ("xyz", "NOT ILIKE 'Y%'", True),
        ("x", "IN ('x', 'y')", True),
        ("z", "IN ('x', 'y')", False),
        ("z", "NOT IN ('x', 'y')", True),
        ("x", "NOT IN ('x', 'y')", False),
    ],
)
def test_text_compares(value: str, clause: str, found: bool) -> None:
    assert holds(f"tags.t {clause}", Thing(tags={"t": value})) is found


def test_ilike_folds_letters_of_every_script() -> None:
    # SQLite folds ASCII only, so there MLflow finds nothing; on PostgreSQL it finds it.
    assert holds("tags.t ILIKE 'äb'", Thing(tags={"t": "ÄB"}))


def test_one_of_several_datasets_is_enough_for_each_clause() -> None:
    thing = Thing(used=[{"name": "a", "digest": "1", "context": "train"}, {"name": "b", "digest": "2"}])

    assert holds("dataset.name = 'a' AND dataset.name = 'b'", thing)
    assert holds("dataset.name != 'a'", thing)
    assert holds("dataset.name NOT IN ('a')", thing)
    assert not holds("dataset.name NOT IN ('a', 'b')", thing)
    assert not holds("dataset.context != 'train'", thing)
    assert not holds("NOT dataset.name = 'a'", thing)


def test_not_makes_a_clause_on_a_missing_key_true() -> None:
    assert holds("NOT tags.gone = 'x'", Thing())
    assert holds("NOT metrics.gone > 1", Thing())


def test_not_like_is_false_on_a_missing_key_as_not_equal_is() -> None:
    assert not holds("tags.gone NOT LIKE 'x'", Thing())
    assert not holds("tags.gone NOT RLIKE 'x'", Thing())


def test_and_or_and_not_combine() -> None:
    thing = Thing({"status": "FAILED"}, {"acc": 0.9})

    assert holds("status = 'RUNNING' OR metrics.acc > 0.5", thing)
    assert not holds("status = 'RUNNING' AND metrics.acc > 0.5", thing)
    assert holds("NOT (status = 'RUNNING' AND metrics.acc > 0.5)", thing)


def test_an_entity_the_reader_does_not_know_is_an_error_not_false() -> None:
    with pytest.raises(ValueError, match="span"):
        matches(Compare("span", "name", "=", "x"), Thing())
