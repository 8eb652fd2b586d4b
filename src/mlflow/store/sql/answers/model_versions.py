"""Answers to Calls on versions of models and prompts; how they are added is in new_versions.py."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Table, bindparam, delete, func, update

from mlflow.api.model_versions import (
    ArtifactUriReply,
    DeleteModelVersion,
    GetDownloadUri,
    GetModelVersion,
    ModelVersionReply,
    ModelVersionsPage,
    SearchModelVersions,
    TransitionStage,
    UpdateModelVersion,
)
from mlflow.api.names import version_number
from mlflow.entities.model_version import ModelVersionStages
from mlflow.store.sql.answers.aliases import remove_aliases_of
from mlflow.store.sql.answers.entries import hold_version, no_version, touch
from mlflow.store.sql.answers.registry import reads, writes
from mlflow.store.sql.answers.sources import location_of
from mlflow.store.sql.answers.version_data import version_of, versions_of_numbers
from mlflow.store.sql.answers.version_tags import remove_tags_of
from mlflow.store.sql.statements import Statement
from mlflow.store.sql.tables import model_versions, prompt_versions
from mlflow.store.sql.transaction import Transaction, now_ms


def _one(versions: Table) -> tuple[ColumnElement[bool], ...]:
    return versions.c.model == bindparam("the_model"), versions.c.version == bindparam("the_version")


def _describe(versions: Table) -> Statement:
    new = bindparam("new_description", type_=versions.c.description.type)
    changed = {"description": func.coalesce(new, versions.c.description), "last_update_time": bindparam("now")}
    return Statement(update(versions).where(*_one(versions)).values(**changed))


def _stage(versions: Table) -> Statement:
    changed: dict[str, BindParameter[Any]] = {"stage": bindparam("new_stage"), "last_update_time": bindparam("now")}
    return Statement(update(versions).where(*_one(versions)).values(**changed))


def _archive(versions: Table) -> Statement:
    return Statement(
        update(versions)
        .where(
            versions.c.model == bindparam("the_model"),
            versions.c.stage == bindparam("old_stage"),
            versions.c.version != bindparam("the_version"),
        )
        .values(stage=ModelVersionStages.ALL.index(ModelVersionStages.ARCHIVED), last_update_time=bindparam("now"))
    )


_TABLES = (model_versions, prompt_versions)
_DESCRIBE = {versions: _describe(versions) for versions in _TABLES}
_STAGE = {versions: _stage(versions) for versions in _TABLES}
_ARCHIVE = {versions: _archive(versions) for versions in _TABLES}
_DELETE = {versions: Statement(delete(versions).where(*_one(versions))) for versions in _TABLES}


@reads(GetModelVersion, quick=True)
def get_model_version(transaction: Transaction, call: GetModelVersion) -> ModelVersionReply:
    """Get by number."""
    return ModelVersionReply(version_of(transaction, call.name, call.version))


@writes(UpdateModelVersion)
def update_model_version(transaction: Transaction, call: UpdateModelVersion) -> ModelVersionReply:
    """Change the description."""
    entry, version = hold_version(transaction, call.name, call.version)
    transaction.write(
        _DESCRIBE[entry.versions],
        the_model=entry.number,
        the_version=version,
        new_description=call.description,
        now=now_ms(),
    )
    entry.tell(transaction, "version", "updated", version=str(version), description=call.description)
    return ModelVersionReply(version_of(transaction, call.name, version))


@writes(TransitionStage)
def transition_stage(transaction: Transaction, call: TransitionStage) -> ModelVersionReply:
    """Move the version, and those that are there out of its way."""
    entry, version = hold_version(transaction, call.name, call.version)
    stage, now = ModelVersionStages.ALL.index(call.stage), now_ms()
    of_one = {"the_model": entry.number, "the_version": version, "now": now}
    transaction.write(_STAGE[entry.versions], **of_one, new_stage=stage)
    if call.archive_existing_versions:
        transaction.write(_ARCHIVE[entry.versions], **of_one, old_stage=stage)
    touch(transaction, entry, now)
    entry.tell(transaction, "version", "updated", version=str(version), stage=call.stage)
    return ModelVersionReply(version_of(transaction, call.name, version))


@writes(DeleteModelVersion)
def delete_model_version(transaction: Transaction, call: DeleteModelVersion) -> None:
    """Remove the version with what points to it."""
    entry, version = hold_version(transaction, call.name, call.version)
    transaction.write(_DELETE[entry.versions], the_model=entry.number, the_version=version)
    remove_tags_of(transaction, entry, version)
    remove_aliases_of(transaction, entry, version)
    touch(transaction, entry, now_ms())
    entry.tell(transaction, "version", "deleted", version=str(version))


@reads(GetDownloadUri, quick=True)
def get_download_uri(transaction: Transaction, call: GetDownloadUri) -> ArtifactUriReply:
    """Get where the version lies."""
    found = location_of(transaction, call.name, version_number(str(call.version)))
    if found is None:
        raise no_version(call.name, call.version)
    return ArtifactUriReply(found)


@reads(SearchModelVersions)
def search_model_versions(transaction: Transaction, call: SearchModelVersions) -> ModelVersionsPage:
    """Filter, order and cut a page."""
    from mlflow.store.sql.search.model_versions import page_of_versions

    versions, numbers, token = page_of_versions(transaction, call)
    return ModelVersionsPage(versions_of_numbers(transaction, versions, numbers), token)
