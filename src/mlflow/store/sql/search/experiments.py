"""Searching experiments: what their entities are in SQL, and cutting a page."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, cast, exists, not_, select

from mlflow.api.experiments import SearchExperiments
from mlflow.entities import ViewType
from mlflow.search.fields import EXPERIMENTS
from mlflow.search.parse import parse_filter, parse_order_by
from mlflow.search.tree import Compare
from mlflow.store.sql.search.conditions import Condition, Conditions
from mlflow.store.sql.search.paging import SortKey, behind, read_token, write_token
from mlflow.store.sql.statements import Statement
from mlflow.store.sql.tables import experiment_tags, experiments
from mlflow.store.sql.transaction import Row, Transaction

_COLUMNS = (
    experiments.c.id,
    experiments.c.name,
    experiments.c.artifact_location,
    experiments.c.deleted_time,
    experiments.c.creation_time,
    experiments.c.last_update_time,
)
_ATTRIBUTES: dict[str, ColumnElement[Any]] = {
    "name": experiments.c.name,
    "experiment_id": cast(experiments.c.id, Text),
    "creation_time": experiments.c.creation_time,
    "last_update_time": experiments.c.last_update_time,
}


class ExperimentConditions(Conditions):
    """Clauses on experiments."""

    def clause(self, compare: Compare) -> Condition:
        if compare.entity == "attribute":
            return self.column(_ATTRIBUTES[compare.key], compare)
        there = exists().where(experiment_tags.c.experiment == experiments.c.id, experiment_tags.c.key == compare.key)
        match compare.op:
            case "IS NULL":
                return not_(there)
            case "IS NOT NULL":
                return there
        return there.where(self.text(experiment_tags.c.value, compare))


def page_of_experiments(transaction: Transaction, call: SearchExperiments) -> tuple[list[Row], str | None]:
    """Return the rows of a page and the token of the next.

    Raises:
        InvalidParameter: bad filter, order or token.
    """
    tree = parse_filter(call.filter, EXPERIMENTS)
    orders = parse_order_by(call.order_by, EXPERIMENTS)
    keys: list[SortKey] = []
    for order in orders or ():
        by_number = order.key == "experiment_id"
        column = experiments.c.id if by_number else _ATTRIBUTES[order.key]
        keys.append(SortKey(column, order.ascending, "text" if order.key == "name" else "int"))
    if not orders:
        keys.append(SortKey(experiments.c.creation_time, False, "int"))
    if "experiment_id" not in {order.key for order in orders}:
        # The tie-break of MLflow: smallest number first by default, largest first with an order of one's own.
        keys.append(SortKey(experiments.c.id, not orders, "int"))
    names = [f"{order.key} {order.ascending}" for order in orders]

    query = select(*_COLUMNS, *(key.expression for key in keys))
    if call.view_type == ViewType.ACTIVE_ONLY:
        query = query.where(experiments.c.deleted_time.is_(None))
    elif call.view_type == ViewType.DELETED_ONLY:
        query = query.where(experiments.c.deleted_time.is_not(None))
    if tree is not None:
        query = query.where(ExperimentConditions(transaction.database).of(tree))
    if call.page_token:
        query = query.where(behind(keys, read_token(call.page_token, names, keys)))
    query = query.order_by(*(key.order for key in keys)).limit(call.max_results + 1)
    found = transaction.rows(Statement(query))
    page = found[: call.max_results]
    token = write_token(names, page[-1][len(_COLUMNS) :]) if len(found) > call.max_results else None
    return [row[: len(_COLUMNS)] for row in page], token
