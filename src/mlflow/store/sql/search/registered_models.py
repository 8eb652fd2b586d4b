"""Searching models and prompts: what their entities are in SQL, and cutting a page."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select

from mlflow.api.registered_models import SearchRegisteredModels
from mlflow.search.fields import REGISTERED_MODELS
from mlflow.search.parse import parse_filter, parse_order_by
from mlflow.search.tree import Compare
from mlflow.store.sql.search.conditions import Condition, Conditions
from mlflow.store.sql.search.kinds import by_kind
from mlflow.store.sql.search.paging import SortKey, behind, places, read_token, write_token
from mlflow.store.sql.tables import registered_model_tags, registered_models
from mlflow.store.sql.transaction import Transaction

_ATTRIBUTES: dict[str, ColumnElement[Any]] = {
    "name": registered_models.c.name,
    "creation_timestamp": registered_models.c.creation_time,
    "last_updated_timestamp": registered_models.c.last_update_time,
}


class ModelConditions(Conditions):
    """Clauses on models and prompts."""

    def clause(self, compare: Compare) -> Condition:
        if compare.entity == "attribute":
            return self.column(_ATTRIBUTES[compare.key], compare)
        there = exists().where(
            registered_model_tags.c.model == registered_models.c.id, registered_model_tags.c.key == compare.key
        )
        match compare.op:
            case "IS NULL":
                return not_(there)
            case "IS NOT NULL":
                return there
        return there.where(self.text(registered_model_tags.c.value, compare))


def page_of_models(transaction: Transaction, call: SearchRegisteredModels) -> tuple[list[int], str | None]:
    """Return the numbers of the models on a page, and the token of the next.

    Raises:
        InvalidParameter: bad filter, order or token.
    """
    kinds = by_kind(parse_filter(call.filter, REGISTERED_MODELS))
    orders = parse_order_by(call.order_by, REGISTERED_MODELS)
    keys = [_key(order.key, order.ascending) for order in orders]
    if "name" not in {order.key for order in orders}:
        keys.append(_key("name", True))
    names = ["registered_models", *(f"{order.key} {order.ascending}" for order in orders)]
    place = read_token(call.page_token, names, keys) if call.page_token else None
    if not kinds:
        return [], None

    conditions = ModelConditions(transaction.database)
    of_kinds: list[Condition] = []
    for kind, rest in kinds.items():
        of_kind = registered_models.c.kind == kind
        of_kinds.append(of_kind if rest is None else and_(of_kind, conditions.of(rest)))
    query = select(registered_models.c.id).select_from(registered_models).where(or_(*of_kinds))
    if place is not None:
        query = query.where(behind(keys, place))
    query = query.order_by(*(key.order for key in keys)).limit(call.max_results + 1)
    rows = places(transaction, query, registered_models.c.id, keys)
    page = rows[: call.max_results]
    token = write_token(names, page[-1][1:]) if len(rows) > len(page) else None
    return [row[0] for row in page], token


def _key(name: str, ascending: bool) -> SortKey:
    return SortKey(_ATTRIBUTES[name], ascending, "text" if name == "name" else "int")
