"""Where a version's model lies: what was given as its source, or where that leads."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select

from mlflow.api.model_uris import ModelUri, parse_model_uri
from mlflow.api.model_versions import CreateModelVersion
from mlflow.api.names import version_number
from mlflow.entities.model_version import ModelVersionStages
from mlflow.exceptions import InvalidParameter, NotFound
from mlflow.store.sql.answers.aliases import no_alias
from mlflow.store.sql.answers.entries import kind_of, no_entry, no_version
from mlflow.store.sql.statements import Statement
from mlflow.store.sql.tables import MODEL, aliases, model_versions, prompt_versions, registered_models
from mlflow.store.sql.transaction import Transaction

_FOUND = (
    select(model_versions.c.version, model_versions.c.run_id, model_versions.c.storage_location)
    .join_from(model_versions, registered_models, registered_models.c.id == model_versions.c.model)
    .where(registered_models.c.name == bindparam("name"))
)
_BY_NUMBER = Statement(_FOUND.where(model_versions.c.version == bindparam("version")))
_BY_ALIAS = Statement(
    _FOUND.join(
        aliases, (aliases.c.model == model_versions.c.model) & (aliases.c.version == model_versions.c.version)
    ).where(aliases.c.alias == bindparam("alias"))
)
_BY_STAGE = Statement(
    _FOUND.where(model_versions.c.stage == bindparam("stage")).order_by(model_versions.c.version.desc()).limit(1)
)
_LATEST = Statement(_FOUND.order_by(model_versions.c.version.desc()).limit(1))
_SOURCE_OF_PROMPT = Statement(
    select(prompt_versions.c.source)
    .join_from(prompt_versions, registered_models, registered_models.c.id == prompt_versions.c.model)
    .where(registered_models.c.name == bindparam("name"), prompt_versions.c.version == bindparam("version"))
)


class Source(NamedTuple):
    """What is kept of where a version comes from."""

    source: str
    run_id: str
    storage_location: str


def resolved(transaction: Transaction, call: CreateModelVersion) -> Source:
    """Return where a new version comes from; `models:/` is followed to the version that it means now.

    Raises:
        NotFound: there is no such version or logged model.
        InvalidParameter: the version that is meant is of another run than the caller says.
    """
    if call.model_id:
        raise no_logged_model(call.model_id)
    if not call.source.startswith("models:/"):
        return Source(call.source, call.run_id or "", call.source)
    uri = parse_model_uri(call.source)
    if uri.model_id:
        raise no_logged_model(uri.model_id)
    version, run_id, location = _version_meant(transaction, uri)
    if call.run_id and call.run_id != run_id:
        raise InvalidParameter(
            f"The source {call.source!r} is version {version}, which is of another run than {call.run_id!r}. "
            "Leave run_id out."
        )
    return Source(f"models:/{uri.name}/{version}", run_id, location)


def location_of(transaction: Transaction, name: str, version: int) -> str | None:
    """Return where a version of a model lies, of a prompt what stands for that; None: there is no such version."""
    row = transaction.row(_BY_NUMBER, name=name, version=version)
    if row:
        return str(row[2])
    row = transaction.row(_SOURCE_OF_PROMPT, name=name, version=version)
    return str(row[0]) if row else None


def no_logged_model(model_id: str) -> NotFound:
    """Return the error about a logged model; none can be made here yet."""
    return NotFound(f"Logged model with ID {model_id[:80]!r} not found.")


def _version_meant(transaction: Transaction, uri: ModelUri) -> tuple[int, str, str]:
    if uri.version is not None:
        row = transaction.row(_BY_NUMBER, name=uri.name, version=version_number(uri.version))
    elif uri.alias is not None:
        row = transaction.row(_BY_ALIAS, name=uri.name, alias=uri.alias)
    elif uri.stage is not None:
        row = transaction.row(_BY_STAGE, name=uri.name, stage=ModelVersionStages.ALL.index(uri.stage))
    else:
        row = transaction.row(_LATEST, name=uri.name)
    if row is not None:
        return row[0], row[1], row[2]
    if kind_of(transaction, uri.name) != MODEL:
        raise no_entry(uri.name)
    if uri.alias is not None:
        raise no_alias(uri.name, uri.alias)
    raise no_version(uri.name, uri.version or uri.stage or "latest")
