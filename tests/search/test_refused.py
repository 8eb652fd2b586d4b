"""What the language refuses, and where its errors point."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mlflow.exceptions import InvalidParameter
from mlflow.search.fields import EXPERIMENTS, RUNS
from mlflow.search.parse import parse_filter

# Text, the character the error points at (from 1), and a part of the sentence. MLflow 3.17.2 refuses them all too,
# except where the line says otherwise.
REFUSED = [
    # grammar
    ("metrics.acc", 12, "expected an operator"),
    ("metrics.acc foo 3", 13, "expected an operator"),
    ("metrics.acc > ", 14, "expected a value"),
    ("metrics.acc == 3", 14, "Write = for equal"),
    ("metrics.acc <> 3", 14, "Write != for different"),
    ("metrics.acc ! = 3", 13, "Write != for different"),
    ("metrics.acc > - 1", 15, "not a number"),
    ("metrics.acc > 0x1", 15, "not a number"),
    ("metrics.acc > 1_000", 15, "not a number"),
    ("metrics.acc > 0AND metrics.acc < 1", 15, "not a number"),
    ("metrics.acc > NaN", 15, "expected a value"),
    ("0.4 < metrics.acc", 1, "expected a key"),
    ("= 'x'", 1, "expected a key"),
    ("'status' = 'x'", 1, "expected a key"),
    ("run name = 'A'", 5, "expected an operator"),
    ("metrics.a b > 0", 11, "expected an operator"),
    ("tags . t = 'x'", 6, "'.'"),
    ("metrics. > 1", 1, "the key after 'metrics.' is missing"),  # MLflow takes it and finds nothing
    ("tags.`` > 1", 1, "the key after 'tags.' is missing"),  # MLflow takes it and finds nothing
    ("tags.`a`.`b` = 'x'", 9, "'.'"),  # MLflow takes it and finds nothing
    ("tags.f1@5 = 'x'", 8, "backticks"),
    ("status = RUNNING", 10, "Put text in quotes"),
    ("status = 'x", 10, "never closed"),
    ("tags.`t = 'x'", 6, "never closed"),
    (r"tags.t = 'C:\' AND status = 'x'", 31, "after a backslash"),
    ("status = 'x';", 13, "';' has no meaning"),
    ("status = 'x' -- why", 14, "'-' has no meaning"),
    ("status = 'x', status = 'y'", 13, "expected AND, OR or the end"),
    ("status = 'x' 'y'", 14, "expected AND, OR or the end"),
    ("status = 'x' foo", 14, "expected AND, OR or the end"),
    ("status = 'x' OR", 16, "expected a key"),
    ("status = 'x' OR AND status = 'y'", 17, "expected a key"),
    ("(status = 'x'", 14, "expected ')'"),
    ("status = 'x')", 13, "closes nothing"),
    ("()", 2, "expected a key"),
    ("NOT", 4, "expected a key"),
    ("run_id IN ()", 12, "expected a value"),
    ("run_id IN 'a'", 11, "expected a list"),
    ("run_id IN ['a']", 11, "'['"),
    ("run_id IN ('a'", 15, "expected ',' or ')'"),
    ("run_id IN ('a' 'b')", 16, "expected ',' or ')'"),  # MLflow glues the two together
    ("status LIKE 3", 13, "expected text in quotes"),
    # meaning
    ("foo = 'x'", 1, "run_id, run_name, status"),
    ("acc > 1", 1, "did you mean metrics.acc"),
    ("Status = 'x'", 1, "no attribute 'Status'"),
    ("experiment_id = '1'", 1, "no attribute 'experiment_id'"),
    ("lifecycle_stage = 'active'", 1, "no attribute 'lifecycle_stage'"),
    ("status = 'x' AND `RUN NAME` = 'A'", 18, "no attribute 'RUN NAME'"),
    ("`tags.k-k` = 'v'", 1, "no attribute 'tags.k-k'"),
    ("runs.status = 'x'", 1, "use one of attributes, metrics, params, tags, dataset"),
    ("Metrics.acc > 1", 1, "'Metrics'"),
    ("dataset.source = 'd'", 1, "name, digest, context"),
    ("dataset.name IS NULL", 14, "IS NULL cannot be used on dataset 'name'"),
    ("dataset.name NOT LIKE 'x'", 14, "write NOT dataset.name LIKE"),
    ("run_name IS NULL", 10, "IS NULL cannot be used"),
    ("params.p > '1'", 10, "use one of =, !=, LIKE, ILIKE, RLIKE, IN, NOT IN"),
    ("params.p = 1", 12, "write the value in quotes: '1'"),
    ("metrics.acc > '0.4'", 15, "without quotes"),
    ("metrics.acc IN (1, 2)", 13, "IN cannot be used on metric 'acc'"),
    ("metrics.acc LIKE '1'", 13, "LIKE cannot be used on metric 'acc'"),
    ("start_time > '2020-01-01'", 14, "without quotes"),
    ("run_id IN ('a', 2)", 17, "write the value in quotes"),
    ("tags.t RLIKE 'a('", 14, "missing )"),
    (f"tags.t RLIKE '{'a' * 1001}'", 14, "1001 characters and at most 1000"),
    ("tags.t = 'a\x00'", 12, "cannot be stored"),
    ("tags.t = 'a\ud800'", 12, "cannot be stored"),
]


@pytest.mark.parametrize(("text", "position", "sentence"), REFUSED, ids=[ascii(row[0][:50]) for row in REFUSED])
def test_a_refusal_points_at_the_place_and_says_what_is_wrong(text: str, position: int, sentence: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        parse_filter(text, RUNS)

    assert caught.value.message.startswith(f"Invalid filter at position {position}: ")
    assert sentence in caught.value.message


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("metrics.a > 1", "'metrics' is no part of experiments"),
        ("lifecycle_stage = 'active'", "use one of name, experiment_id, creation_time, last_update_time"),
        ("experiment_id LIKE '1%'", "use one of =, !=, IN, NOT IN"),
        ("experiment_id = 1.5", "write the value in quotes"),
        ("name = 1", "write the value in quotes"),
        ("creation_time > '0'", "without quotes"),
    ],
)
def test_experiments_refuse(text: str, sentence: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        parse_filter(text, EXPERIMENTS)

    assert sentence in caught.value.message


def test_the_message_draws_the_place() -> None:
    with pytest.raises(InvalidParameter) as caught:
        parse_filter("metrics.acc foo 3", RUNS)

    assert caught.value.message == (
        "Invalid filter at position 13: expected an operator "
        "(=, !=, <, <=, >, >=, LIKE, ILIKE, RLIKE, IN, NOT IN, IS NULL, IS NOT NULL), found 'foo'.\n"
        "  metrics.acc foo 3\n"
        "              ^"
    )


def test_a_long_filter_is_shown_around_the_place_only() -> None:
    with pytest.raises(InvalidParameter) as caught:
        parse_filter("tags.a = 'x' AND " * 200 + "oops > 1 AND " + "tags.a = 'x' AND " * 199, RUNS)

    _, excerpt, caret = caught.value.message.split("\n")
    assert len(excerpt) < 90
    assert excerpt[caret.index("^") :].startswith("oops > 1")


def test_line_ends_in_the_filter_do_not_break_the_drawing() -> None:
    with pytest.raises(InvalidParameter) as caught:
        parse_filter("tags.a = 'x'\nAND oops > 1", RUNS)

    assert caught.value.message.split("\n")[1:] == ["  tags.a = 'x' AND oops > 1", "  " + " " * 17 + "^"]


def test_a_filter_may_have_200000_characters_and_no_more() -> None:
    fits = "tags.a = '" + "x" * (200_000 - len("tags.a = ''")) + "'"

    assert parse_filter(fits, RUNS) is not None
    with pytest.raises(InvalidParameter, match="at most 200000"):
        parse_filter(fits + " ", RUNS)


@pytest.mark.parametrize("operator", ["LIKE", "ILIKE"])
def test_a_pattern_may_have_12000_characters_and_no_more(operator: str) -> None:
    longest = "[" * 12_000  # each becomes three for SQLite

    assert parse_filter(f"tags.a {operator} '{longest}'", RUNS) is not None
    with pytest.raises(InvalidParameter, match="12001 characters and at most 12000 are allowed"):
        parse_filter(f"tags.a {operator} '{longest}['", RUNS)


def test_more_than_400_clauses_are_refused() -> None:
    with pytest.raises(InvalidParameter, match="more than 400 clauses"):
        parse_filter(" AND ".join(["tags.k=''"] * 401), RUNS)


@pytest.mark.parametrize("text", ["(" * 11 + "tags.k=''" + ")" * 11, "NOT " * 11 + "tags.k=''", "(" * 19_000])
def test_more_than_ten_levels_are_refused(text: str) -> None:
    with pytest.raises(InvalidParameter, match="more than 10 levels"):
        parse_filter(text, RUNS)


def test_nots_side_by_side_are_not_nested() -> None:
    assert parse_filter(" AND ".join(["NOT tags.k=''"] * 150), RUNS) is not None


def test_lark_and_re2_are_imported_only_when_a_filter_is_read() -> None:
    program = (
        "import sys; import mlflow.search.parse, mlflow.search.tree, mlflow.search.fields, mlflow.search.python;"
        "print(sorted({'lark', 're2'} & set(sys.modules)))"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[]"
