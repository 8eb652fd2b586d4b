"""Random runs, random filters, random orders: every store finds what the plain reader in Python finds, page by page.

Left out on purpose: letters whose case Unicode folds in a way of their own (ſ, İ, ı, ς, the Kelvin sign), because ILIKE
folds as the database does; and times beyond 2**53, because PostgreSQL compares whole numbers with fractions as floats.
"""

from __future__ import annotations

import math
import random
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlflow.api.experiments import CreateExperiment
from mlflow.api.inputs import LogInputs
from mlflow.api.runs import CreateRun, DeleteRun, LogBatch, SearchRuns, UpdateRun
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.search.fields import RUNS, Field
from mlflow.search.python import matches
from mlflow.search.tree import Compare, Node, Not, all_of, any_of, to_text
from mlflow.store.base import Store
from tests.search.things import Thing

_RUNS = 60

_KEYS = ("a", "b c", "x/y", "ä.1", "never logged")
_TEXTS = (
    *("", " ", "a", "A", "b", "ab", "aB", "a b", "a\nb", "a_b", "a%b", "100%", "_", "%", "*", "?", "[a]", "a]", "\\d"),
    *(
        "ä",
        "Ä",
        "straße",
        "STRASSE",
        "Straße",
        "ñ",
        "n\u0303",
        "日本",
        "日本語",
        "😀",
        "é",
        "É",
        "10",
        "9",
        "-1",
        "null",
    ),
)
_NUMBERS = (0.0, -0.0, 1.0, 1.5, -1.5, 1e-300, 1e300, -1e300, 3.0, 2**53 + 0.0, 0.1)
_METRIC_VALUES = (*_NUMBERS, math.nan, math.nan, math.inf, -math.inf)
_TIMES = (0, 1, 2, 1_000, 1_700_000_000_000, 2**53 - 1)
_PATTERNS = (
    *("%", "", "a%", "%b", "A_B", "_", "__", "%a%b%", "a\\%", "ä%", "%ß%", "100%%", "[a]", "*", "%\n%", "日_語", "😀"),
)
_REGEXES = (
    *(
        "",
        "a",
        "^a",
        "b$",
        "a.b",
        "^.$",
        "^.b",
        "(?i)ä",
        "(?i)STRA",
        "[a-c]+",
        "a|日",
        "^$",
        "[^a]",
        "^[^a]b",
        "a{1,2}",
    ),
    *(
        r"\d",
        r"^\d+$",
        r"\ba\b",
        r"\Bb",
        r"\w",
        r"^\W$",
        r"\s",
        r"[\d_]",
        r"\Aa",
        r"b\z",
        r"(?P<x>a)b",
        r"(?s)a.b",
        r"\.",
    ),
)


class Population:
    """Runs in one experiment of a store, each beside what the plain reader sees of it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.experiment = store.call(CreateExperiment(name=uuid.uuid4().hex)).experiment_id
        choose = random.Random(11)
        self.things = [self._made(choose) for _ in range(_RUNS)]
        # Deleted, or of another experiment: never to be found.
        store.call(DeleteRun(run_id=str(self._made(choose).attributes["run_id"])))
        store.call(CreateRun(experiment_id="0", tags=[RunTag("a", "a")]))

    def _made(self, choose: random.Random) -> Thing:
        info = self.store.call(
            CreateRun(
                experiment_id=self.experiment,
                user_id=choose.choice(_TEXTS),
                run_name=choose.choice(_TEXTS[1:]),
                start_time=choose.choice(_TIMES),
            )
        ).run.info
        metrics, params, tags = ({key: choose.choice(pool) for key in _some(choose)} for pool in _POOLS)
        self.store.call(
            LogBatch(
                run_id=info.run_id,
                metrics=[Metric(key, value, 1, 1) for key, value in metrics.items()],
                params=[Param(key, value) for key, value in params.items()],
                tags=[RunTag(key, value) for key, value in tags.items()],
            )
        )
        datasets = [self._used(choose, info.run_id) for _ in range(choose.choice((0, 0, 1, 2)))]
        status, end_time = choose.choice(("RUNNING", "FINISHED", "FAILED")), choose.choice((None, *_TIMES))
        self.store.call(UpdateRun(run_id=info.run_id, status=status, end_time=end_time))
        attributes: dict[str, str | int | float] = {
            "run_id": info.run_id,
            "run_name": str(info.run_name),
            "user_id": info.user_id,
            "artifact_uri": str(info.artifact_uri),
            "start_time": info.start_time,
            "status": status,
            **({} if end_time is None else {"end_time": end_time}),
        }
        stored = {
            key: max(min(value, _LARGEST), -_LARGEST) if value == value else value for key, value in metrics.items()
        }
        return Thing(attributes, stored, params, tags | {"mlflow.runName": str(info.run_name)}, datasets)

    def _used(self, choose: random.Random, run_id: str) -> dict[str, str]:
        dataset = Dataset(choose.choice(_TEXTS[1:]), uuid.UUID(int=choose.getrandbits(128)).hex, "local", "/data")
        seen = {"name": dataset.name, "digest": dataset.digest}
        if choose.random() < 0.7:
            seen["context"] = choose.choice(_TEXTS)
        tags = [InputTag("mlflow.data.context", seen["context"])] if "context" in seen else []
        self.store.call(LogInputs(run_id=run_id, datasets=[DatasetInput(dataset, tags)]))
        return seen

    def search(self, tree: Node | None, order_by: list[str], page: int) -> Iterator[list[str]]:
        """Yield the run ids of one page after the other."""
        token = None
        while True:
            found = self.store.call(
                SearchRuns(
                    experiment_ids=[self.experiment],
                    filter=None if tree is None else to_text(tree),
                    order_by=order_by,
                    max_results=page,
                    page_token=token,
                )
            )
            yield [run.info.run_id for run in found.runs]
            token = found.next_page_token
            if not token:
                return


_LARGEST = 1.7976931348623157e308
_POOLS: tuple[tuple[Any, ...], ...] = (_METRIC_VALUES, _TEXTS, _TEXTS)


def _some(choose: random.Random) -> list[str]:
    return [key for key in _KEYS[:-1] if choose.random() < 0.6]


@pytest.fixture(scope="module")
def population(store: Store) -> Population:
    return Population(store)


@st.composite
def _clauses(draw: st.DrawFn) -> Node:
    entity = draw(st.sampled_from(RUNS.entities))
    field = draw(st.sampled_from([*entity.fields, *([entity.any_key] if entity.any_key else [])]))
    op = draw(st.sampled_from(field.operators))
    return Compare(entity.name, field.name or draw(st.sampled_from(_KEYS)), op, draw(_operands(op, field)))  # type: ignore[arg-type]


def _operands(op: str, field: Field) -> st.SearchStrategy[Any]:
    if op.startswith("IS"):
        return st.none()
    if op.endswith("IN"):
        return st.lists(st.sampled_from(_TEXTS), min_size=1, max_size=4).map(tuple)
    if op in ("LIKE", "ILIKE"):
        return st.sampled_from(_PATTERNS + _TEXTS)
    if op == "RLIKE":
        return st.sampled_from(_REGEXES)
    if field.kind == "float":
        return st.sampled_from((*_NUMBERS, math.inf, -math.inf)) | st.floats(allow_nan=False)
    if field.kind == "int":
        return st.sampled_from((*_TIMES, 0.5, 1.0, -(2**63), 2**63 - 1, 1e30)) | st.integers(-5, 5)
    return st.sampled_from((*_TEXTS, "RUNNING", "FINISHED"))


def _joined(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, min_size=2, max_size=3)
    return several.map(lambda nodes: all_of(*nodes)) | several.map(lambda nodes: any_of(*nodes)) | parts.map(Not)


_TREES: st.SearchStrategy[Node] = _clauses() | st.recursive(_clauses(), _joined, max_leaves=6)


@given(tree=_TREES)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_store_finds_what_the_plain_reader_finds(population: Population, tree: Node) -> None:
    (found,) = population.search(tree, [], 1000)

    wanted = {thing.attributes["run_id"] for thing in population.things if matches(tree, thing)}
    assert set(found) == wanted, to_text(tree)
    assert len(found) == len(wanted)


_ORDER_KEYS = (
    *(f"{entity}.`{key}`" for entity in ("metrics", "params", "tags") for key in _KEYS),
    *(f"attributes.{name}" for name in ("start_time", "end_time", "run_name", "status", "user_id", "run_id")),
)
_ORDERS = st.lists(st.tuples(st.sampled_from(_ORDER_KEYS), st.booleans()), max_size=3, unique_by=lambda order: order[0])


@given(orders=_ORDERS, page=st.integers(1, 25), tree=st.none() | _clauses())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_pages_give_each_run_once_and_in_order(
    population: Population, orders: list[tuple[str, bool]], page: int, tree: Node | None
) -> None:
    pages = list(
        population.search(tree, [f"{key} {'ASC' if ascending else 'DESC'}" for key, ascending in orders], page)
    )

    assert all(len(each) == page for each in pages[:-1]), "only the last page may be short"
    things = [thing for thing in population.things if matches(tree, thing)]
    wanted = [thing.attributes["run_id"] for thing in _in_order(things, orders)]
    assert [run_id for each in pages for run_id in each] == wanted


def _in_order(things: list[Thing], orders: list[tuple[str, bool]]) -> list[Thing]:
    """Sort by the last key first; each further sort leaves equals where they are."""
    if "attributes.start_time" not in dict(orders):
        orders = [*orders, ("attributes.start_time", False)]
    found = sorted(things, key=lambda thing: str(thing.attributes["run_id"]))
    for key, ascending in reversed(orders):
        values = {id(thing): _value(thing, key) for thing in found}
        found.sort(key=lambda thing: values[id(thing)][1], reverse=not ascending)
        found.sort(key=lambda thing: values[id(thing)][0])
    return found


def _value(thing: Thing, key: str) -> tuple[int, Any]:
    """Return 0 for a value, 1 for NaN and 2 for what is missing, whatever the direction; and the value."""
    entity, _, name = key.replace("`", "").partition(".")
    if entity == "attributes":
        value: Any = thing.attribute(name)
        missing: Any = 0
    elif entity == "metrics":
        value, missing = thing.metric(name), 0.0
    else:
        value, missing = (thing.param(name) if entity == "params" else thing.tag(name)), ""
    if value is None:
        return 2, missing
    return (1, 0.0) if value != value else (0, value)
