"""Answers to Calls on registered models and prompts as a whole."""

from __future__ import annotations

from sqlalchemy import Table, bindparam, delete, func, select, update

from mlflow.api.names import check_model_name, check_prompt_name, is_prompt
from mlflow.api.prompts import DeleteEmptyPrompt
from mlflow.api.registered_models import (
    CreateRegisteredModel,
    DeleteRegisteredModel,
    DeleteRegisteredModelTag,
    GetLatestVersions,
    GetRegisteredModel,
    ModelVersionsReply,
    RegisteredModelReply,
    RegisteredModelsPage,
    RenameRegisteredModel,
    SearchRegisteredModels,
    SetRegisteredModelTag,
    UpdateRegisteredModel,
)
from mlflow.entities.prompt_tags import IS_PROMPT
from mlflow.entities.registered_model import RegisteredModel
from mlflow.exceptions import InvalidParameter, NotFound
from mlflow.store.sql.answers.entries import Entry, hold, kind_of, name_taken, no_entry
from mlflow.store.sql.answers.model_data import model_of_name, models_of_numbers, newest_versions
from mlflow.store.sql.answers.registry import reads, writes
from mlflow.store.sql.statements import Statement, insert
from mlflow.store.sql.tables import (
    MODEL,
    PROMPT,
    alias_history,
    aliases,
    model_version_tags,
    model_versions,
    prompt_versions,
    registered_model_tags,
    registered_models,
)
from mlflow.store.sql.transaction import Transaction, now_ms

_ADD = Statement(
    insert(registered_models)
    .values(
        name=bindparam("name"),
        kind=bindparam("kind"),
        description=bindparam("description"),
        last_version=0,
        creation_time=bindparam("now"),
        last_update_time=bindparam("now"),
    )
    .on_conflict_do_nothing(index_elements=["name"])
    .returning(registered_models.c.id)
)
_UPDATE = Statement(
    update(registered_models)
    .where(registered_models.c.name == bindparam("the_name"))
    .values(
        description=func.coalesce(
            bindparam("new_description", type_=registered_models.c.description.type), registered_models.c.description
        ),
        last_update_time=bindparam("now"),
    )
    .returning(registered_models.c.id, registered_models.c.kind)
)
_RENAME = Statement(
    update(registered_models)
    .where(registered_models.c.id == bindparam("the_id"))
    .values(name=bindparam("new_name"), last_update_time=bindparam("now"))
)
_DELETE = Statement(delete(registered_models).where(registered_models.c.id == bindparam("model")))
_ANY_VERSION = Statement(select(prompt_versions.c.id).where(prompt_versions.c.model == bindparam("model")).limit(1))
_set_tag = insert(registered_model_tags).values(
    model=bindparam("model"), key=bindparam("key"), value=bindparam("value")
)
_SET_TAG = Statement(
    _set_tag.on_conflict_do_update(index_elements=["model", "key"], set_={"value": _set_tag.excluded.value})
)
_DELETE_TAG = Statement(
    delete(registered_model_tags).where(
        registered_model_tags.c.model == bindparam("model"), registered_model_tags.c.key == bindparam("key")
    )
)


def _renamed(versions: Table) -> Statement:
    return Statement(
        update(versions).where(versions.c.model == bindparam("the_model")).values(last_update_time=bindparam("now"))
    )


_TOUCH_VERSIONS = {versions: _renamed(versions) for versions in (model_versions, prompt_versions)}
_DELETE_PARTS = {
    table: Statement(delete(table).where(table.c.model == bindparam("model")))
    for table in (
        registered_model_tags,
        model_version_tags,
        aliases,
        alias_history,
        model_versions,
        prompt_versions,
    )
}


def _found(transaction: Transaction, name: str) -> RegisteredModel:
    model = model_of_name(transaction, name)
    if model is None:
        raise no_entry(name)
    return model


@writes(CreateRegisteredModel)
def create_registered_model(transaction: Transaction, call: CreateRegisteredModel) -> RegisteredModelReply:
    """Add the entry and its tags; the tag that makes it a prompt is its kind from now on."""
    kind = PROMPT if is_prompt(call.tags) else MODEL
    added = transaction.row(_ADD, name=call.name, kind=kind, description=call.description or "", now=now_ms())
    if added is None:
        raise name_taken(call.name, kind, kind_of(transaction, call.name) or kind)
    entry = Entry(added[0], call.name, kind)
    tags = {tag.key: tag.value for tag in call.tags if not (entry.is_prompt and tag.key == IS_PROMPT)}
    transaction.write_many(_SET_TAG, sorted((entry.number, key, value) for key, value in tags.items()))
    entry.tell(transaction, "", "created", tags=tags, description=call.description or "")
    return RegisteredModelReply(_found(transaction, call.name))


@reads(GetRegisteredModel, quick=True)
def get_registered_model(transaction: Transaction, call: GetRegisteredModel) -> RegisteredModelReply:
    """Get by name."""
    return RegisteredModelReply(_found(transaction, call.name))


@writes(UpdateRegisteredModel)
def update_registered_model(transaction: Transaction, call: UpdateRegisteredModel) -> RegisteredModelReply:
    """Change the description."""
    row = transaction.row(_UPDATE, the_name=call.name, new_description=call.description, now=now_ms())
    if row is None:
        raise no_entry(call.name)
    Entry(row[0], call.name, row[1]).tell(transaction, "", "updated", description=call.description)
    return RegisteredModelReply(_found(transaction, call.name))


@writes(RenameRegisteredModel)
def rename_registered_model(transaction: Transaction, call: RenameRegisteredModel) -> RegisteredModelReply:
    """Change the name; everything else hangs on the entry's number."""
    entry = hold(transaction, call.name)
    if entry.is_prompt:
        check_prompt_name(call.new_name, "new_name")
    else:
        check_model_name(call.new_name, "new_name")
    taken_by = kind_of(transaction, call.new_name)
    if taken_by is not None and call.new_name != call.name:
        raise name_taken(call.new_name, entry.kind, taken_by)
    now = now_ms()
    transaction.write(_RENAME, the_id=entry.number, new_name=call.new_name, now=now)
    transaction.write(_TOUCH_VERSIONS[entry.versions], the_model=entry.number, now=now)
    entry.tell(transaction, "", "updated", new_name=call.new_name)
    return RegisteredModelReply(_found(transaction, call.new_name))


@writes(DeleteRegisteredModel)
def delete_registered_model(transaction: Transaction, call: DeleteRegisteredModel) -> None:
    """Remove the entry and all that hangs on it: its number may be given again."""
    remove(transaction, hold(transaction, call.name))


@writes(DeleteEmptyPrompt)
def delete_empty_prompt(transaction: Transaction, call: DeleteEmptyPrompt) -> None:
    """Remove the entry unless somebody gave it a version meanwhile."""
    try:
        entry = hold(transaction, call.name)
    except NotFound:
        return
    if entry.is_prompt and transaction.row(_ANY_VERSION, model=entry.number) is None:
        remove(transaction, entry)


def remove(transaction: Transaction, entry: Entry) -> None:
    """Remove an entry that is held, and all that hangs on it."""
    transaction.write(_DELETE, model=entry.number)
    for table, statement in _DELETE_PARTS.items():
        if table not in _TOUCH_VERSIONS or table is entry.versions:
            transaction.write(statement, model=entry.number)
    entry.tell(transaction, "", "deleted")


@reads(GetLatestVersions, quick=True)
def get_latest_versions(transaction: Transaction, call: GetLatestVersions) -> ModelVersionsReply:
    """Get the newest of each stage."""
    found = newest_versions(transaction, call.name)
    if found is None:
        raise no_entry(call.name)
    return ModelVersionsReply([one for one in found if not call.stages or one.current_stage in call.stages])


@writes(SetRegisteredModelTag)
def set_registered_model_tag(transaction: Transaction, call: SetRegisteredModelTag) -> None:
    """Set or overwrite; what makes a prompt is decided when it is created."""
    entry = hold(transaction, call.name)
    if call.key == IS_PROMPT:
        if (call.value.lower() == "true") != entry.is_prompt:
            raise stays_what_it_is(entry)
        if entry.is_prompt:
            return
    transaction.write(_SET_TAG, model=entry.number, key=call.key, value=call.value)
    entry.tell(transaction, "tag", "set", key=call.key, value=call.value)


@writes(DeleteRegisteredModelTag)
def delete_registered_model_tag(transaction: Transaction, call: DeleteRegisteredModelTag) -> None:
    """Remove one, there or not."""
    entry = hold(transaction, call.name)
    if entry.is_prompt and call.key == IS_PROMPT:
        raise stays_what_it_is(entry)
    if transaction.write(_DELETE_TAG, model=entry.number, key=call.key):
        entry.tell(transaction, "tag", "deleted", key=call.key)


@reads(SearchRegisteredModels)
def search_registered_models(transaction: Transaction, call: SearchRegisteredModels) -> RegisteredModelsPage:
    """Filter, order and cut a page."""
    from mlflow.store.sql.search.registered_models import page_of_models

    numbers, token = page_of_models(transaction, call)
    return RegisteredModelsPage(models_of_numbers(transaction, numbers), token)


def stays_what_it_is(entry: Entry) -> InvalidParameter:
    """Return the refusal to turn a prompt into a model or the other way round."""
    kind, other = ("prompt", "model") if entry.is_prompt else ("model", "prompt")
    return InvalidParameter(
        f"{entry.name!r} is a {kind} and cannot become a {other}: leave the tag {IS_PROMPT!r} as it is, and create the "
        f"{other} under another name."
    )
