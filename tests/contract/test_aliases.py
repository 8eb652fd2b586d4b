"""What every store promises about aliases: they move at once, and every move is remembered."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mlflow.api.aliases import DeleteAlias
from mlflow.api.model_versions import DeleteModelVersion
from mlflow.api.prompts import AliasHistoryPage, GetAliasHistory, RollBackAlias
from mlflow.api.registered_models import DeleteRegisteredModel, RenameRegisteredModel
from mlflow.store.base import Store
from tests.contract.errors import refused
from tests.contract.registering import (
    add_prompt_version,
    add_version,
    by_alias,
    model,
    new_model,
    new_prompt,
    set_alias,
    unused_name,
    version,
)


@pytest.fixture(params=["model", "prompt"])
def name(store: Store, request: pytest.FixtureRequest) -> str:
    """A model or prompt with five versions."""
    if request.param == "model":
        made = new_model(store)
        for _ in range(5):
            add_version(store, made)
    else:
        made = new_prompt(store)
        for number in range(5):
            add_prompt_version(store, made, f"template {number}")
    return made


def history(store: Store, name: str, alias: str = "prod", **page: object) -> AliasHistoryPage:
    return store.call(GetAliasHistory(name=name, alias=alias, **page))  # type: ignore[arg-type]


def moves(store: Store, name: str, alias: str = "prod") -> list[tuple[str | None, str | None]]:
    """Where an alias came from and where it went, last move first."""
    return [(change.from_version, change.to_version) for change in history(store, name, alias).changes]


def roll_back(store: Store, name: str, alias: str = "prod") -> str:
    return store.call(RollBackAlias(name=name, alias=alias)).model_version.version


def test_an_alias_points_to_a_version_and_is_seen_from_it_and_from_the_model(store: Store, name: str) -> None:
    set_alias(store, name, "prod", 2)
    set_alias(store, name, "Prod", "2")
    set_alias(store, name, "next", 3)

    assert by_alias(store, name, "prod") == "2"
    assert model(store, name).aliases == {"Prod": "2", "next": "3", "prod": "2"}
    assert version(store, name, 2).aliases == ["Prod", "prod"]


def test_an_alias_moves(store: Store, name: str) -> None:
    for number in (1, 5, 2):
        set_alias(store, name, "prod", number)

    assert by_alias(store, name, "prod") == "2"
    assert version(store, name, 5).aliases == []


def test_latest_is_the_highest_version_in_any_letter_case(store: Store, name: str) -> None:
    assert by_alias(store, name, "latest") == by_alias(store, name, "LATEST") == "5"

    store.call(DeleteModelVersion(name=name, version="5"))
    assert by_alias(store, name, "latest") == "4"


def test_latest_of_a_model_without_versions_is_not_found(store: Store) -> None:
    with refused("RESOURCE_DOES_NOT_EXIST", "no versions"):
        by_alias(store, new_model(store), "latest")


def test_removing_an_alias_again_changes_nothing(store: Store, name: str) -> None:
    set_alias(store, name, "prod", 1)
    for _ in range(2):
        store.call(DeleteAlias(name=name, alias="prod"))

    assert model(store, name).aliases == {}
    with refused("INVALID_PARAMETER_VALUE", "alias prod not found"):
        by_alias(store, name, "prod")
    assert moves(store, name) == [("1", None), (None, "1")]


@pytest.mark.parametrize("alias", ["", "a b", "a.b", "a/b", "x" * 256, "a\0"])
def test_what_can_be_no_alias_is_refused(store: Store, name: str, alias: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "alias"):
        set_alias(store, name, alias, 1)
    with refused("INVALID_PARAMETER_VALUE", "alias"):
        by_alias(store, name, alias)
    with refused("INVALID_PARAMETER_VALUE", "alias"):
        store.call(DeleteAlias(name=name, alias=alias))


@pytest.mark.parametrize("alias", ["latest", "Latest", "v1", "V20"])
def test_an_alias_that_always_means_a_version_cannot_be_set(store: Store, name: str, alias: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "reserved"):
        set_alias(store, name, alias, 1)


@pytest.mark.parametrize("alias", ["v1x", "1", "é", "-", "_", "x" * 255])
def test_letters_digits_dashes_and_underscores_make_an_alias(store: Store, name: str, alias: str) -> None:
    set_alias(store, name, alias, 1)

    assert by_alias(store, name, alias) == "1"


def test_an_alias_of_what_is_not_there_is_refused(store: Store, name: str) -> None:
    with refused("RESOURCE_DOES_NOT_EXIST"):
        set_alias(store, name, "prod", 9)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        set_alias(store, unused_name(), "prod", 1)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        by_alias(store, unused_name(), "prod")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        by_alias(store, unused_name(), "latest")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        store.call(DeleteAlias(name=unused_name(), alias="prod"))


# -- history


def test_every_move_is_remembered_last_one_first(store: Store, name: str) -> None:
    begun = time.time_ns() // 1_000_000
    for number in (1, 2, 2):
        set_alias(store, name, "prod", number)
    store.call(DeleteAlias(name=name, alias="prod"))
    set_alias(store, name, "prod", 3)
    set_alias(store, name, "other", 4)

    assert moves(store, name) == [(None, "3"), ("2", None), ("2", "2"), ("1", "2"), (None, "1")]
    times = [change.timestamp for change in history(store, name).changes]
    assert times == sorted(times, reverse=True)
    assert begun - 1000 <= times[-1] <= times[0] <= time.time_ns() // 1_000_000 + 1000


def test_deleting_a_version_is_a_move_of_its_aliases(store: Store, name: str) -> None:
    set_alias(store, name, "prod", 2)

    store.call(DeleteModelVersion(name=name, version="2"))

    assert moves(store, name) == [("2", None), (None, "2")]


def test_the_history_comes_in_pages(store: Store, name: str) -> None:
    for number in (1, 2, 3, 4, 5):
        set_alias(store, name, "prod", number)

    seen: list[str | None] = []
    token: str | None = None
    while True:
        page = history(store, name, max_results=2, page_token=token)
        seen += [change.to_version for change in page.changes]
        token = page.next_page_token
        if token is None:
            break

    assert seen == ["5", "4", "3", "2", "1"]


def test_the_history_of_an_alias_that_nobody_set_is_empty_and_of_an_unknown_model_not_found(
    store: Store, name: str
) -> None:
    assert history(store, name).changes == []
    with refused("RESOURCE_DOES_NOT_EXIST"):
        history(store, unused_name())
    with refused("INVALID_PARAMETER_VALUE", "page token"):
        history(store, name, page_token="nonsense")


def test_the_history_goes_with_a_rename_and_ends_with_a_delete(store: Store, name: str) -> None:
    set_alias(store, name, "prod", 1)
    new_name = unused_name()
    store.call(RenameRegisteredModel(name=name, new_name=new_name))
    assert moves(store, new_name) == [(None, "1")]

    store.call(DeleteRegisteredModel(name=new_name))
    new_model(store, new_name)
    assert moves(store, new_name) == []


# -- going back


def test_rolling_back_returns_to_the_version_before_and_then_to_the_one_before_that(store: Store, name: str) -> None:
    for number in (1, 2, 3):
        set_alias(store, name, "prod", number)

    assert roll_back(store, name) == by_alias(store, name, "prod") == "2"
    assert roll_back(store, name) == by_alias(store, name, "prod") == "1"
    assert moves(store, name)[:2] == [("2", "1"), ("3", "2")]
    assert [change.rolled_back for change in history(store, name).changes] == [True, True, False, False, False]
    with refused("INVALID_PARAMETER_VALUE", "nothing to go back to"):
        roll_back(store, name)
    assert by_alias(store, name, "prod") == "1"


def test_after_a_roll_back_a_new_move_can_be_taken_back_too(store: Store, name: str) -> None:
    for number in (1, 2, 3):
        set_alias(store, name, "prod", number)
    roll_back(store, name)
    set_alias(store, name, "prod", 5)

    assert [roll_back(store, name), roll_back(store, name)] == ["2", "1"]


def test_rolling_back_brings_a_removed_alias_back(store: Store, name: str) -> None:
    set_alias(store, name, "prod", 1)
    set_alias(store, name, "prod", 2)
    store.call(DeleteAlias(name=name, alias="prod"))

    assert roll_back(store, name) == by_alias(store, name, "prod") == "2"
    assert roll_back(store, name) == "1"


def test_rolling_back_passes_over_versions_that_were_deleted_and_moves_that_were_none(store: Store, name: str) -> None:
    for number in (1, 2, 3, 3):
        set_alias(store, name, "prod", number)
    store.call(DeleteModelVersion(name=name, version="2"))

    assert roll_back(store, name) == "1"


def test_an_alias_that_never_was_cannot_be_rolled_back(store: Store, name: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "alias prod not found"):
        roll_back(store, name)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        roll_back(store, unused_name())
    with refused("INVALID_PARAMETER_VALUE", "reserved"):
        roll_back(store, name, "latest")


def test_moves_at_the_same_time_follow_one_another(store: Store, name: str) -> None:
    numbers = [1 + number % 5 for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: set_alias(store, name, "prod", number), numbers))

    seen = moves(store, name)[::-1]

    assert [before for before, _ in seen] == [None, *(after for _, after in seen[:-1])]
    assert sorted(int(after or 0) for _, after in seen) == sorted(numbers)
    assert seen[-1][1] == by_alias(store, name, "prod")
