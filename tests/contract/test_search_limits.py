"""Every store answers the largest searches that the language allows; what is larger is refused as it is read."""

from __future__ import annotations

import pytest

from mlflow.api.metrics import LogMetric
from mlflow.api.runs import LogBatch, SearchRuns
from mlflow.entities import RunTag
from mlflow.search.parse import MAX_ORDER_KEYS
from mlflow.search.patterns import MAX_LIKE_LENGTH
from mlflow.search.syntax import MAX_CLAUSES, MAX_DEPTH
from mlflow.store.base import Store
from tests.contract.conftest import NewRun

# One of each shape that becomes SQL in its own way.
CLAUSES = (
    "start_time != 1",
    "end_time != 1",
    "metrics.m0 != 1",
    "metrics.m0 IS NULL",
    "tags.t0 NOT LIKE 'x%'",
    "tags.t0 NOT RLIKE 'x'",
    "params.p IN ('x')",
    "dataset.context = 'x'",
)


@pytest.fixture
def run(store: Store, new_run: NewRun) -> str:
    """A run with a value under every key that is asked for, so that none of the questions can be skipped."""
    run_id = new_run().info.run_id
    store.call(LogBatch(run_id=run_id, tags=[RunTag(f"t{n}", "y") for n in range(MAX_ORDER_KEYS)]))
    for number in range(MAX_ORDER_KEYS):
        store.call(LogMetric(run_id=run_id, key=f"m{number}", value=2.0, timestamp=1))
    return run_id


def ask(store: Store, experiment: str, filter_string: str = "", order_by: list[str] | None = None) -> int:
    call = SearchRuns(experiment_ids=[experiment], filter=filter_string, order_by=order_by or [])
    return len(store.call(call).runs)


@pytest.mark.parametrize("clause", CLAUSES)
@pytest.mark.parametrize("joint", [" AND ", " OR "])
def test_the_longest_chain(store: Store, experiment: str, run: str, clause: str, joint: str) -> None:
    assert ask(store, experiment, joint.join([clause] * MAX_CLAUSES)) == ask(store, experiment, clause)


@pytest.mark.parametrize("clause", CLAUSES)
def test_the_deepest_nest_of_and_and_or(store: Store, experiment: str, run: str, clause: str) -> None:
    depth = MAX_DEPTH - 1  # the list of IN is a level
    text = f"({clause} OR {clause} AND " * depth + clause + ")" * depth

    assert ask(store, experiment, text) == ask(store, experiment, clause)


@pytest.mark.parametrize("clause", CLAUSES)
def test_the_deepest_nest_of_not(store: Store, experiment: str, run: str, clause: str) -> None:
    depth = (MAX_DEPTH - 1) // 2
    text = f"({clause} AND NOT " * depth + f"NOT {clause}" + ")" * depth

    # c AND NOT (c AND NOT (… NOT c)): with c it is true for an even number of levels, without c never.
    assert depth % 2 == 0
    assert ask(store, experiment, text) == 0


@pytest.mark.parametrize("operator", ["LIKE", "ILIKE"])
@pytest.mark.parametrize("character", ["x", "[", "É", "😀"])
def test_the_longest_pattern(store: Store, experiment: str, run: str, operator: str, character: str) -> None:
    assert ask(store, experiment, f"tags.t0 {operator} '{character * MAX_LIKE_LENGTH}'") == 0
    assert ask(store, experiment, f"tags.t0 {operator} '{'%' * MAX_LIKE_LENGTH}'") == 1


@pytest.mark.parametrize("kind", ["metrics.m", "tags.t"])
def test_the_most_keys_to_order_by_also_on_the_second_page(
    store: Store, experiment: str, run: str, new_run: NewRun, kind: str
) -> None:
    other = new_run().info.run_id
    order = [f"{kind}{number} DESC" for number in range(MAX_ORDER_KEYS)]
    call = SearchRuns(experiment_ids=[experiment], order_by=order, max_results=1)
    first = store.call(call)
    call.page_token = first.next_page_token

    assert [page.runs[0].info.run_id for page in (first, store.call(call))] == [run, other]
