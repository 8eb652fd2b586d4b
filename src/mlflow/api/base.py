"""The Call: one typed value for every operation, declared once.

A Call says where it lives on the wire (`@rest`), what it takes (its fields), what it answers (`Call[Reply]`), who may
send it (`needs`) and what makes it valid (`check`). Server, REST client, OpenAPI document and rights all read this one
declaration.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar, Generic, Literal, TypeVar, get_args

import msgspec

from mlflow.exceptions import InvalidParameter

R = TypeVar("R")
C = TypeVar("C", bound="type[Call[Any]]")

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Permission = Literal["ANYONE", "READ", "USE", "EDIT", "MANAGE"]
Family = Literal["mlflow", "headrace"]

_PARAMETER = re.compile(r"\{(\w+)\}")


class Needs(msgspec.Struct, frozen=True):
    """The right a caller must hold, and the field that names the thing it is held on."""

    permission: Permission
    field: str | None = None


ANYONE = Needs("ANYONE")


def READ(field: str | None = None) -> Needs:
    """The caller may see the thing that `field` names (None: each result is checked on its own)."""
    return Needs("READ", field)


def EDIT(field: str | None = None) -> Needs:
    """The caller may change the thing that `field` names (None: may create)."""
    return Needs("EDIT", field)


def MANAGE(field: str) -> Needs:
    """The caller may delete and grant the thing that `field` names."""
    return Needs("MANAGE", field)


class Route(msgspec.Struct, frozen=True):
    """Where a Call lives on the wire."""

    method: Method
    path: str  # after the prefix, for example "runs/log-metric"; "webhooks/{webhook_id}" holds a field of the Call
    version: str = "2.0"
    ajax_only: bool = False
    also: tuple[Method, ...] = ()
    family: Family = "mlflow"
    parameters: tuple[str, ...] = ()  # the fields that are parts of the path

    @property
    def paths(self) -> tuple[str, ...]:
        """Every full path the Call answers under."""
        tail = f"/{self.version}/{self.family}/{self.path}"
        return (f"/ajax-api{tail}",) if self.ajax_only else (f"/api{tail}", f"/ajax-api{tail}")

    @property
    def methods(self) -> tuple[Method, ...]:
        """Every HTTP method the Call answers to."""
        return (self.method, *self.also)


class Call(msgspec.Struct, Generic[R], omit_defaults=True):
    """One operation as a value: its fields are the request, `R` is the reply."""

    route: ClassVar[Route]
    needs: ClassVar[Needs]
    reply_type: ClassVar[Any]
    once: ClassVar[bool] = False
    """True when doing it twice differs from doing it once: a client then sends a key that makes retries safe."""

    def check(self) -> None:
        """Refuse what cannot be right and bring the rest into its stored form; run before the Call leaves or is done.

        Raises:
            InvalidParameter: the first thing that is wrong, and what would be right.
        """

    def must_have(self, *names: str) -> None:
        """Refuse empty text in the fields `names`."""
        for name in names:
            if getattr(self, name) == "":
                raise InvalidParameter(f"Missing value for required parameter '{name}'.")


CALLS: list[type[Call[Any]]] = []
"""Every declared Call, in order of declaration."""


def rest(
    method: Method,
    path: str,
    *,
    needs: Needs,
    once: bool = False,
    version: str = "2.0",
    ajax_only: bool = False,
    also: tuple[Method, ...] = (),
    family: Family = "mlflow",
) -> Callable[[C], C]:
    """Declare where a Call lives on the wire and who may send it; what MLflow does not have is of our own family.

    A field that is part of the path, `{webhook_id}`, is a text with a default: in the body it is not looked for.
    """

    def declare(call: C) -> C:
        call.route = Route(method, path, version, ajax_only, also, family, tuple(_PARAMETER.findall(path)))
        call.needs = needs
        call.once = once
        call.reply_type = _reply_type(call)
        CALLS.append(call)
        return call

    return declare


def _reply_type(call: type[Call[Any]]) -> Any:
    for base in call.__dict__.get("__orig_bases__", ()):
        if arguments := get_args(base):
            return None if arguments[0] is type(None) else arguments[0]
    parent = call.__mro__[1]
    return _reply_type(parent)
