"""What pulling and pushing do, by what a file, the version it came from and the registry's latest version say."""

from __future__ import annotations

import pytest

from mlflow.client.prompts.files.folder import PromptFile
from mlflow.client.prompts.files.plan import Pair, Step, plan_pull, plan_push, state_of
from mlflow.entities.prompt_version import PromptVersion


def version(number: int, text: str, aliases: list[str] | None = None) -> PromptVersion:
    return PromptVersion("qa", number, text, aliases=aliases)


def pair(
    file: tuple[int, str] | None,
    latest: tuple[int, str] | None,
    base: str | None = None,
    aliases: tuple[list[str], list[str]] = ([], []),
) -> Pair:
    """A file, the registry's latest version and what the version says that the file came from; with their aliases."""
    mine = PromptFile("qa.prompt.md", "", version(*file, aliases[0])) if file else None
    theirs = version(*latest, aliases[1]) if latest else None
    if file and latest and file[0] == latest[0]:
        return Pair("qa", mine, theirs, theirs)
    return Pair("qa", mine, version(file[0], base) if file and base is not None else None, theirs)


NEW = pair(None, (3, "c"))
SAME = pair((3, "c"), (3, "c"))
EDITED = pair((3, "x"), (3, "c"))
BEHIND = pair((1, "a"), (3, "c"), base="a")
BOTH = pair((1, "x"), (3, "c"), base="a")
BOTH_ALIKE = pair((1, "c"), (3, "c"), base="a")
OURS = pair((0, "x"), None)
OURS_AND_THEIRS = pair((0, "x"), (3, "c"))
OURS_AND_THEIRS_ALIKE = pair((0, "c"), (3, "c"))
GONE = pair((1, "a"), None)
BASE_GONE = pair((9, "x"), (3, "c"))

TABLE = [
    # found              state          pull       by force   push        by force
    (NEW, "only there", "write", "write", "nothing", "nothing"),
    (SAME, "same", "nothing", "write", "nothing", "nothing"),
    (EDITED, "edited", "nothing", "write", "register", "register"),
    (BEHIND, "behind", "write", "write", "nothing", "nothing"),
    (BOTH, "diverged", "conflict", "write", "conflict", "register"),
    (BOTH_ALIKE, "same text", "write", "write", "renumber", "renumber"),
    (OURS, "only here", "nothing", "nothing", "register", "register"),
    (OURS_AND_THEIRS, "diverged", "conflict", "write", "conflict", "register"),
    (OURS_AND_THEIRS_ALIKE, "same text", "write", "write", "renumber", "renumber"),
    (GONE, "gone", "nothing", "nothing", "conflict", "register"),
    (BASE_GONE, "diverged", "conflict", "write", "conflict", "register"),
]


@pytest.mark.parametrize(("found", "state", "pull", "forced_pull", "push", "forced_push"), TABLE)
def test_every_case_has_its_deed(
    found: Pair, state: str, pull: str, forced_pull: str, push: str, forced_push: str
) -> None:
    assert state_of(found) == state
    assert [step.deed for step in plan_pull([found])] == [pull]
    assert [step.deed for step in plan_pull([found], force=True)] == [forced_pull]
    assert [step.deed for step in plan_push([found])] == [push]
    assert [step.deed for step in plan_push([found], force=True)] == [forced_push]


def test_one_conflict_leaves_the_others_as_they_are() -> None:
    assert [step.deed for step in plan_pull([BOTH, BEHIND, NEW])] == ["conflict", "write", "write"]


def test_prompts_without_a_file_are_deleted_only_when_that_is_wanted() -> None:
    assert [step.deed for step in plan_push([NEW, EDITED], delete=True)] == ["delete", "register"]
    assert [step.deed for step in plan_push([NEW, EDITED], force=True)] == ["nothing", "register"]


def test_settings_count_and_labels_do_not() -> None:
    plain = PromptVersion("qa", 1, "a", "first", tags={"a": "b"}, aliases=["x"])
    labels = PromptVersion("qa", 1, "a", "second", tags={"c": "d"}, aliases=["y"])
    settings = PromptVersion("qa", 1, "a", model_config={"temperature": 0.5})
    schema = PromptVersion("qa", 1, "a", response_format={"additionalProperties": True})
    other_schema = PromptVersion("qa", 1, "a", response_format={"additionalProperties": 1})

    assert state_of(_against(plain, labels)) == "same"
    assert state_of(_against(plain, settings)) == "edited"
    assert state_of(_against(schema, other_schema)) == "edited"


def _against(mine: PromptVersion, latest: PromptVersion) -> Pair:
    return Pair("qa", PromptFile("qa.prompt.md", "", mine), latest, latest)


@pytest.mark.parametrize(
    ("found", "deed", "aliases"),
    [
        (pair((3, "c"), (3, "c"), aliases=(["prod", "test"], ["test"])), "point", ("prod",)),
        (pair((3, "c"), (3, "c"), aliases=(["prod"], ["prod", "test"])), "nothing", ()),
        (pair((3, "x"), (3, "c"), aliases=(["prod"], ["prod"])), "register", ("prod",)),
        (pair((0, "c"), (3, "c"), aliases=(["prod"], [])), "renumber", ("prod",)),
        (pair((1, "a"), (3, "c"), base="a", aliases=(["prod"], [])), "nothing", ()),
        (pair((1, "x"), (3, "c"), base="a", aliases=(["prod"], [])), "conflict", ()),
    ],
)
def test_aliases_are_pointed_only_on_demand_and_never_back(found: Pair, deed: str, aliases: tuple[str, ...]) -> None:
    [step] = plan_push([found], aliases=True)

    assert (step.deed, step.aliases) == (deed, aliases)
    assert all(step.aliases == () for step in plan_push([found]))


def test_a_plan_does_nothing() -> None:
    assert plan_pull([BOTH]) == [Step("conflict", "diverged", BOTH)]
