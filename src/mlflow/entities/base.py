"""What all entities share: they are msgspec Structs, and what they hold is what travels."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import msgspec


class _Aliased(msgspec.StructMeta):
    """Let a Struct be built with the documented keyword names, where the fields behind them are named otherwise.

    `run.data.metrics` is a dict for the user and a list on the wire: the field that travels is `_metrics`, and
    `RunData(metrics=[...])` still works.
    """

    keywords: dict[str, str]

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            kwargs = {cls.keywords.get(name, name): value for name, value in kwargs.items() if value is not None}
        return super().__call__(*args, **kwargs)


class Entity(msgspec.Struct, omit_defaults=True):
    """Base of everything a user holds in hand. Fields left at their default do not travel.

    Entities that hold texts and numbers alone are declared with `gc=False`: they cannot be part of a cycle, and a page
    of runs has tens of thousands that the collector would visit.
    """

    def to_dictionary(self) -> dict[str, Any]:
        """Return the fields as a plain dict, under their public names."""
        return {name: getattr(self, name) for name in (field.lstrip("_") for field in self.__struct_fields__)}

    def __iter__(self) -> Any:
        return iter(self.to_dictionary().items())


class AliasedEntity(Entity, metaclass=_Aliased):
    """An entity whose constructor's keyword names differ from its fields."""

    keywords: ClassVar[dict[str, str]] = {}


class WireFloat(float):
    """A float that JSON has no number for; it travels as a string."""


NAN = WireFloat("nan")
"""The NaN that travels: a plain `float("nan")` would be encoded as null."""


def _encode_other(value: object) -> str:
    if isinstance(value, WireFloat):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    raise TypeError(f"{type(value).__name__} does not travel")


encoder = msgspec.json.Encoder(enc_hook=_encode_other)
"""Encodes any entity, Call or reply to JSON. Shared; its `encode` may be called from any thread."""
