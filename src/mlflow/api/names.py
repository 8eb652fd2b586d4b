"""Rules for names, aliases, versions and tags of the registry; numbers are those of MLflow where it has them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mlflow.api.checks import check_key
from mlflow.entities.prompt_tags import IS_PROMPT
from mlflow.entities.registered_model import RegisteredModelTag
from mlflow.exceptions import InvalidParameter

NAME_LIMIT = 256
ALIAS_LIMIT = 255
REGISTRY_TAG_VALUE_LIMIT = 100_000
DESCRIPTION_LIMIT = 100_000
LATEST = "latest"
"""The alias that nobody sets: the highest version."""

_SEGMENT = re.compile(r"[a-zA-Z0-9_.\-]+")
_ALIAS = re.compile(r"[\w\-]+")
_VERSION_ALIAS = re.compile(r"[vV][0-9]+")
_VERSION = re.compile(r"-?[0-9]{1,400}")
_VERSION_DIGITS = 15


def check_name(name: str, parameter: str = "name") -> None:
    """Refuse what can be the name of neither a model nor a prompt."""
    if "/" in name:
        check_prompt_name(name, parameter)
    else:
        check_model_name(name, parameter)


def check_model_name(name: str, parameter: str = "name") -> None:
    """Refuse a model's name that is empty, too long, or that a URI or a path could not hold."""
    _check_length(name, parameter)
    if "/" in name or ":" in name:
        raise InvalidParameter(f"Invalid model name {name!r}. Names cannot contain '/' or ':'.")
    if name in (".", ".."):
        raise InvalidParameter(f"Invalid model name {name!r}. It would mean a folder, not a model.")


def check_prompt_name(name: str, parameter: str = "name") -> None:
    """Refuse a prompt's name that is not one or more words joined by slashes."""
    _check_length(name, parameter)
    segments = name.split("/")
    for segment in segments:
        if not _SEGMENT.fullmatch(segment) or segment in (".", ".."):
            raise InvalidParameter(
                f"Invalid prompt name {name!r}. Use letters, digits, underscores, dashes and dots; a slash puts the "
                "prompt into a folder: 'support/greeting'."
            )
    if len(segments) > 1 and segments[-1].isdigit():
        raise InvalidParameter(
            f"Invalid prompt name {name!r}. The last part cannot be a number: prompts:/{name} means version "
            f"{segments[-1]} of {'/'.join(segments[:-1])}."
        )


def check_folder(path: str) -> None:
    """Refuse a path that can be no folder of prompts; the empty one is the root."""
    _check_length(f"{path}/x", "path")  # the shortest name in it
    for segment in path.split("/") if path else ():
        if not _SEGMENT.fullmatch(segment) or segment in (".", ".."):
            raise InvalidParameter(
                f"Invalid folder of prompts {path!r}. Write folders as in names of prompts: 'support/replies'."
            )


def check_alias(alias: str) -> None:
    """Refuse what can never be an alias."""
    if alias == "":
        raise InvalidParameter("Missing value for required parameter 'alias'.")
    if len(alias) > ALIAS_LIMIT:
        raise InvalidParameter(f"The alias is {len(alias)} characters long; at most {ALIAS_LIMIT} are allowed.")
    if not _ALIAS.fullmatch(alias):
        raise InvalidParameter(f"Invalid alias {alias!r}. Use letters, digits, underscores and dashes.")


def check_free_alias(alias: str) -> None:
    """Refuse an alias that cannot be set: not one at all, or one that always means a version."""
    check_alias(alias)
    if alias.lower() == LATEST:
        raise InvalidParameter(f"The alias {alias!r} is reserved: it always means the highest version. Use another.")
    if _VERSION_ALIAS.fullmatch(alias):
        raise InvalidParameter(f"The alias {alias!r} is reserved: it looks like a version. Use another.")


def version_text(version: str | int) -> str:
    """Return a version as it travels: digits, without leading zeros."""
    text = str(version)
    if text == "":
        raise InvalidParameter("Missing value for required parameter 'version'.")
    if not _VERSION.fullmatch(text):
        raise InvalidParameter(f"Parameter 'version' must be a whole number, got {text[:80]!r}.")
    return str(int(text))


def version_number(text: str) -> int:
    """Return a version as it is stored; one that cannot exist is 0."""
    return int(text) if len(text) <= _VERSION_DIGITS and not text.startswith("-") else 0


def check_registry_tag(key: str, value: str = "") -> None:
    """Refuse a tag of a model, prompt or version with a bad key or a value that is too long."""
    check_key("tag", key)
    check_text(f"tag {key!r}", value, REGISTRY_TAG_VALUE_LIMIT)


def check_text(what: str, text: str | None, limit: int) -> None:
    """Refuse a text that is too long, or that not every database can hold."""
    if text is None:
        return
    if len(text) > limit:
        raise InvalidParameter(f"The {what} is {len(text)} characters long; at most {limit} are allowed.")
    if "\0" in text:
        raise InvalidParameter(f"The {what} contains a NUL character, which cannot be stored. Remove it.")


def is_prompt(tags: Iterable[RegisteredModelTag]) -> bool:
    """Tell whether an entry with these tags is a prompt; of a tag given twice the later one counts."""
    return {tag.key: tag.value for tag in tags}.get(IS_PROMPT, "").lower() == "true"


def _check_length(name: str, parameter: str) -> None:
    if name.strip() == "":
        raise InvalidParameter(f"Missing value for required parameter '{parameter}'.")
    check_text(f"value of parameter '{parameter}'", name, NAME_LIMIT)
