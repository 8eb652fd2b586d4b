"""Fetching models and prompts whole, as JSON that the database builds and msgspec decodes."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import ColumnElement, Table, bindparam, case, func, select

from mlflow.entities.model_version import ModelVersion
from mlflow.entities.registered_model import RegisteredModel
from mlflow.store.sql.answers import prompt_tags
from mlflow.store.sql.answers.version_data import AT_ONCE, STAGES, of_either_kind, quoted, version_json
from mlflow.store.sql.json_rows import (
    as_one_text,
    joined,
    json_array,
    json_int,
    json_items,
    json_more,
    json_object,
    json_or,
    json_text,
    literal,
)
from mlflow.store.sql.statements import Statement, among
from mlflow.store.sql.tables import PROMPT, aliases, registered_model_tags, registered_models
from mlflow.store.sql.transaction import Transaction

_read_model = msgspec.json.Decoder(RegisteredModel).decode
_read_models = msgspec.json.Decoder(list[tuple[int, RegisteredModel]]).decode
_read_versions = msgspec.json.Decoder(list[ModelVersion]).decode


def _newest_of_each_stage(versions: Table) -> ColumnElement[str]:
    others = versions.alias()
    newest = (
        select(func.max(others.c.version))
        .where(others.c.model == registered_models.c.id, others.c.stage == number)
        .correlate(registered_models)
        .scalar_subquery()
        for number, _ in STAGES
    )
    found = (
        select(json_items(version_json(versions), versions.c.version))
        .where(versions.c.model == registered_models.c.id, versions.c.version.in_(list(newest)))
        .correlate(registered_models)
    )
    return json_or("[]", found.scalar_subquery())


def model_tags() -> ColumnElement[str]:
    """Return the JSON list of the tags of a model or prompt."""
    item = json_object(key=json_text(registered_model_tags.c.key), value=json_text(registered_model_tags.c.value))
    mine = registered_model_tags.c.model == registered_models.c.id
    some = select(json_items(item, registered_model_tags.c.key)).where(mine).correlate(registered_models)
    more = select(json_more(item, registered_model_tags.c.key)).where(mine).correlate(registered_models)
    of_prompt = joined(prompt_tags.list_of_one(), json_or("", more.scalar_subquery()), literal("]"))
    return case((registered_models.c.kind == PROMPT, of_prompt), else_=json_or("[]", some.scalar_subquery()))


def model_aliases() -> ColumnElement[str]:
    """Return the JSON list of the aliases of a model or prompt."""
    item = json_object(alias=json_text(aliases.c.alias), version=quoted(aliases.c.version))
    mine = select(json_items(item, aliases.c.alias)).where(aliases.c.model == registered_models.c.id)
    return json_or("[]", mine.correlate(registered_models).scalar_subquery())


_LATEST = of_either_kind(_newest_of_each_stage)
_MODEL = json_object(
    name=json_text(registered_models.c.name),
    creation_timestamp=json_int(registered_models.c.creation_time),
    last_updated_timestamp=json_int(registered_models.c.last_update_time),
    description=json_text(registered_models.c.description),
    latest_versions=_LATEST,
    tags=model_tags(),
    aliases=model_aliases(),
)
_OF_NAME = registered_models.c.name == bindparam("name")
_MODEL_BY_NAME = Statement(select(_MODEL).where(_OF_NAME))
_LATEST_BY_NAME = Statement(select(_LATEST).where(_OF_NAME))
_MODELS = Statement(
    as_one_text(
        select(json_array(json_int(registered_models.c.id), _MODEL)).where(among(registered_models.c.id, "numbers"))
    )
)


def model_of_name(transaction: Transaction, name: str) -> RegisteredModel | None:
    """Return a model or prompt, or None."""
    row = transaction.row(_MODEL_BY_NAME, name=name)
    return _read_model(row[0]) if row else None


def models_of_numbers(transaction: Transaction, numbers: Iterable[int]) -> list[RegisteredModel]:
    """Return the models with these numbers, in their order."""
    wanted = list(numbers)
    found: dict[int, RegisteredModel] = {}
    for start in range(0, len(wanted), AT_ONCE):
        part = transaction.database.array(wanted[start : start + AT_ONCE])
        found |= _read_models(transaction.text(_MODELS, numbers=part))
    return [found[number] for number in wanted]


def newest_versions(transaction: Transaction, name: str) -> list[ModelVersion] | None:
    """Return the newest version of each stage; None: there is no such model."""
    row = transaction.row(_LATEST_BY_NAME, name=name)
    return _read_versions(row[0]) if row else None
