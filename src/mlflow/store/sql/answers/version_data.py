"""Fetching versions of models and prompts, as JSON that the database builds and msgspec decodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, Table, bindparam, case, func, select
from sqlalchemy.sql.elements import SQLCoreOperations

from mlflow.api.names import version_number
from mlflow.entities.model_version import ModelVersion, ModelVersionStages, ModelVersionStatus
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
    registered_models,
)
from mlflow.store.sql.transaction import Transaction

Pick = Callable[[Table], ColumnElement[bool]]

STAGES = tuple(enumerate(ModelVersionStages.ALL))
"""The number under which each stage is stored."""

AT_ONCE = 200
"""How many are fetched as one text: each may have megabytes of tags, and SQLite's texts end at 10^9 bytes."""

_read_version = msgspec.json.Decoder(ModelVersion).decode
_read_numbered = msgspec.json.Decoder(list[tuple[int, ModelVersion]]).decode


def quoted(number: SQLCoreOperations[int]) -> ColumnElement[str]:
    """Return a number as a JSON string, which versions are on the wire."""
    return joined(literal('"'), json_int(number), literal('"'))


def _or_null(text: SQLCoreOperations[str]) -> ColumnElement[str]:
    """Return a text as JSON, null for the empty one: what is null does not travel."""
    return json_text(func.nullif(text, ""))


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


def version_json(versions: Table) -> ColumnElement[str]:
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
        current_stage=case(*((versions.c.stage == number, literal(f'"{name}"')) for number, name in STAGES)),
        description=json_text(versions.c.description),
        source=json_text(versions.c.source),
        run_id=json_text(versions.c.run_id),
        status=literal(f'"{ModelVersionStatus.READY}"'),
        run_link=json_text(versions.c.run_link),
        tags=_version_tags(versions),
        aliases=json_or("[]", named.scalar_subquery()),
    )


def of_either_kind(make: Callable[[Table], ColumnElement[str]]) -> ColumnElement[str]:
    """Return what `make` makes of the table in which the entry's versions are."""
    return case((registered_models.c.kind == PROMPT, make(prompt_versions)), else_=make(model_versions))


class VersionStatement:
    """The query of one version of a model or prompt, by the model's name.

    Args:
        pick: the condition that the version meets, for each table of versions.
    """

    def __init__(self, pick: Pick) -> None:
        self._statement = Statement(
            select(of_either_kind(lambda versions: _one(versions, pick))).where(
                registered_models.c.name == bindparam("name")
            )
        )

    def find(self, transaction: Transaction, name: str, **parameters: object) -> tuple[bool, ModelVersion | None]:
        """Return whether the model is there, and its version."""
        row = transaction.row(self._statement, name=name, **parameters)
        return row is not None, _read_version(row[0]) if row and row[0] is not None else None


def _one(versions: Table, pick: Pick) -> ColumnElement[str]:
    found = select(version_json(versions)).where(versions.c.model == registered_models.c.id, pick(versions))
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
        select(json_array(json_int(versions.c.id), version_json(versions)))
        .join_from(versions, registered_models, registered_models.c.id == versions.c.model)
        .where(among(versions.c.id, "numbers"))
    )


_VERSIONS = {versions: Statement(as_one_text(_numbered(versions))) for versions in (model_versions, prompt_versions)}


def versions_of_numbers(transaction: Transaction, versions: Table, numbers: Iterable[int]) -> list[ModelVersion]:
    """Return the versions whose rows have these numbers, in their order."""
    wanted = list(numbers)
    found: dict[int, ModelVersion] = {}
    for start in range(0, len(wanted), AT_ONCE):
        part = transaction.database.array(wanted[start : start + AT_ONCE])
        found |= _read_numbered(transaction.text(_VERSIONS[versions], numbers=part))
    return [found[number] for number in wanted]
