"""The answer to the Call that adds a version, for which many may come at once."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, update

from mlflow.api.model_versions import CreateModelVersion, ModelVersionReply
from mlflow.entities.model_version import ModelVersion, ModelVersionStages, ModelVersionTag
from mlflow.entities.prompt_tags import IS_PROMPT, SOURCES, TEXT
from mlflow.exceptions import InvalidParameter, MlflowException
from mlflow.store.sql.answers import prompt_tags
from mlflow.store.sql.answers.entries import Entry, kind_of, no_entry
from mlflow.store.sql.answers.registered_models import stays_what_it_is
from mlflow.store.sql.answers.registry import writes
from mlflow.store.sql.answers.sources import resolved
from mlflow.store.sql.answers.version_tags import add_tags
from mlflow.store.sql.statements import Statement, insert
from mlflow.store.sql.tables import MODEL, PROMPT, model_versions, prompt_versions, registered_models
from mlflow.store.sql.transaction import Transaction, now_ms

_NEXT = Statement(
    update(registered_models)
    .where(registered_models.c.name == bindparam("the_name"), registered_models.c.kind == bindparam("the_kind"))
    .values(last_version=registered_models.c.last_version + 1, last_update_time=bindparam("now"))
    .returning(registered_models.c.id, registered_models.c.last_version)
)


def _add(versions: Table) -> Statement:
    return Statement(insert(versions).values({c.name: bindparam(c.name) for c in versions.c if c.name != "id"}))


_ADD = {versions: _add(versions) for versions in (model_versions, prompt_versions)}


class _New(NamedTuple):
    """What a version is going to be, but for its number."""

    kind: int
    columns: dict[str, Any]  # those that its table has beside the ones all versions have, or with other values
    kept: dict[str, str]  # tags that are columns
    tags: dict[str, str]  # tags that are rows
    told: dict[str, Any]  # what an event says of it


@writes(CreateModelVersion)
def create_model_version(transaction: Transaction, call: CreateModelVersion) -> ModelVersionReply:
    """Take the next number and add the version under it. What can be refused is refused before."""
    new = _of_prompt(call) if call.source in SOURCES else _of_model(transaction, call)
    now = now_ms()
    given = transaction.row(_NEXT, the_name=call.name, the_kind=new.kind, now=now)
    if given is None:
        raise _why_not(transaction, call)
    entry, version = Entry(given[0], call.name, new.kind), int(given[1])
    values = {
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
        **new.columns,
    }
    transaction.write(_ADD[entry.versions], **values)
    add_tags(transaction, entry, version, new.tags)
    told = {"tags": new.tags, "description": call.description, **new.told}
    entry.tell(transaction, "version", "created", version=str(version), **told)
    return ModelVersionReply(_made(entry, values, new.kept | dict(sorted(new.tags.items()))))


def _of_model(transaction: Transaction, call: CreateModelVersion) -> _New:
    """Return a version of a model; its source may be another version."""
    tags = {tag.key: tag.value for tag in call.tags}
    if tags.get(IS_PROMPT, "").lower() == "true":
        raise _bad_source(call)
    columns = resolved(transaction, call)._asdict()
    return _New(MODEL, columns, {}, tags, {"source": columns["source"], "run_id": columns["run_id"] or None})


def _of_prompt(call: CreateModelVersion) -> _New:
    """Return a version of a prompt; what it says comes as tags and is kept in columns."""
    columns, tags = prompt_tags.split({tag.key: tag.value for tag in call.tags})
    kept = {key: value for key, column in prompt_tags.COLUMNS.items() if (value := columns[column.name]) is not None}
    return _New(PROMPT, columns, {IS_PROMPT: "true", **kept}, tags, {"template": kept.get(TEXT, "")})


def _why_not(transaction: Transaction, call: CreateModelVersion) -> MlflowException:
    kind = kind_of(transaction, call.name)
    if kind is None:
        return no_entry(call.name)
    return _bad_source(call) if kind == PROMPT else stays_what_it_is(Entry(0, call.name, kind))


def _bad_source(call: CreateModelVersion) -> InvalidParameter:
    return InvalidParameter(
        f"Invalid source {call.source[:80]!r}: the source of a prompt's version is {' or '.join(map(repr, SOURCES))}. "
        "Register models under another name."
    )


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
