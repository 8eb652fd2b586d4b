"""What is in a folder of prompts: a folder is nothing but the beginning of names, up to a slash."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Integer, bindparam, func, literal_column, select

from mlflow.api.prompts import ListPromptFolder, PromptFolder, PromptSummary
from mlflow.store.sql.answers.model_data import model_aliases
from mlflow.store.sql.answers.version_data import quoted
from mlflow.store.sql.json_rows import as_one_text, json_int, json_items, json_object, json_or, json_text
from mlflow.store.sql.search.paging import SortKey, read_token, write_token
from mlflow.store.sql.statements import Statement
from mlflow.store.sql.tables import PROMPT, prompt_versions, registered_model_tags, registered_models
from mlflow.store.sql.transaction import Transaction

_FOLDERS, _PROMPTS = 0, 1
_PLACE = [SortKey(literal_column("0"), True, "int"), SortKey(registered_models.c.name, True, "text")]

# "0" is the sign after "/": the names in a folder are one stretch of the index.
_INSIDE = (
    registered_models.c.kind == PROMPT,
    registered_models.c.name >= bindparam("start"),
    registered_models.c.name < bindparam("end"),
)
_REST = func.substr(registered_models.c.name, bindparam("skipped", type_=Integer()))
_IN_ROOT = "\U0010ffff"  # behind every name


def _folders(slash: Any) -> Statement:
    """Return the query of folders; `slash` is the database's function that finds one text in another."""
    name: ColumnElement[str] = func.substr(_REST, 1, slash(_REST, "/") - 1).label("folder")
    inside = select(name).where(*_INSIDE, slash(_REST, "/") > 0).subquery()
    return Statement(
        select(inside.c.folder, func.count())
        .where(inside.c.folder > bindparam("after"))
        .group_by(inside.c.folder)
        .order_by(inside.c.folder)
        .limit(bindparam("wanted"))
    )


def _tags() -> ColumnElement[str]:
    item = json_object(key=json_text(registered_model_tags.c.key), value=json_text(registered_model_tags.c.value))
    mine = registered_model_tags.c.model == registered_models.c.id
    found = select(json_items(item, registered_model_tags.c.key)).where(mine).correlate(registered_models)
    return json_or("[]", found.scalar_subquery())


def _latest() -> ColumnElement[str]:
    mine = prompt_versions.c.model == registered_models.c.id
    found = select(quoted(func.max(prompt_versions.c.version))).where(mine).having(func.count() > 0)
    return json_or("null", found.correlate(registered_models).scalar_subquery())


_SUMMARY = json_object(
    name=json_text(registered_models.c.name),
    last_updated_timestamp=json_int(registered_models.c.last_update_time),
    latest_version=_latest(),
    description=json_text(func.nullif(registered_models.c.description, "")),
    tags=_tags(),
    aliases=model_aliases(),
)


def _prompts(slash: Any) -> Statement:
    return Statement(
        as_one_text(
            select(_SUMMARY)
            .where(*_INSIDE, registered_models.c.name > bindparam("after"), slash(_REST, "/") == 0)
            .order_by(registered_models.c.name)
            .limit(bindparam("wanted"))
        )
    )


_SLASH = {"sqlite": func.instr, "postgresql": func.strpos}
_FOLDERS_IN = {dialect: _folders(slash) for dialect, slash in _SLASH.items()}
_PROMPTS_IN = {dialect: _prompts(slash) for dialect, slash in _SLASH.items()}
_read = msgspec.json.Decoder(list[PromptSummary]).decode


def page_of_folder(
    transaction: Transaction, call: ListPromptFolder
) -> tuple[list[PromptFolder], list[PromptSummary], str | None]:
    """Return the folders and prompts on a page, and the token of the next. Folders come first.

    Raises:
        InvalidParameter: bad token.
    """
    order = ["prompt_folder", call.path]
    part, after = read_token(call.page_token, order, _PLACE) if call.page_token else (_FOLDERS, "")
    dialect = transaction.database.sql.name
    prefix = f"{call.path}/" if call.path else ""
    inside = {"start": prefix, "end": f"{call.path}0" if call.path else _IN_ROOT, "skipped": len(prefix) + 1}

    folders: list[PromptFolder] = []
    if part == _FOLDERS:
        rows = transaction.rows(_FOLDERS_IN[dialect], **inside, after=after, wanted=call.max_results + 1)
        folders = [PromptFolder(prefix + name, count) for name, count in rows[: call.max_results]]
        if len(rows) > call.max_results:
            return folders, [], write_token(order, [_FOLDERS, rows[call.max_results - 1][0]])
        after = ""
    room = call.max_results - len(folders)
    prompts = _read(transaction.text(_PROMPTS_IN[dialect], **inside, after=after, wanted=room + 1))
    token = None
    if len(prompts) > room:
        prompts = prompts[:room]
        token = write_token(order, [_PROMPTS, prompts[-1].name if prompts else ""])
    return folders, prompts, token
