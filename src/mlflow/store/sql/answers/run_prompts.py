"""Answers to Calls on which runs used which prompts. The run's tag says it; its content is kept as rows beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, select

from mlflow.api.names import NAME_LIMIT, version_number
from mlflow.api.prompts import (
    ListPromptRuns,
    ListRunPrompts,
    PromptRun,
    PromptRunsPage,
    RunPromptsReply,
    UsedPrompt,
)
from mlflow.entities import RunStatus
from mlflow.exceptions import RunNotFound
from mlflow.store.sql.answers.registry import reads
from mlflow.store.sql.search.paging import SortKey, behind, read_token, write_token
from mlflow.store.sql.statements import Statement, insert
from mlflow.store.sql.tables import run_prompts, runs
from mlflow.store.sql.transaction import Row, Transaction

_FORGET = Statement(delete(run_prompts).where(run_prompts.c.run == bindparam("run")))
_ADD = Statement(insert(run_prompts).values(run=bindparam("run"), name=bindparam("name"), version=bindparam("version")))
_NUMBER = Statement(select(runs.c.id).where(runs.c.run_id == bindparam("run_id")))
_OF_RUN = Statement(
    select(run_prompts.c.name, run_prompts.c.version)
    .where(run_prompts.c.run == bindparam("run"))
    .order_by(run_prompts.c.name, run_prompts.c.version)
)
_OF_PROMPT = (
    select(
        runs.c.run_id,
        runs.c.name,
        runs.c.experiment,
        runs.c.status,
        runs.c.start_time,
        run_prompts.c.version,
        run_prompts.c.run,
    )
    .join_from(run_prompts, runs, runs.c.id == run_prompts.c.run)
    .where(run_prompts.c.name == bindparam("name"), runs.c.deleted_time.is_(None))
    .order_by(run_prompts.c.run.desc(), run_prompts.c.version.desc())
    .limit(bindparam("wanted"))
)
_NEWEST_FIRST = [SortKey(run_prompts.c.run, False, "int"), SortKey(run_prompts.c.version, False, "int")]


def keep_links(transaction: Transaction, run: int, tag: str | None) -> None:
    """Keep what a run's tag says it used, instead of what it said before; None: the tag is removed."""
    transaction.write(_FORGET, run=run)
    if tag is not None:
        transaction.write_many(_ADD, [(run, name, version) for name, version in sorted(_links_in(tag))])


def _links_in(tag: str) -> set[tuple[str, int]]:
    """Return the names and versions in a tag; what is written in another way links nothing, as it does for MLflow."""
    try:
        found: Any = msgspec.json.decode(tag)
    except (msgspec.DecodeError, RecursionError):
        return set()
    links = set()
    for item in found if isinstance(found, list) else []:
        name, version = (item.get("name"), str(item.get("version"))) if isinstance(item, dict) else (None, "")
        number = version_number(version) if version.isascii() and version.isdigit() else 0
        if isinstance(name, str) and 0 < len(name) <= NAME_LIMIT and number:
            links.add((name, number))
    return links


def changed_links(tag: str | None, prompts: Sequence[UsedPrompt], detach: bool) -> str | None:
    """Return a run's tag with links added or taken away; None: none is left."""
    links = _links_in(tag or "[]")
    given = {(used.name, int(used.version)) for used in prompts}
    links = links - given if detach else links | given
    if not links:
        return None
    content = [{"name": name, "version": str(version)} for name, version in sorted(links)]
    return msgspec.json.encode(content).decode()


@reads(ListRunPrompts, quick=True)
def list_run_prompts(transaction: Transaction, call: ListRunPrompts) -> RunPromptsReply:
    """Read the run's rows."""
    run = transaction.row(_NUMBER, run_id=call.run_id)
    if run is None:
        raise RunNotFound(call.run_id)
    rows = transaction.rows(_OF_RUN, run=run[0])
    return RunPromptsReply([UsedPrompt(name, str(version)) for name, version in rows])


@reads(ListPromptRuns)
def list_prompt_runs(transaction: Transaction, call: ListPromptRuns) -> PromptRunsPage:
    """Walk the index of the prompt's runs backwards; a run's number grows with time."""
    order = ["run_prompts", call.name, str(call.version)]
    query = _OF_PROMPT
    if call.version is not None:
        query = query.where(run_prompts.c.version == version_number(str(call.version)))
    if call.page_token:
        query = query.where(behind(_NEWEST_FIRST, read_token(call.page_token, order, _NEWEST_FIRST)))
    rows = transaction.rows(Statement(query), name=call.name, wanted=call.max_results + 1)
    page = rows[: call.max_results]
    token = write_token(order, [page[-1][6], page[-1][5]]) if len(rows) > len(page) else None
    return PromptRunsPage([_run(row) for row in page], token)


def _run(row: Row) -> PromptRun:
    run_id, name, experiment, status, start_time, version, _ = row
    return PromptRun(run_id, name, str(experiment), RunStatus.to_string(status), start_time, str(version))
