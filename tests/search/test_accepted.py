"""What the language takes. The table marked so was put to MLflow 3.17.2 (SQLite) by hand, with the same outcome.

Of 8,500 further filters made at random, MLflow took 1,247 and we took 1,241 of those. What is otherwise, on purpose:

- Two clauses side by side without AND: when the second is IS NULL, MLflow forgets the first. We keep both.
- List items: MLflow reads them as Python literals (`'it''s'` is its, `\\n` a line end). We take them as written, as any
  other text is taken.
- Keys without a name (``metrics. > 1``) and of three parts (``tags.`a`.`b` ``) find nothing there and are refused here.
"""

from __future__ import annotations

import pytest

from mlflow.search.fields import EXPERIMENTS, RUNS
from mlflow.search.parse import parse_filter
from mlflow.search.tree import And, Compare, Node, Not, Or


def attribute(key: str, op: str, value: object = None) -> Compare:
    return Compare("attribute", key, op, value)  # type: ignore[arg-type]


def tag(key: str, op: str, value: object = None) -> Compare:
    return Compare("tag", key, op, value)  # type: ignore[arg-type]


def metric(key: str, op: str, value: object = None) -> Compare:
    return Compare("metric", key, op, value)  # type: ignore[arg-type]


def param(key: str, op: str, value: object = None) -> Compare:
    return Compare("param", key, op, value)  # type: ignore[arg-type]


# Checked against MLflow 3.17.2.
AS_IN_MLFLOW: list[tuple[str, Node]] = [
    # entities, spaces, letter case of keywords
    ("metrics.acc > 0.4", metric("acc", ">", 0.4)),
    ("metrics.acc>0.4", metric("acc", ">", 0.4)),
    ("  metric.acc\n>\t0.4 ", metric("acc", ">", 0.4)),
    ("tags.e\u00a0= ''", tag("e", "=", "")),
    ("param.p = '1'", param("p", "=", "1")),
    ("parameter.p = '1'", param("p", "=", "1")),
    ("parameters.p = '1'", param("p", "=", "1")),
    ("params.p LIKE '1%'", param("p", "LIKE", "1%")),
    ("tag.t iLiKe 'IT%'", tag("t", "ILIKE", "IT%")),
    ("status = 'RUNNING'", attribute("status", "=", "RUNNING")),
    ("attributes.status = 'RUNNING'", attribute("status", "=", "RUNNING")),
    ("attribute.status = 'RUNNING'", attribute("status", "=", "RUNNING")),
    ("attr.status = 'RUNNING'", attribute("status", "=", "RUNNING")),
    ("run.status = 'RUNNING'", attribute("status", "=", "RUNNING")),
    ("start_time >= 1000", attribute("start_time", ">=", 1000)),
    ("start_time > 0.5", attribute("start_time", ">", 0.5)),
    ("created > 0", attribute("start_time", ">", 0)),
    ("attributes.Created > 0", attribute("start_time", ">", 0)),
    ("end_time != 0", attribute("end_time", "!=", 0)),
    # quoted keys: any quotes after a dot, back-ticks or double quotes alone
    ("`run name` = 'A'", attribute("run_name", "=", "A")),
    ('"Run Name" = "A"', attribute("run_name", "=", "A")),
    ("attributes.`Run name` = 'A'", attribute("run_name", "=", "A")),
    ("metrics.`a b` > 0", metric("a b", ">", 0.0)),
    ('metrics."a b" > 0', metric("a b", ">", 0.0)),
    ("metrics.'a b' > 0", metric("a b", ">", 0.0)),
    ("`tags`.`k-k` = 'v'", tag("k-k", "=", "v")),
    ("`tags`.mlflow.user = 'v'", tag("mlflow.user", "=", "v")),
    # dotted keys, scripts, keys that look like keywords or numbers
    ("tags.mlflow.source.name = 'train.py'", tag("mlflow.source.name", "=", "train.py")),
    ("tags.`mlflow.source.name` = 'train.py'", tag("mlflow.source.name", "=", "train.py")),
    ("tags.ü = 'ü'", tag("ü", "=", "ü")),
    ("metrics.like > 0", metric("like", ">", 0.0)),
    ("metrics.and > 0", metric("and", ">", 0.0)),
    ("metrics.not > 0", metric("not", ">", 0.0)),
    ("metrics.is > 0", metric("is", ">", 0.0)),
    ("metrics.1a > 0", metric("1a", ">", 0.0)),
    # text has no escapes
    ("tags.t = 'it''s'", tag("t", "=", "it''s")),
    ('tags.t = "it\'s"', tag("t", "=", "it's")),
    ('tags.t = "say ""hi"""', tag("t", "=", 'say ""hi""')),
    (r"tags.t = 'it\'s'", tag("t", "=", r"it\'s")),
    (r"tags.t = 'a\b'", tag("t", "=", r"a\b")),
    ("tags.t = 'a\\'", tag("t", "=", "a\\")),
    ("tags.t = 'x;y -- (z) AND'", tag("t", "=", "x;y -- (z) AND")),
    # numbers
    ("metrics.a > -1", metric("a", ">", -1.0)),
    ("metrics.a=-1", metric("a", "=", -1.0)),
    ("metrics.a > 1E-3", metric("a", ">", 0.001)),
    ("metrics.a > .3", metric("a", ">", 0.3)),
    ("metrics.a > 1.", metric("a", ">", 1.0)),
    ("metrics.a < 1e400", metric("a", "<", float("inf"))),
    ("metrics.a < 99999999999999999999999999", metric("a", "<", 1e26)),
    # lists and nulls
    ("run_id IN ('a')", attribute("run_id", "IN", ("a",))),
    ("run_id IN('a',\"b\")", attribute("run_id", "IN", ("a", "b"))),
    ("run_id NOT  in ( 'a' , 'b', )", attribute("run_id", "NOT IN", ("a", "b"))),
    ("datasets.digest IN ('d')", Compare("dataset", "digest", "IN", ("d",))),
    ("dataset.context LIKE 'tr%'", Compare("dataset", "context", "LIKE", "tr%")),
    ("tags.e IS NULL", tag("e", "IS NULL")),
    ("params.p is not null", param("p", "IS NOT NULL")),
    # AND: glued texts leave it at an end, doubled, or out
    ("tags.a = '' aNd tags.b = ''", And((tag("a", "=", ""), tag("b", "=", "")))),
    ("tags.a = ''AND tags.b = ''", And((tag("a", "=", ""), tag("b", "=", "")))),
    (" AND tags.a = ''", tag("a", "=", "")),
    ("tags.a = '' AND ", tag("a", "=", "")),
    ("tags.a = '' AND AND tags.b = ''", And((tag("a", "=", ""), tag("b", "=", "")))),
    ("tags.a = '' tags.b = ''", And((tag("a", "=", ""), tag("b", "=", "")))),
    ("tags.a IS NULL `run name` = 'A'", And((tag("a", "IS NULL"), attribute("run_name", "=", "A")))),
    ("run_id IN ('a') \"run name\" = 'A'", And((attribute("run_id", "IN", ("a",)), attribute("run_name", "=", "A")))),
]

BEYOND_MLFLOW: list[tuple[str, Node]] = [
    ("metrics.val-loss > 0", metric("val-loss", ">", 0.0)),
    ("metrics.val/loss:1 > 0", metric("val/loss:1", ">", 0.0)),
    ("metrics.5 > 0", metric("5", ">", 0.0)),
    ("metrics.in > 0", metric("in", ">", 0.0)),
    ("tags.case = 'x'", tag("case", "=", "x")),
    ("metrics.a > +1", metric("a", ">", 1.0)),
    ("status IN ('RUNNING', 'FAILED')", attribute("status", "IN", ("RUNNING", "FAILED"))),
    ("tags.t NOT IN ('a')", tag("t", "NOT IN", ("a",))),
    ("params.p IN ('1')", param("p", "IN", ("1",))),
    ("metrics.acc IS NULL", metric("acc", "IS NULL")),
    ("end_time IS  NOT\nNULL", attribute("end_time", "IS NOT NULL")),
    ("artifact_uri RLIKE '^s3://'", attribute("artifact_uri", "RLIKE", "^s3://")),
    ("start_time < 99999999999999999999999999", attribute("start_time", "<", 1e26)),  # MLflow: 500
    ("NOT status = 'x'", Not(attribute("status", "=", "x"))),
    ("not not status = 'x'", Not(Not(attribute("status", "=", "x")))),
    ("((status = 'x'))", attribute("status", "=", "x")),
    ("status NOT LIKE 'x%'", Not(attribute("status", "LIKE", "x%"))),
    ("tags.t not  rlike 'x'", And((tag("t", "IS NOT NULL"), Not(tag("t", "RLIKE", "x"))))),
    ("metrics.a > 1 or metrics.b > 1", Or((metric("a", ">", 1.0), metric("b", ">", 1.0)))),
]


@pytest.mark.parametrize(("text", "expected"), AS_IN_MLFLOW + BEYOND_MLFLOW, ids=lambda value: repr(value)[:60])
def test_a_filter_means(text: str, expected: Node) -> None:
    assert parse_filter(text, RUNS) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name LIKE 'a%'", attribute("name", "LIKE", "a%")),
        ("experiment_id = '1'", attribute("experiment_id", "=", "1")),
        ("experiment_id = 1", attribute("experiment_id", "=", "1")),
        ("experiment_id NOT IN (1, '2')", attribute("experiment_id", "NOT IN", ("1", "2"))),
        ("creation_time > 0", attribute("creation_time", ">", 0)),
        ("attribute.last_update_time != 3", attribute("last_update_time", "!=", 3)),
        ("tags.k IS NULL", tag("k", "IS NULL")),
    ],
)
def test_a_filter_on_experiments_means(text: str, expected: Node) -> None:
    assert parse_filter(text, EXPERIMENTS) == expected


@pytest.mark.parametrize("text", [None, "", "   ", "\n\t", "AND", "and and"])
def test_nothing_written_is_no_filter(text: str | None) -> None:
    assert parse_filter(text, RUNS) is None


def test_and_binds_tighter_than_or_and_not_tighter_than_both() -> None:
    a, b, c = tag("a", "=", "1"), tag("b", "=", "1"), tag("c", "=", "1")

    tree = parse_filter("tags.a = '1' OR NOT tags.b = '1' AND tags.c = '1'", RUNS)

    assert tree == Or((a, And((Not(b), c))))


def test_parentheses_group() -> None:
    a, b, c = tag("a", "=", "1"), tag("b", "=", "1"), tag("c", "=", "1")

    assert parse_filter("(tags.a = '1' OR tags.b = '1') AND tags.c = '1'", RUNS) == And((Or((a, b)), c))


def test_a_chain_is_one_node_however_it_is_bracketed() -> None:
    a, b, c = tag("a", "=", "1"), tag("b", "=", "1"), tag("c", "=", "1")

    assert parse_filter("(tags.a = '1' AND tags.b = '1') AND (tags.c = '1')", RUNS) == And((a, b, c))


def test_a_clause_knows_where_it_stands() -> None:
    tree = parse_filter("tags.a = '1' AND  tags.b = '2'", RUNS)

    assert isinstance(tree, And)
    assert [part.position for part in tree.parts if isinstance(part, Compare)] == [0, 18]


def test_whole_numbers_stay_whole_for_times_and_become_floats_for_metrics() -> None:
    time, value = parse_filter("start_time = 3", RUNS), parse_filter("metrics.a = 3", RUNS)

    assert isinstance(time, Compare)
    assert isinstance(value, Compare)
    assert (type(time.value), type(value.value)) == (int, float)


def test_the_same_text_is_read_once() -> None:
    text = "tags.cached = 'yes'"

    assert parse_filter(text, RUNS) is parse_filter(text, RUNS)


def test_the_same_text_may_mean_something_else_to_another_resource() -> None:
    assert parse_filter("run.status = 'x'", RUNS) == attribute("status", "=", "x")
    assert parse_filter("experiment.name = 'x'", EXPERIMENTS) == attribute("name", "=", "x")


def test_400_clauses_and_ten_levels_are_allowed() -> None:
    wide = " AND ".join(["tags.k=''"] * 400)
    deep = "(NOT " * 5 + "tags.k = ''" + ")" * 5

    assert isinstance(parse_filter(wide, RUNS), And)
    assert isinstance(parse_filter(deep, RUNS), Not)
