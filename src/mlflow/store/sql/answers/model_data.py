"""Fetching models, prompts and versions whole, as JSON that the database builds and msgspec decodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, Table, bindparam, case, func, select
from sqlalchemy.sql.elements import SQLCoreOperations

from mlflow.api.names import version_number
from mlflow.entities.model_version import ModelVersion, ModelVersionStages, ModelVersionStatus
from mlflow.entities.registered_model import RegisteredModel
from mlflow.store.sql.answers import prompt_tags
from mlflow.store.sql.answers.entries import no_version
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
from mlflow.store.sql.tables import (
    PROMPT,
    aliases,
    model_version_tags,
    model_versions,
    prompt_versions,
    registered_model_tags,
    registered_models,
)
from mlflow.store.sql.transaction import Transaction

Pick = Callable[[Table], ColumnElement[bool]]

_read_model = msgspec.json.Decoder(RegisteredModel).decode
_read_models = msgspec.json.Decoder(list[tuple[int, RegisteredModel]]).decode
_read_version = msgspec.json.Decoder(ModelVersion).decode
_read_versions = msgspec.json.Decoder(list[ModelVersion]).decode
_read_numbered = msgspec.json.Decoder(list[tuple[int, ModelVersion]]).decode


def quoted(number: SQLCoreOperations[int]) -> ColumnElement[str]:
    """Return a number as a JSON string, which versions are on the wire."""
    return joined(literal('"'), json_int(number), literal('"'))


def _or_null(text: SQLCoreOperations[str]) -> ColumnElement[str]:
    """Return a text as JSON, null for the empty one: what is null does not travel."""
    return json_text(func.nullif(text, ""))


_STAGES = tuple(enumerate(ModelVersionStages.ALL))


def _version_tags(versions: Table) -> ColumnElement[str]:
    item = json_object(key=json_text(model_version_tags.c.key), value=json_text(model_version_tags.c.value))
    of_version = (
        model_version_tags.c.model == versions.c.model,
        model_version_tags.c.version == versions.c.version,
    )
    if versions is prompt_versions:
        more = select(json_more(item, model_version_tags.c.key)).where(*of_version).correlate(versions)
        return joined(prompt_tags.list_of_columns(), json_or("", more.scalar_subquery()), literal("]"))
    some = select(json_items(item, model_version_tags.c.key)).where(*of_version).correlate(versions)
    return json_or("[]", some.scalar_subquery())


def _version(versions: Table) -> ColumnElement[str]:
    """Return the JSON of a version; its model's row is there too."""
    named = (
        select(json_items(json_text(aliases.c.alias), aliases.c.alias))
        .where(aliases.c.model == versions.c.model, aliases.c.version == versions.c.version)
        .correlate(versions)
    )
    return json_object(
        name=json_text(registered_models.c.name),
        version=quoted(versions.c.version),
        creation_timestamp=json_int(versions.c.creation_time),
        last_updated_timestamp=json_int(versions.c.last_update_time),
        user_id=_or_null(versions.c.user_id),
        current_stage=case(*((versions.c.stage == number, literal(f'"{name}"')) for number, name in _STAGES)),
        description=json_text(versions.c.description),
        source=json_text(versions.c.source),
        run_id=json_text(versions.c.run_id),
        status=literal(f'"{ModelVersionStatus.READY}"'),
        run_link=json_text(versions.c.run_link),
        tags=_version_tags(versions),
        aliases=json_or("[]", named.scalar_subquery()),
    )


def _newest_of_each_stage(versions: Table) -> ColumnElement[str]:
    others = versions.alias()
    newest = (
        select(func.max(others.c.version))
        .where(others.c.model == registered_models.c.id, others.c.stage == number)
        .correlate(registered_models)
        .scalar_subquery()
        for number, _ in _STAGES
    )
    found = (
        select(json_items(_version(versions), versions.c.version))
        .where(versions.c.model == registered_models.c.id, versions.c.version.in_(list(newest)))
        .correlate(registered_models)
    )
    return json_or("[]", found.scalar_subquery())


def of_either_kind(make: Callable[[Table], ColumnElement[str]]) -> ColumnElement[str]:
    """Return what `make` makes of the table in which the entry's versions are."""
    return case((registered_models.c.kind == PROMPT, make(prompt_versions)), else_=make(model_versions))


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
    if not wanted:
        return []
    found = dict(_read_models(transaction.text(_MODELS, numbers=transaction.database.array(wanted))))
    return [found[number] for number in wanted]


def newest_versions(transaction: Transaction, name: str) -> list[ModelVersion] | None:
    """Return the newest version of each stage; None: there is no such model."""
    row = transaction.row(_LATEST_BY_NAME, name=name)
    return _read_versions(row[0]) if row else None


class VersionStatement:
    """The query of one version of a model or prompt, by the model's name.

    Args:
        pick: the condition that the version meets, for each table of versions.
    """

    def __init__(self, pick: Pick) -> None:
        self._statement = Statement(select(of_either_kind(lambda versions: _one(versions, pick))).where(_OF_NAME))

    def find(self, transaction: Transaction, name: str, **parameters: object) -> tuple[bool, ModelVersion | None]:
        """Return whether the model is there, and its version."""
        row = transaction.row(self._statement, name=name, **parameters)
        return row is not None, _read_version(row[0]) if row and row[0] is not None else None


def _one(versions: Table, pick: Pick) -> ColumnElement[str]:
    found = select(_version(versions)).where(versions.c.model == registered_models.c.id, pick(versions))
    return found.correlate(registered_models).scalar_subquery()


_BY_NUMBER = VersionStatement(lambda versions: versions.c.version == bindparam("version"))


def version_of(transaction: Transaction, name: str, version: str | int) -> ModelVersion:
    """Return a version.

    Raises:
        NotFound: it is not there.
    """
    _, found = _BY_NUMBER.find(transaction, name, version=version_number(str(version)))
    if found is None:
        raise no_version(name, version)
    return found


def _numbered(versions: Table) -> Select[Any]:
    return (
        select(json_array(json_int(versions.c.id), _version(versions)))
        .join_from(versions, registered_models, registered_models.c.id == versions.c.model)
        .where(among(versions.c.id, "numbers"))
    )


_VERSIONS = {versions: Statement(as_one_text(_numbered(versions))) for versions in (model_versions, prompt_versions)}


def versions_of_numbers(transaction: Transaction, versions: Table, numbers: Iterable[int]) -> list[ModelVersion]:
    """Return the versions whose rows have these numbers, in their order."""
    wanted = list(numbers)
    if not wanted:
        return []
    found = dict(_read_numbered(transaction.text(_VERSIONS[versions], numbers=transaction.database.array(wanted))))
    return [found[number] for number in wanted]
