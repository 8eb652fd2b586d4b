"""URIs of models: `models:/name/3`, `models:/name@alias`, `models:/name/Production`, `models:/name/latest`."""

from __future__ import annotations

import re

import msgspec

from mlflow.api.names import LATEST
from mlflow.entities.model_version import ModelVersionStages
from mlflow.exceptions import InvalidParameter

_PREFIX = re.compile(r"models:/+")


class ModelUri(msgspec.Struct, frozen=True):
    """What a URI means: a logged model, or a version of a model by number, alias or stage, else its highest."""

    name: str = ""
    version: str | None = None
    alias: str | None = None
    stage: str | None = None
    model_id: str | None = None


def parse_model_uri(uri: str) -> ModelUri:
    """Read a URI.

    Raises:
        InvalidParameter: it is none of the forms above.
    """
    prefix = _PREFIX.match(uri)
    path = uri[prefix.end() :] if prefix else ""
    name, at, alias = path.rpartition("@")
    if at and name and alias and "/" not in path:
        return ModelUri(name, alias=alias)
    name, slash, suffix = path.partition("/")
    if name.startswith("m-") and not slash:
        return ModelUri(model_id=name)
    if not (name and suffix) or "/" in suffix:
        raise InvalidParameter(
            f"The URI {uri[:200]!r} names no model. Use models:/NAME/VERSION, models:/NAME@ALIAS, "
            "models:/NAME/STAGE or models:/NAME/latest."
        )
    if suffix.lower() == LATEST:
        return ModelUri(name)
    if suffix.isascii() and suffix.isdigit():
        return ModelUri(name, version=suffix)
    return ModelUri(name, stage=ModelVersionStages.named(suffix))
