"""Searching runs: what their entities are in SQL, and cutting a page."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, not_, or_, select

from mlflow.api.runs import SearchRuns
from mlflow.entities import RunStatus, ViewType
from mlflow.search.fields import RUNS
from mlflow.search.parse import parse_filter, parse_order_by
from mlflow.search.tree import Compare, OrderBy
from mlflow.store.sql.answers.experiments import number_of
from mlflow.store.sql.search.conditions import Condition, Conditions, never
from mlflow.store.sql.search.paging import Kind, SortKey, behind, places, read_token, write_token
from mlflow.store.sql.statements import Statement, among
from mlflow.store.sql.tables import (
    dataset_input_tags,
    dataset_inputs,
    datasets,
    latest_metrics,
    params,
    run_tags,
    runs,
)
from mlflow.store.sql.transaction import Transaction

_CONTEXT_TAG = "mlflow.data.context"
_STATUS = case(*((runs.c.status == number, RunStatus.to_string(number)) for number in RunStatus.all_status()), else_="")
_ATTRIBUTES: dict[str, ColumnElement[Any]] = {
    "run_id": runs.c.run_id,
    "run_name": runs.c.name,
    "status": _STATUS,
    "user_id": runs.c.user_id,
    "artifact_uri": runs.c.artifact_uri,
    "start_time": runs.c.start_time,
    "end_time": runs.c.end_time,
}
_TEXT_ATTRIBUTES = ("run_id", "run_name", "status", "user_id", "artifact_uri")

# How many runs are counted to choose a plan; counting more would cost more than the choice can save.
_COUNTED = 20_000
# Of how many runs one is taken to pass the filter, when choosing a plan.
_PASSING = 10


class RunConditions(Conditions):
    """Clauses on runs; those on metrics, params and tags are probes of their tables by (run, key)."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction.database)
        self._transaction = transaction

    def clause(self, compare: Compare) -> Condition:
        match compare.entity:
            case "attribute":
                return self.column(_ATTRIBUTES[compare.key], compare)
            case "metric":
                return self._metric(compare)
            case "param":
                return self._keyed(params, compare)
            case "tag":
                return self._probe(run_tags, run_tags.c.key == compare.key, compare)
        return self._dataset(compare)

    def _metric(self, compare: Compare) -> Condition:
        number = self._transaction.known_key(compare.key)
        if number is None:
            return runs.c.id.is_not(None) if compare.op == "IS NULL" else never()
        table = latest_metrics
        there = (table.c.run == runs.c.id, table.c.key == number)
        match compare.op:
            case "IS NULL":
                return not_(exists().where(*there))
            case "IS NOT NULL":
                return exists().where(*there)
        holds = self.number(table.c.value, compare.op, compare.value)
        nan = table.c.is_nan == 1
        return exists().where(*there, or_(nan, holds) if compare.op == "!=" else and_(not_(nan), holds))

    def _keyed(self, table: Any, compare: Compare) -> Condition:
        number = self._transaction.known_key(compare.key)
        if number is None:
            return runs.c.id.is_not(None) if compare.op == "IS NULL" else never()
        return self._probe(table, table.c.key == number, compare)

    def _probe(self, table: Any, key: Condition, compare: Compare) -> Condition:
        there = exists().where(table.c.run == runs.c.id, key)
        match compare.op:
            case "IS NULL":
                return not_(there)
            case "IS NOT NULL":
                return there
        return there.where(self.text(table.c.value, compare))

    def _dataset(self, compare: Compare) -> Condition:
        used = exists().where(dataset_inputs.c.run == runs.c.id)
        if compare.key == "context":
            return used.where(
                dataset_input_tags.c.run == dataset_inputs.c.run,
                dataset_input_tags.c.dataset == dataset_inputs.c.dataset,
                dataset_input_tags.c.key == _CONTEXT_TAG,
                self.text(dataset_input_tags.c.value, compare),
            )
        return used.where(datasets.c.id == dataset_inputs.c.dataset, self.text(datasets.c[compare.key], compare))


class _Order:
    """The sort keys of a search, and the tables they must be joined with."""

    def __init__(self, transaction: Transaction, orders: tuple[OrderBy, ...]) -> None:
        self.keys: list[SortKey] = []
        self.joins: list[tuple[Any, Condition]] = []
        self.names: list[str] = []
        self.leading_metric: Any = None  # the joined table, when the first key is a metric that exists
        for order in orders:
            self._add(transaction, order)
        if ("attribute", "start_time") not in {(order.entity, order.key) for order in orders}:
            self._sort(runs.c.start_time, False, "int")
        self._sort(runs.c.run_id, True, "text")

    def _sort(self, expression: ColumnElement[Any], ascending: bool, kind: Kind) -> None:
        self.keys.append(SortKey(expression, ascending, kind))

    def _add(self, transaction: Transaction, order: OrderBy) -> None:
        self.names.append(f"{order.entity}.{order.key} {order.ascending}")
        if order.entity == "attribute":
            column = _ATTRIBUTES[order.key]
            if order.key == "end_time":
                self._sort(case((column.is_(None), 1), else_=0), True, "int")
                column = func.coalesce(column, 0)
            self._sort(column, order.ascending, "text" if order.key in _TEXT_ATTRIBUTES else "int")
            return
        if order.entity == "tag":
            table: Any = run_tags.alias()
            key = table.c.key == order.key
        else:
            number = transaction.known_key(order.key)
            if number is None:
                return  # every run lacks it, so it orders nothing
            table = (latest_metrics if order.entity == "metric" else params).alias()
            key = table.c.key == number
        self.joins.append((table, and_(table.c.run == runs.c.id, key)))
        if order.entity == "metric":
            if not self.keys:
                self.leading_metric = table
            # Numbers, then NaN, then missing, in both directions.
            self._sort(case((table.c.run.is_(None), 2), else_=table.c.is_nan), True, "int")
            self._sort(func.coalesce(table.c.value, 0.0), order.ascending, "float")
        else:
            self._sort(case((table.c.run.is_(None), 1), else_=0), True, "int")
            self._sort(func.coalesce(table.c.value, ""), order.ascending, "text")


def page_of_runs(transaction: Transaction, call: SearchRuns) -> tuple[list[int], str | None]:
    """Return the numbers of the runs on a page, and the token of the next page.

    Raises:
        InvalidParameter: bad filter, order or token.
    """
    tree = parse_filter(call.filter, RUNS)
    orders = parse_order_by(call.order_by, RUNS)
    order = _Order(transaction, orders)
    place = read_token(call.page_token, order.names, order.keys) if call.page_token else None
    experiments = sorted({number_of(experiment_id) for experiment_id in call.experiment_ids})
    if not experiments:
        return [], None
    conditions: list[Condition] = []
    if call.run_view_type == ViewType.ACTIVE_ONLY:
        conditions.append(runs.c.deleted_time.is_(None))
    elif call.run_view_type == ViewType.DELETED_ONLY:
        conditions.append(runs.c.deleted_time.is_not(None))
    if tree is not None:
        conditions.append(RunConditions(transaction).of(tree))
    wanted = call.max_results + 1
    walk = order.leading_metric is not None and _walk_pays(transaction, experiments, call.max_results)
    rows: list[list[Any]] = []
    if walk and (place is None or place[0] == 0):
        rows = _walk(transaction, order, conditions, experiments, place, wanted)
    if len(rows) < wanted:
        rest = select(runs.c.id).select_from(runs).where(*conditions)
        rest = rest.where(_of_experiments(transaction, runs.c.experiment, experiments))
        for table, on in order.joins:
            rest = rest.outerjoin(table, on)
        if walk and (place is None or place[0] == 0):
            rest = rest.where(order.keys[0].expression > 0)
        elif place is not None:
            rest = rest.where(behind(order.keys, place))
        rest = rest.order_by(*(key.order for key in order.keys)).limit(wanted - len(rows))
        rows += places(transaction, rest, runs.c.id, order.keys)
    page = rows[: call.max_results]
    token = write_token(order.names, page[-1][1:]) if len(rows) == wanted else None
    return [row[0] for row in page], token


def _walk(
    transaction: Transaction,
    order: _Order,
    conditions: list[Condition],
    experiments: list[int],
    place: list[str | int | float] | None,
    wanted: int,
) -> list[list[Any]]:
    """Return the places of runs that have a number for the leading metric, read along that metric's index."""
    table = order.leading_metric
    keys = [SortKey(table.c.value, order.keys[1].ascending, "float"), *order.keys[2:]]
    (_, on), *joins = order.joins
    # `+ 0` keeps SQLite from entering by the experiment's index instead of the metric's. PostgreSQL would take it for a
    # condition that one run in two hundred meets, and sort; from what it knows of the column itself it walks.
    column = runs.c.experiment + 0 if transaction.database.one_writer else runs.c.experiment
    of_experiments = _of_experiments(transaction, column, experiments)
    query = select(runs.c.id).select_from(table).join(runs, on)
    for joined, on_it in joins:
        query = query.outerjoin(joined, on_it)
    query = query.where(table.c.is_nan == 0, of_experiments, *conditions)
    if place is not None:
        query = query.where(behind(keys, place[1:]))
    query = query.order_by(*(key.order for key in keys)).limit(wanted)
    return places(transaction, query, runs.c.id, [SortKey(table.c.is_nan, True, "int"), *keys])


def _of_experiments(transaction: Transaction, column: ColumnElement[Any], experiments: list[int]) -> Condition:
    if len(experiments) == 1:
        return column == experiments[0]
    return among(column, "experiments", value=transaction.database.array(experiments))


_COUNT = Statement(
    select(func.count()).select_from(
        select(runs.c.id).where(among(runs.c.experiment, "experiments")).limit(_COUNTED).subquery()
    )
)
_LAST = Statement(select(func.max(runs.c.id)))


def _walk_pays(transaction: Transaction, experiments: list[int], page: int) -> bool:
    """Tell whether following the metric's index until a page is full beats sorting all runs of the experiments.

    Following it visits page / (share of the experiments among all runs) runs, times as many as the filter drops.
    """
    mine = transaction.rows(_COUNT, experiments=transaction.database.array(experiments))[0][0]
    last = transaction.rows(_LAST)[0][0] or 1
    return bool(mine) and page * _PASSING * last / mine < mine
