"""Searching versions of models, or of prompts: what their entities are in SQL, and cutting a page."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, exists, not_, select

from mlflow.api.model_versions import SearchModelVersions
from mlflow.entities.prompt_tags import IS_PROMPT
from mlflow.exceptions import InvalidParameter
from mlflow.search.fields import MODEL_VERSIONS
from mlflow.search.parse import parse_filter, parse_order_by
from mlflow.search.tree import Compare
from mlflow.store.sql.answers.entries import versions_of
from mlflow.store.sql.answers.prompt_tags import COLUMNS
from mlflow.store.sql.search.conditions import Condition, Conditions
from mlflow.store.sql.search.kinds import by_kind
from mlflow.store.sql.search.paging import SortKey, behind, places, read_token, write_token
from mlflow.store.sql.tables import MODEL, PROMPT, model_version_tags, prompt_versions, registered_models
from mlflow.store.sql.transaction import Transaction

# MLflow's page has 200,000 versions unless told otherwise; of prompts that could be gigabytes of templates.
_PROMPTS_ON_A_PAGE = 1000


def _attributes(versions: Table) -> dict[str, ColumnElement[Any]]:
    return {
        "name": registered_models.c.name,
        "version_number": versions.c.version,
        "run_id": versions.c.run_id,
        "source_path": versions.c.source,
        "creation_timestamp": versions.c.creation_time,
        "last_updated_timestamp": versions.c.last_update_time,
    }


class VersionConditions(Conditions):
    """Clauses on versions in one table."""

    def __init__(self, transaction: Transaction, versions: Table) -> None:
        super().__init__(transaction.database)
        self._versions = versions
        self._attributes = _attributes(versions)

    def clause(self, compare: Compare) -> Condition:
        if compare.entity == "attribute":
            holds = self.column(self._attributes[compare.key], compare)
            # A version of no run has an empty one, which no clause is about.
            return and_(self._versions.c.run_id != "", holds) if compare.key == "run_id" else holds
        if self._versions is prompt_versions and compare.key in COLUMNS:
            return self.column(COLUMNS[compare.key], compare)
        there = exists().where(
            model_version_tags.c.model == self._versions.c.model,
            model_version_tags.c.version == self._versions.c.version,
            model_version_tags.c.key == compare.key,
        )
        match compare.op:
            case "IS NULL":
                return not_(there)
            case "IS NOT NULL":
                return there
        return there.where(self.text(model_version_tags.c.value, compare))


def page_of_versions(transaction: Transaction, call: SearchModelVersions) -> tuple[Table, list[int], str | None]:
    """Return the table that was searched, the numbers of its rows on a page, and the token of the next page.

    Raises:
        InvalidParameter: bad filter, order or token, or it asks for versions of models and prompts together.
    """
    kinds = by_kind(parse_filter(call.filter, MODEL_VERSIONS))
    if len(kinds) > 1:
        raise InvalidParameter(
            "Versions of models and of prompts are searched apart: join the clause on the tag "
            f"{IS_PROMPT!r} to the others by AND, and compare it with 'true' or 'false'."
        )
    orders = parse_order_by(call.order_by, MODEL_VERSIONS)
    kind, rest = next(iter(kinds.items()), (MODEL, None))
    versions = versions_of(kind)
    wanted = {order.key: order.ascending for order in orders} or {"last_updated_timestamp": False}
    for key, ascending in (("name", True), ("version_number", False)):  # so that no two rows have the same place
        wanted.setdefault(key, ascending)
    attributes = _attributes(versions)
    keys = [SortKey(attributes[key], up, "text" if key == "name" else "int") for key, up in wanted.items()]
    names = [versions.name, *(f"{order.key} {order.ascending}" for order in orders)]
    place = read_token(call.page_token, names, keys) if call.page_token else None
    if not kinds:
        return versions, [], None

    query = select(versions.c.id).join_from(versions, registered_models, registered_models.c.id == versions.c.model)
    if rest is not None:
        query = query.where(VersionConditions(transaction, versions).of(rest))
    if place is not None:
        query = query.where(behind(keys, place))
    size = min(call.max_results, _PROMPTS_ON_A_PAGE) if kind == PROMPT else call.max_results
    query = query.order_by(*(key.order for key in keys)).limit(size + 1)
    rows = places(transaction, query, versions.c.id, keys)
    page = rows[:size]
    token = write_token(names, page[-1][1:]) if len(rows) > len(page) else None
    return versions, [row[0] for row in page], token
