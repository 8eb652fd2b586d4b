"""Comparing journals of prompts with what a store holds: versions, aliases, every move of them, and what was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from mlflow.api.events import ListEvents
from mlflow.api.model_versions import SearchModelVersions
from mlflow.api.prompts import AliasChange, GetAliasHistory, SearchPromptText
from mlflow.api.registered_models import GetRegisteredModel
from mlflow.entities.event import Event
from mlflow.entities.model_version import ModelVersion
from mlflow.entities.prompt_tags import IS_PROMPT, TEXT
from mlflow.store.base import Store
from tests.faults.client import Write
from tests.faults.prompt_writers import Move, PromptWriter, text_of
from tests.faults.verdict import Tally


def judge_prompts(store: Store, journals: Sequence[PromptWriter], prompts: Sequence[str]) -> Tally:
    """Compare everything the writers noted with everything the store holds of their prompts.

    Raises:
        AssertionError: naming what is missing, doubled, or there in part.
    """
    tally = Tally()
    events = _all_events(store)
    for prompt in prompts:
        versions = _versions(store, prompt)
        writes = [(writer, write) for writer in journals for write in writer.journal if write.kind == "version"]
        _judge_versions(tally, versions, [(writer, write) for writer, write in writes if write.about == prompt])
        _judge_text_search(store, prompt, versions)
        told = [event.data["version"] for event in events if _is(event, "version", prompt)]
        assert told == [version.version for version in versions], f"{prompt}: the events tell of other versions"
        moves = [write for writer in journals for write in writer.journal if write.kind == "move"]
        _judge_aliases(tally, store, prompt, [write for write in moves if write.about.prompt == prompt], events)
    return tally


def _versions(store: Store, prompt: str) -> list[ModelVersion]:
    """Return every version, the first one first."""
    wanted = f"name = '{prompt}' AND tags.`{IS_PROMPT}` = 'true'"
    found: list[ModelVersion] = []
    token = None
    while True:
        call = SearchModelVersions(filter=wanted, max_results=1000, order_by=["version_number"], page_token=token)
        page = store.call(call)
        found += page.model_versions
        token = page.next_page_token
        if not token:
            return found


def _judge_versions(tally: Tally, versions: list[ModelVersion], writes: list[tuple[PromptWriter, Write]]) -> None:
    numbers = [int(version.version) for version in versions]
    assert numbers == list(range(1, len(versions) + 1)), f"the numbers have gaps or doubles: {numbers}"
    for version in versions:
        key = version.tags.get("journal", "")
        whole = (version.tags.get("second"), version.description, version.tags.get(TEXT)) == (key, key, text_of(key))
        assert whole, f"version {version.version} of {version.name} is there in part: {version}"
    numbers_of = Counter({version.tags["journal"]: int(version.version) for version in versions})
    counts = Counter(version.tags["journal"] for version in versions)
    for writer, write in writes:
        key = writer.key(write)
        count = counts.pop(key, 0)
        assert count == 1 or (count == 0 and not write.acknowledged), f"version {key} is there {count} times; {write}"
        if write.acknowledged:
            assert write.answer["model_version"]["version"] == str(numbers_of[key]), f"{key} got another number"
        _note(tally, write, bool(count))
    assert not +counts, f"versions that nobody registered: {+counts}"


def _judge_text_search(store: Store, prompt: str, versions: list[ModelVersion]) -> None:
    newest = versions[-1]
    query = newest.tags["journal"].replace("-", " ")
    found = [match.version for match in store.call(SearchPromptText(query=query)).matches if match.name == prompt]
    assert found == [newest.version], f"the words of {prompt} {newest.version} are not found: {found}"


def _judge_aliases(tally: Tally, store: Store, prompt: str, writes: list[Write], events: list[Event]) -> None:
    pointed = store.call(GetRegisteredModel(name=prompt)).registered_model.aliases
    for alias in {move.alias for move in _moves(writes)}:
        history = _history(store, prompt, alias)
        came_from = [None, *(change.to_version for change in history)]
        assert [change.from_version for change in history] == came_from[:-1], f"{prompt}@{alias}: moves are missing"
        assert pointed.get(alias) == came_from[-1], f"{prompt}@{alias} is not where its last move led"
        told = [event.data["version"] for event in events if _is(event, "alias", prompt, alias)]
        assert told == came_from[1:], f"{prompt}@{alias}: the events tell of other moves"
        counts = Counter(change.to_version for change in history)
        for write in writes:
            if write.about.alias == alias:
                count = counts.pop(write.about.version, 0)
                done_once = count == 1 or (count == 0 and not write.acknowledged)
                assert done_once, f"the move to {write.about} is there {count} times; {write}"
                _note(tally, write, bool(count))
        assert not +counts, f"moves of {prompt}@{alias} that nobody made: {+counts}"


def _moves(writes: list[Write]) -> list[Move]:
    return [write.about for write in writes]


def _history(store: Store, prompt: str, alias: str) -> list[AliasChange]:
    """Return every move of an alias, the first one first."""
    found: list[AliasChange] = []
    token = None
    while True:
        page = store.call(GetAliasHistory(name=prompt, alias=alias, max_results=1000, page_token=token))
        found += page.changes
        token = page.next_page_token
        if not token:
            return found[::-1]


def _all_events(store: Store) -> list[Event]:
    found: list[Event] = []
    while page := store.call(ListEvents(after=found[-1].id if found else 0, max_results=1000)).events:
        found += page
    return found


def _is(event: Event, entity: str, prompt: str, alias: str | None = None) -> bool:
    """Tell whether an event is about a version or alias of a prompt."""
    data: dict[str, Any] = event.data
    return event.entity.endswith(entity) and data.get("name") == prompt and data.get("alias") == alias


def _note(tally: Tally, write: Write, there: bool) -> None:
    if write.acknowledged:
        tally.acknowledged += 1
    else:
        tally.unanswered += 1
        tally.unanswered_yet_done += there
