"""Between the tags in which a prompt's version travels and the columns in which it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, case

from mlflow.entities import prompt_tags as tags
from mlflow.exceptions import InvalidParameter
from mlflow.store.sql.json_rows import joined, json_text, literal
from mlflow.store.sql.tables import prompt_versions

COLUMNS: dict[str, Column[Any]] = {
    tags.TYPE: prompt_versions.c.type,
    tags.TEXT: prompt_versions.c.template,
    tags.RESPONSE_FORMAT: prompt_versions.c.response_format,
    tags.MODEL_CONFIG: prompt_versions.c.model_config,
    tags.VARIABLES: prompt_versions.c.variables,
}
"""The column of each tag that has one, in the order in which they are written back."""

MAY_CHANGE = frozenset({tags.MODEL_CONFIG})
"""What is set anew on a version that is there; all else of it never changes, so that clients may keep it for ever."""

_OBJECTS = (tags.RESPONSE_FORMAT, tags.MODEL_CONFIG, tags.VARIABLES)
_MARK = f'{{"key":"{tags.IS_PROMPT}","value":"true"}}'


def split(given: Mapping[str, str]) -> tuple[dict[str, str | None], dict[str, str]]:
    """Return the values of the columns, by their names, and the tags that are left.

    Raises:
        InvalidParameter: a value is not what its tag is for.
    """
    for key, value in given.items():
        check_part(key, value)
    if given.get(tags.TYPE) == "chat" and tags.TEXT in given:
        _check_json("template of a chat prompt", given[tags.TEXT], list)
    columns = {column.name: given.get(key) for key, column in COLUMNS.items()}
    return columns, {key: value for key, value in given.items() if key not in COLUMNS and key != tags.IS_PROMPT}


def check_part(key: str, value: str) -> None:
    """Refuse the value of a reserved tag that is not what the tag is for."""
    if key == tags.TEXT and len(value) > tags.TEMPLATE_LIMIT:
        raise InvalidParameter(
            f"The template is {len(value)} characters long; at most {tags.TEMPLATE_LIMIT} are allowed."
        )
    if key in _OBJECTS:
        _check_json(f"tag {key!r}", value, dict)


def list_of_one() -> ColumnElement[str]:
    """Return the beginning of the JSON list of a prompt's own tags, with the one that makes it a prompt."""
    return literal(f"[{_MARK}")


def list_of_columns() -> ColumnElement[str]:
    """Return the beginning of the JSON list of a version's tags: the one mark, and those that are kept as columns."""
    return joined(list_of_one(), *(_as_tag(key, column) for key, column in COLUMNS.items()))


def _as_tag(key: str, column: Column[Any]) -> ColumnElement[str]:
    item = joined(literal(f',{{"key":"{key}","value":'), json_text(column), literal("}"))
    return case((column.is_(None), literal("")), else_=item)


def _check_json(what: str, text: str, kind: type) -> None:
    try:
        fits = isinstance(msgspec.json.decode(text), kind)
    except (msgspec.DecodeError, RecursionError):
        fits = False
    if not fits:
        raise InvalidParameter(f"The {what} must be a JSON {'list' if kind is list else 'object'}.")
