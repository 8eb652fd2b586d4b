"""Adding a version of a model or of a prompt, under a number that was given to it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, bindparam

from mlflow.api.model_versions import CreateModelVersion
from mlflow.entities.model_version import ModelVersion, ModelVersionStages, ModelVersionTag
from mlflow.entities.prompt_tags import IS_PROMPT, SOURCES, TEXT
from mlflow.exceptions import InvalidParameter
from mlflow.store.sql.answers import prompt_tags
from mlflow.store.sql.answers.entries import Entry
from mlflow.store.sql.answers.registered_models import stays_what_it_is
from mlflow.store.sql.answers.sources import resolved
from mlflow.store.sql.answers.version_tags import add_tags
from mlflow.store.sql.statements import Statement, insert
from mlflow.store.sql.tables import model_versions, prompt_versions
from mlflow.store.sql.transaction import Transaction


def _add(versions: Table) -> Statement:
    return Statement(insert(versions).values({c.name: bindparam(c.name) for c in versions.c if c.name != "id"}))


_ADD = {versions: _add(versions) for versions in (model_versions, prompt_versions)}


def add_model_version(
    transaction: Transaction, entry: Entry, version: int, call: CreateModelVersion, now: int
) -> ModelVersion:
    """Add a version of a model; its source may be another version."""
    tags = {tag.key: tag.value for tag in call.tags}
    if tags.get(IS_PROMPT, "").lower() == "true":
        raise stays_what_it_is(entry)
    source = resolved(transaction, call)
    values = _values(entry, version, call, now) | source._asdict()
    transaction.write(_ADD[model_versions], **values)
    add_tags(transaction, entry, version, tags)
    run_id = values["run_id"] or None
    entry.tell(
        transaction,
        "version",
        "created",
        version=str(version),
        source=source.source,
        run_id=run_id,
        tags=tags,
        description=call.description,
    )
    return _made(entry, values, tags)


def add_prompt_version(
    transaction: Transaction, entry: Entry, version: int, call: CreateModelVersion, now: int
) -> ModelVersion:
    """Add a version of a prompt; what it says comes as tags and is kept in columns."""
    if call.source not in SOURCES:
        raise InvalidParameter(
            f"{entry.name!r} is a prompt: the source of its versions is {' or '.join(map(repr, SOURCES))}, not "
            f"{call.source[:80]!r}. Register models under another name."
        )
    columns, rest = prompt_tags.split({tag.key: tag.value for tag in call.tags})
    values = _values(entry, version, call, now) | columns
    transaction.write(_ADD[prompt_versions], **values)
    add_tags(transaction, entry, version, rest)
    entry.tell(
        transaction,
        "version",
        "created",
        version=str(version),
        template=columns[prompt_tags.COLUMNS[TEXT].name] or "",
        tags=rest,
        description=call.description,
    )
    kept = {key: value for key, column in prompt_tags.COLUMNS.items() if (value := columns[column.name]) is not None}
    return _made(entry, values, {IS_PROMPT: "true"} | kept | dict(sorted(rest.items())))


def _values(entry: Entry, version: int, call: CreateModelVersion, now: int) -> dict[str, Any]:
    return {
        "model": entry.number,
        "version": version,
        "stage": ModelVersionStages.ALL.index(ModelVersionStages.NONE),
        "description": call.description or "",
        "user_id": "",
        "source": call.source,
        "run_id": call.run_id or "",
        "run_link": call.run_link or "",
        "creation_time": now,
        "last_update_time": now,
    }


def _made(entry: Entry, values: dict[str, Any], tags: dict[str, str]) -> ModelVersion:
    """Return the new version as it would be read."""
    return ModelVersion(
        name=entry.name,
        version=str(values["version"]),
        creation_timestamp=values["creation_time"],
        last_updated_timestamp=values["last_update_time"],
        description=values["description"],
        current_stage=ModelVersionStages.NONE,
        source=values["source"],
        run_id=values["run_id"],
        run_link=values["run_link"],
        _tags=[ModelVersionTag(key, value) for key, value in tags.items()],
    )
