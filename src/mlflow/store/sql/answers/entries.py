"""Finding the models and prompts of the registry, and holding one while it is changed."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Table, bindparam, select, update

from mlflow.api.names import version_number
from mlflow.exceptions import AlreadyExists, NotFound
from mlflow.store.sql.answers.events import NewEvent, emit
from mlflow.store.sql.statements import Statement
from mlflow.store.sql.tables import PROMPT, model_versions, prompt_versions, registered_models
from mlflow.store.sql.transaction import Transaction

_HOLD = Statement(
    select(registered_models.c.id, registered_models.c.kind)
    .where(registered_models.c.name == bindparam("name"))
    .with_for_update()
)
_KIND = Statement(select(registered_models.c.kind).where(registered_models.c.name == bindparam("name")))
_TOUCH = Statement(
    update(registered_models)
    .where(registered_models.c.id == bindparam("the_id"))
    .values(last_update_time=bindparam("now"))
)
_HAS_VERSION = {
    versions: Statement(
        select(versions.c.id).where(versions.c.model == bindparam("model"), versions.c.version == bindparam("version"))
    )
    for versions in (model_versions, prompt_versions)
}


class Entry(NamedTuple):
    """A model or a prompt that is being changed."""

    number: int
    name: str
    kind: int

    @property
    def is_prompt(self) -> bool:
        """Whether it is a prompt."""
        return self.kind == PROMPT

    @property
    def versions(self) -> Table:
        """The table of its versions."""
        return versions_of(self.kind)

    def tell(self, transaction: Transaction, part: str, action: str, **data: object) -> None:
        """Emit an event; `part` is "" for the entry itself, or "version", "tag", "version_tag", "alias"."""
        entity = (_PROMPT_PARTS if self.is_prompt else _MODEL_PARTS)[part]
        emit(transaction, NewEvent(entity, action, self.name, {"name": self.name, **data}))


_PROMPT_PARTS = {
    "": "prompt",
    "version": "prompt_version",
    "tag": "prompt_tag",
    "version_tag": "prompt_version_tag",
    "alias": "prompt_alias",
}
_MODEL_PARTS = {
    "": "registered_model",
    "version": "model_version",
    "tag": "registered_model_tag",
    "version_tag": "model_version_tag",
    "alias": "model_version_alias",
}


def versions_of(kind: int) -> Table:
    """Return the table of the versions of a kind of entry."""
    return prompt_versions if kind == PROMPT else model_versions


def hold(transaction: Transaction, name: str) -> Entry:
    """Return an entry and keep others from changing it until the transaction ends.

    Raises:
        NotFound: there is none of this name.
    """
    row = transaction.row(_HOLD, name=name)
    if row is None:
        raise no_entry(name)
    return Entry(row[0], name, row[1])


def hold_version(transaction: Transaction, name: str, version: str | int) -> tuple[Entry, int]:
    """Return the entry of a version, held, and the version's number.

    Raises:
        NotFound: there is no such version.
    """
    row = transaction.row(_HOLD, name=name)
    number = version_number(str(version))
    if row is None or not has_version(transaction, entry := Entry(row[0], name, row[1]), number):
        raise no_version(name, version)
    return entry, number


def has_version(transaction: Transaction, entry: Entry, version: int) -> bool:
    """Tell whether an entry has a version."""
    return transaction.row(_HAS_VERSION[entry.versions], model=entry.number, version=version) is not None


def touch(transaction: Transaction, entry: Entry, now: int) -> None:
    """Say that an entry was changed just now."""
    transaction.write(_TOUCH, the_id=entry.number, now=now)


def kind_of(transaction: Transaction, name: str) -> int | None:
    """Return whether a name is that of a model or of a prompt, or None."""
    row = transaction.row(_KIND, name=name)
    return row[0] if row else None


def name_taken(name: str, kind: int, by: int) -> AlreadyExists:
    """Return the refusal of a name that another entry has."""
    wanted, holder = ("prompt" if one == PROMPT else "registered model" for one in (kind, by))
    if kind == by:
        return AlreadyExists(f"{holder.title()} (name={name}) already exists.")
    return AlreadyExists(
        f"The name {name!r} of the new {wanted} is taken by a {holder}: models and prompts share their names. "
        "Use another name."
    )


def no_entry(name: str) -> NotFound:
    """Return the error about a name that nothing has."""
    return NotFound(f"Registered Model with name={name} not found")


def no_version(name: str, version: str | int) -> NotFound:
    """Return the error about a version that is not there."""
    return NotFound(f"Model Version (name={name}, version={version}) not found")
