"""Laws that hold for every text and every tree."""

from __future__ import annotations

import math
import re
import time
from typing import Literal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mlflow.exceptions import InvalidParameter
from mlflow.search.fields import ORDER_OPERATORS, RUNS, TEXT_OPERATORS, Field
from mlflow.search.parse import parse_filter, parse_order_by
from mlflow.search.python import matches
from mlflow.search.tree import Compare, Node, Not, Or, all_of, any_of, compares, to_text
from tests.search.things import Thing

# Texts made of the language's own words reach further into the parser than arbitrary ones.
_WORDS = (
    'metrics.a|tags.`b c`|status|"run name"|run_id|\'x\'|"y"|1|-2.5e3|=|!=|<|LIKE|NOT|IN|RLIKE|IS NULL|IS|NULL'
    "|(|)|,|AND|OR|ASC|desc|'|`|\\|."
)
WORDS = st.lists(st.sampled_from(_WORDS.split("|")), max_size=14)
SENTENCES = st.builds(lambda words, glue: glue.join(words), WORDS, st.sampled_from([" ", "", "\n"]))


@given(st.text(max_size=200) | SENTENCES)
@example("'" + "\\'" * 9_000)
@example('"' + '""' * 9_000)
@example("`" * 19_999)
@example("((((" + "NOT " * 4_000)
@example("tags.a IN (" + "'x'," * 4_000)
@example("a." * 9_000)
@example("1" * 19_000 + " < metrics.a")
@example("metrics.a < " + "1" * 19_000)
@example("start_time < " + "1" * 5_000)
@example("tags.a ILIKE '" + "%a" * 9_000 + "'")
@example(" AND" * 4_000)
@settings(max_examples=400)
def test_any_text_is_read_or_refused_quickly_and_in_no_other_way(text: str) -> None:
    started = time.perf_counter()
    try:
        tree = parse_filter(text, RUNS)
    except InvalidParameter as refusal:
        assert len(refusal.message) < 1000  # noqa: PT017 - either outcome is fine, no other is
    else:
        assert tree is None or all(compare.position <= len(text) for compare in compares(tree))
    assert time.perf_counter() - started < 2


@given(st.text(max_size=100) | SENTENCES)
def test_any_order_by_is_read_or_refused_and_in_no_other_way(item: str) -> None:
    try:
        (order,) = parse_order_by([item], RUNS)
    except InvalidParameter:
        return
    assert order.entity in ("attribute", "metric", "param", "tag")


def _printable(text: str) -> bool:
    return not ("'" in text and '"' in text) and not text.endswith("\\") and not re.search("[\x00\ud800-\udfff]", text)


TEXTS = st.text(max_size=12).filter(_printable)
KEYS = st.text(min_size=1, max_size=12).filter(_printable).filter(lambda key: "`" not in key)
FLOATS = st.floats(allow_nan=False)
NUMBERS = st.integers(min_value=-(2**63), max_value=2**63 - 1) | FLOATS


@st.composite
def clauses(draw: st.DrawFn) -> Node:
    entity = draw(st.sampled_from(RUNS.entities))
    field = draw(st.sampled_from([*entity.fields, *([entity.any_key] if entity.any_key else [])]))
    key = field.name or draw(KEYS)
    op = draw(st.sampled_from(field.operators))
    return Compare(entity.name, key, op, draw(_values(op, field)))  # type: ignore[arg-type]


def _values(op: str, field: Field) -> st.SearchStrategy[str | int | float | tuple[str, ...] | None]:
    if op.startswith("IS"):
        return st.none()
    if op.endswith("IN"):
        return st.lists(TEXTS, min_size=1, max_size=3).map(tuple)
    if op == "RLIKE":
        return st.sampled_from(["", "a.b", "^x$", "(?i)ä+"])
    if field.kind == "float":
        return FLOATS
    return NUMBERS if field.kind == "int" else TEXTS


def _joined(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, min_size=1, max_size=3)
    return several.map(lambda nodes: all_of(*nodes)) | several.map(lambda nodes: any_of(*nodes)) | parts.map(Not)


TREES: st.SearchStrategy[Node] = st.recursive(clauses(), _joined, max_leaves=8)


@given(TREES)
@example(Compare("attribute", "start_time", "<", 2**63 - 1))
@example(Compare("attribute", "start_time", ">", -(2**63)))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
def test_a_tree_written_as_text_reads_as_the_same_tree(tree: Node) -> None:
    assert parse_filter(to_text(tree), RUNS) == tree


@given(TREES)
def test_writing_changes_no_meaning_of_the_numbers(tree: Node) -> None:
    again = parse_filter(to_text(tree), RUNS)

    assert again is not None
    for before, after in zip(compares(tree), compares(again), strict=True):
        assert type(before.value) is type(after.value)


THINGS = st.builds(
    Thing,
    attributes=st.dictionaries(st.sampled_from(["status", "run_name", "run_id"]), TEXTS)
    | st.dictionaries(st.sampled_from(["start_time", "end_time"]), st.integers()),
    metrics=st.dictionaries(KEYS, st.floats(), max_size=3),
    params=st.dictionaries(KEYS, TEXTS, max_size=3),
    tags=st.dictionaries(KEYS, TEXTS, max_size=3),
)


@given(TREES, TREES, THINGS)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_the_reader_follows_the_laws_of_logic(a: Node, b: Node, thing: Thing) -> None:
    has_a, has_b = matches(a, thing), matches(b, thing)

    assert matches(Not(a), thing) is not has_a
    assert matches(all_of(a, b), thing) is (has_a and has_b)
    assert matches(any_of(a, b), thing) is (has_a or has_b)
    assert matches(Not(Or((a, b))), thing) is matches(all_of(Not(a), Not(b)), thing)


@given(st.sampled_from(TEXT_OPERATORS), TEXTS, TEXTS)
def test_a_text_satisfies_exactly_one_of_an_operator_and_its_opposite(op: str, value: str, wanted: str) -> None:
    opposite: dict[str, Literal["=", "IN"]] = {"!=": "=", "NOT IN": "IN"}
    if op not in opposite:
        return
    thing = Thing(tags={"t": value})
    operand = (wanted,) if op == "NOT IN" else wanted

    negative = matches(Compare("tag", "t", op, operand), thing)  # type: ignore[arg-type]

    assert negative is not matches(Compare("tag", "t", opposite[op], operand), thing)


@given(st.sampled_from(ORDER_OPERATORS), FLOATS)
def test_nan_satisfies_not_equal_only(op: str, wanted: float) -> None:
    thing = Thing(metrics={"m": math.nan})

    assert matches(Compare("metric", "m", op, wanted), thing) is (op == "!=")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ['it\'s "quoted"', "ends in \\"])
def test_a_text_no_quotes_fit_around_cannot_be_written(text: str) -> None:
    with pytest.raises(ValueError, match="no escapes"):
        to_text(Compare("tag", "t", "=", text))
