"""What may be asked of each resource, as tables: its entities, their keys, kinds of value and operators.

A further resource is a further table; nothing else in this package knows a resource by name.
Beyond MLflow 3.17.2: lists and RLIKE on every text, IS NULL on metrics and end times, more prefixes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

# text: compared as written. id: text that may also be written as a bare whole number (`experiment_id = 1`).
# int: a number that is whole in the store (milliseconds); float: a metric.
Kind: TypeAlias = Literal["text", "id", "int", "float"]

ORDER_OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
TEXT_OPERATORS = ("=", "!=", "LIKE", "ILIKE", "RLIKE", "IN", "NOT IN")
NULL_OPERATORS = ("IS NULL", "IS NOT NULL")


@dataclass(frozen=True, slots=True)
class Field:
    """One key, or all keys of an open entity.

    Args:
        name: canonical key, "" for an open entity.
        kind: of its values.
        aliases: other ways to write the key, exact letter case.
        nullable: may be missing, so IS NULL and IS NOT NULL may be asked.
        orderable: may stand in order_by.
        quotable: a whole number that may also stand in quotes.
        only: the operators, when they are fewer than the kind's.
    """

    name: str = ""
    kind: Kind = "text"
    aliases: tuple[str, ...] = ()
    nullable: bool = False
    orderable: bool = True
    quotable: bool = False
    only: tuple[str, ...] | None = None

    @property
    def operators(self) -> tuple[str, ...]:
        """Every operator that may be used, canonical form."""
        own = self.only or (TEXT_OPERATORS if self.kind in ("text", "id") else ORDER_OPERATORS)
        return own + NULL_OPERATORS if self.nullable else own

    def is_called(self, key: str) -> bool:
        """Tell whether `key` is this field's name or one of its aliases."""
        return key == self.name or key in self.aliases


@dataclass(frozen=True, slots=True)
class Entity:
    """What stands before the dot.

    Args:
        name: canonical name, as in `tree.Compare.entity`.
        prefixes: how it is written; the first is the one messages show.
        fields: its keys when they are known beforehand.
        any_key: what holds for every other key; None when there are no others.
        several: a thing has several values under one key, and a clause holds when one of them makes it hold.
    """

    name: str
    prefixes: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    any_key: Field | None = None
    several: bool = False

    def find(self, key: str) -> Field | None:
        """Return the field that `key` means, None when the entity has no such key."""
        return next((field for field in self.fields if field.is_called(key)), self.any_key)

    @property
    def orderable(self) -> bool:
        """Whether any key may stand in order_by."""
        return any(field.orderable for field in (*self.fields, *((self.any_key,) if self.any_key else ())))


@dataclass(frozen=True, eq=False)
class Resource:
    """A kind of thing that can be searched. One value per kind: compared and hashed by identity.

    Args:
        name: plural, for messages.
        entities: the first one answers keys without a prefix.
    """

    name: str
    entities: tuple[Entity, ...]

    def find(self, prefix: str | None) -> Entity | None:
        """Return the entity written as `prefix`; None means no prefix was written."""
        if prefix is None:
            return self.entities[0]
        return next((entity for entity in self.entities if prefix in entity.prefixes), None)


RUNS = Resource(
    "runs",
    (
        Entity(
            "attribute",
            ("attributes", "attribute", "attr", "run"),
            (
                Field("run_id"),
                # MLflow orders by run_name only; the other spellings are for columns of its UI, and cost us nothing.
                Field("run_name", aliases=("run name", "Run name", "Run Name")),
                Field("status"),
                Field("user_id"),
                Field("artifact_uri"),
                Field("start_time", "int", aliases=("created", "Created")),
                Field("end_time", "int", nullable=True),
            ),
        ),
        Entity("metric", ("metrics", "metric"), any_key=Field(kind="float", nullable=True)),
        Entity("param", ("params", "param", "parameters", "parameter"), any_key=Field(nullable=True)),
        Entity("tag", ("tags", "tag"), any_key=Field(nullable=True)),
        Entity(
            "dataset",
            ("dataset", "datasets"),
            (
                Field("name", orderable=False),
                Field("digest", orderable=False),
                Field("context", orderable=False),
            ),
            several=True,
        ),
    ),
)

EXPERIMENTS = Resource(
    "experiments",
    (
        Entity(
            "attribute",
            ("attribute", "attributes", "attr", "experiment"),
            (
                Field("name"),
                Field("experiment_id", "id", only=("=", "!=", "IN", "NOT IN")),
                Field("creation_time", "int"),
                Field("last_update_time", "int"),
            ),
        ),
        Entity("tag", ("tags", "tag"), any_key=Field(nullable=True, orderable=False)),
    ),
)

# On models and prompts alike. The tag `mlflow.prompt.is_prompt` says which of the two is asked for.
REGISTERED_MODELS = Resource(
    "registered models",
    (
        Entity(
            "attribute",
            ("attribute", "attributes", "attr", "model"),
            (
                Field("name"),
                Field("creation_timestamp", "int"),
                Field("last_updated_timestamp", "int", aliases=("timestamp",)),
            ),
        ),
        Entity("tag", ("tags", "tag"), any_key=Field(nullable=True, orderable=False)),
    ),
)

MODEL_VERSIONS = Resource(
    "model versions",
    (
        Entity(
            "attribute",
            ("attribute", "attributes", "attr", "version"),
            (
                Field("name"),
                Field("version_number", "int", quotable=True),
                Field("run_id", orderable=False),
                Field("source_path", orderable=False),
                Field("creation_timestamp", "int"),
                Field("last_updated_timestamp", "int"),
            ),
        ),
        Entity("tag", ("tags", "tag"), any_key=Field(nullable=True, orderable=False)),
    ),
)
