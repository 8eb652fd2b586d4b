"""What every store promises about which runs used which prompts: what the tag of the run says, told from both ends."""

from __future__ import annotations

import json

import pytest

from mlflow.api.prompts import ListPromptRuns, ListRunPrompts, PromptRun
from mlflow.api.runs import DeleteRun, LogBatch, RestoreRun
from mlflow.api.tags import DeleteTag, SetTag
from mlflow.entities import RunTag
from mlflow.entities.prompt_tags import LINKED_PROMPTS
from mlflow.store.base import Store
from tests.contract.conftest import NewRun
from tests.contract.errors import refused
from tests.contract.registering import add_prompt_version, new_prompt, unused_name


def tag(*links: tuple[str, str | int]) -> str:
    """What a client writes: a list of names and versions."""
    return json.dumps([{"name": name, "version": str(version)} for name, version in links])


def link(store: Store, run: str, *links: tuple[str, str | int]) -> None:
    store.call(SetTag(run_id=run, key=LINKED_PROMPTS, value=tag(*links)))


def runs_of(store: Store, name: str, version: str | int | None = None) -> list[PromptRun]:
    return store.call(ListPromptRuns(name=name, version=version)).runs


def prompts_of(store: Store, run: str) -> list[tuple[str, str]]:
    return [(used.name, used.version) for used in store.call(ListRunPrompts(run_id=run)).prompts]


@pytest.fixture
def name(store: Store) -> str:
    """A prompt with two versions."""
    made = new_prompt(store)
    for template in ("one", "two"):
        add_prompt_version(store, made, template)
    return made


def test_a_run_tells_its_prompts_and_a_prompt_its_runs_newest_first(store: Store, name: str, new_run: NewRun) -> None:
    first, second = new_run("first", start_time=20), new_run("second", start_time=10)
    link(store, first.info.run_id, (name, 1))
    link(store, second.info.run_id, (name, 2), (name, 1))

    assert prompts_of(store, second.info.run_id) == [(name, "1"), (name, "2")]
    assert [(run.run_name, run.version) for run in runs_of(store, name)] == [
        ("second", "2"),
        ("second", "1"),
        ("first", "1"),
    ]
    assert [run.run_name for run in runs_of(store, name, "1")] == ["second", "first"]
    assert [run.run_name for run in runs_of(store, name, 2)] == ["second"]


def test_a_run_is_told_with_what_a_list_needs(store: Store, name: str, new_run: NewRun) -> None:
    run = new_run("mine", start_time=5).info
    link(store, run.run_id, (name, 1))

    assert runs_of(store, name) == [PromptRun(run.run_id, "mine", run.experiment_id, "RUNNING", 5, "1")]


def test_the_tag_counts_however_it_is_set(store: Store, name: str, new_run: NewRun) -> None:
    created = new_run(tags={LINKED_PROMPTS: tag((name, 1))}).info.run_id
    in_batch = new_run().info.run_id
    store.call(LogBatch(run_id=in_batch, tags=[RunTag(LINKED_PROMPTS, tag((name, 1)))]))

    assert {run.run_id for run in runs_of(store, name)} == {created, in_batch}


def test_the_tag_set_anew_replaces_what_it_said(store: Store, name: str, run: str) -> None:
    other = new_prompt(store)
    link(store, run, (name, 1), (name, 1), (other, 3))
    assert prompts_of(store, run) == sorted([(name, "1"), (other, "3")])

    link(store, run, (name, 2))
    assert prompts_of(store, run) == [(name, "2")]
    assert (runs_of(store, other), runs_of(store, name, 1)) == ([], [])


def test_the_tag_removed_links_nothing(store: Store, name: str, run: str) -> None:
    link(store, run, (name, 1))

    store.call(DeleteTag(run_id=run, key=LINKED_PROMPTS))

    assert (prompts_of(store, run), runs_of(store, name)) == ([], [])


@pytest.mark.parametrize(
    "value",
    [
        "",
        "no json",
        "{}",
        "[1, null]",
        '[{"name": 5, "version": "1"}]',
        '[{"name": "x"}]',
        '[{"version": "1"}]',
        '[{"name": "x", "version": "one"}]',
        '[{"name": "x", "version": "-1"}]',
        '[{"name": "x", "version": 1.5}]',
        "[" * 4000,
    ],
)
def test_a_tag_that_says_nothing_links_nothing(store: Store, run: str, value: str) -> None:
    store.call(SetTag(run_id=run, key=LINKED_PROMPTS, value=value))

    assert prompts_of(store, run) == []


def test_a_version_may_be_a_number(store: Store, name: str, run: str) -> None:
    store.call(SetTag(run_id=run, key=LINKED_PROMPTS, value=json.dumps([{"name": name, "version": 2}])))

    assert prompts_of(store, run) == [(name, "2")]


def test_a_deleted_run_is_not_told_until_it_is_restored(store: Store, name: str, run: str) -> None:
    link(store, run, (name, 1))
    store.call(DeleteRun(run_id=run))
    assert runs_of(store, name) == []

    store.call(RestoreRun(run_id=run))
    assert [found.run_id for found in runs_of(store, name)] == [run]


def test_the_runs_of_a_prompt_come_in_pages(store: Store, name: str, new_run: NewRun) -> None:
    for number in range(5):
        link(store, new_run(f"run {number}").info.run_id, (name, 1), (name, 2))
    for version, count in ((None, 10), ("2", 5)):
        seen: list[tuple[str, str]] = []
        token: str | None = None
        while True:
            page = store.call(ListPromptRuns(name=name, version=version, max_results=3, page_token=token))
            seen += [(run.run_name, run.version) for run in page.runs]
            token = page.next_page_token
            if token is None:
                break
        assert seen == [(run.run_name, run.version) for run in runs_of(store, name, version)]
        assert len(set(seen)) == count


def test_what_nobody_used_has_no_runs_and_an_unknown_run_is_not_found(store: Store, run: str) -> None:
    assert runs_of(store, unused_name()) == []
    assert prompts_of(store, run) == []
    with refused("RESOURCE_DOES_NOT_EXIST"):
        prompts_of(store, "0" * 32)
    with refused("INVALID_PARAMETER_VALUE"):
        runs_of(store, "a b")
    with refused("INVALID_PARAMETER_VALUE"):
        runs_of(store, "x", "one")
    with refused("INVALID_PARAMETER_VALUE", "page token"):
        store.call(ListPromptRuns(name="x", page_token="nonsense"))
