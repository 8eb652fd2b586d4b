"""What every store promises about registered models."""

from __future__ import annotations

import time

import pytest

from mlflow.api.aliases import GetVersionByAlias
from mlflow.api.model_versions import TransitionStage
from mlflow.api.registered_models import (
    CreateRegisteredModel,
    DeleteRegisteredModel,
    DeleteRegisteredModelTag,
    GetLatestVersions,
    RenameRegisteredModel,
    SearchRegisteredModels,
    SetRegisteredModelTag,
    UpdateRegisteredModel,
)
from mlflow.entities.registered_model import RegisteredModelTag
from mlflow.store.base import Store
from tests.contract.errors import refused
from tests.contract.registering import (
    add_version,
    found_models,
    model,
    new_model,
    set_alias,
    unused_name,
    version,
)


@pytest.fixture
def name(store: Store) -> str:
    """A new model without versions."""
    return new_model(store)


def test_a_new_model_has_its_name_tags_description_and_times(store: Store) -> None:
    name = new_model(store, tags={"team": "blue"}, description="which customers leave")

    found = model(store, name)

    assert (found.name, found.tags, found.description) == (name, {"team": "blue"}, "which customers leave")
    assert found.creation_timestamp == found.last_updated_timestamp
    assert (found.creation_timestamp or 0) > 1_600_000_000_000
    assert (found.latest_versions, found.aliases) == ([], {})


def test_of_a_tag_given_twice_the_later_one_counts(store: Store) -> None:
    tags = [RegisteredModelTag("a", "1"), RegisteredModelTag("a", "2")]
    name = unused_name()
    store.call(CreateRegisteredModel(name=name, tags=tags))

    assert model(store, name).tags == {"a": "2"}


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a:b", ".", "..", "n" * 257, "a\0b"])
def test_a_name_that_no_uri_could_hold_is_refused(store: Store, name: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "name"):
        new_model(store, name)


def test_a_name_may_have_signs_of_every_script(store: Store) -> None:
    name = f"modèle 模型 'a' \"b\" %d {unused_name()}"

    assert model(store, new_model(store, name)).name == name


def test_a_name_is_given_once(store: Store, name: str) -> None:
    with refused("RESOURCE_ALREADY_EXISTS", "already exists"):
        new_model(store, name)


def test_an_unknown_model_is_not_found(store: Store) -> None:
    with refused("RESOURCE_DOES_NOT_EXIST", "not found"):
        model(store, unused_name())


@pytest.mark.parametrize(("key", "value"), [("a*b", "1"), ("", "1"), ("k" * 251, "1"), ("k", "v" * 100_001)])
def test_a_tag_with_a_bad_key_or_too_long_a_value_is_refused(store: Store, name: str, key: str, value: str) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        store.call(SetRegisteredModelTag(name=name, key=key, value=value))
    with refused("INVALID_PARAMETER_VALUE"):
        new_model(store, tags={key: value})

    assert model(store, name).tags == {}


def test_a_tag_is_set_overwritten_and_removed_and_removing_it_again_changes_nothing(store: Store, name: str) -> None:
    store.call(SetRegisteredModelTag(name=name, key="team", value="blue"))
    store.call(SetRegisteredModelTag(name=name, key="team", value="v" * 100_000))
    assert model(store, name).tags == {"team": "v" * 100_000}

    for _ in range(2):
        store.call(DeleteRegisteredModelTag(name=name, key="team"))
    assert model(store, name).tags == {}


def test_tags_of_an_unknown_model_are_not_found(store: Store) -> None:
    with refused("RESOURCE_DOES_NOT_EXIST"):
        store.call(SetRegisteredModelTag(name=unused_name(), key="a", value="b"))
    with refused("RESOURCE_DOES_NOT_EXIST"):
        store.call(DeleteRegisteredModelTag(name=unused_name(), key="a"))


def test_a_description_is_changed_only_when_one_is_given(store: Store, name: str) -> None:
    store.call(UpdateRegisteredModel(name=name, description="new"))
    answer = store.call(UpdateRegisteredModel(name=name)).registered_model
    assert answer.description == "new"
    assert (answer.last_updated_timestamp or 0) >= (answer.creation_timestamp or 0)

    store.call(UpdateRegisteredModel(name=name, description=""))
    assert model(store, name).description == ""


def test_renaming_keeps_versions_tags_and_aliases(store: Store) -> None:
    name, new_name = new_model(store, tags={"team": "blue"}), unused_name()
    add_version(store, name)
    set_alias(store, name, "prod", 1)
    time.sleep(0.002)

    renamed = store.call(RenameRegisteredModel(name=name, new_name=new_name)).registered_model

    assert (renamed.name, renamed.tags, renamed.aliases) == (new_name, {"team": "blue"}, {"prod": "1"})
    assert [one.name for one in renamed.latest_versions] == [new_name]
    assert version(store, new_name, 1).name == new_name
    assert version(store, new_name, 1).last_updated_timestamp == renamed.last_updated_timestamp
    with refused("RESOURCE_DOES_NOT_EXIST"):
        model(store, name)


def test_renaming_to_a_name_that_is_taken_is_refused_and_changes_nothing(store: Store, name: str) -> None:
    with refused("RESOURCE_ALREADY_EXISTS"):
        store.call(RenameRegisteredModel(name=name, new_name=new_model(store)))

    assert store.call(RenameRegisteredModel(name=name, new_name=name)).registered_model.name == name


def test_renaming_an_unknown_model_or_to_what_is_no_name_is_refused(store: Store, name: str) -> None:
    with refused("RESOURCE_DOES_NOT_EXIST"):
        store.call(RenameRegisteredModel(name=unused_name(), new_name=unused_name()))
    for new_name in ("", "a:b", "a/b"):
        with refused("INVALID_PARAMETER_VALUE", "name"):
            store.call(RenameRegisteredModel(name=name, new_name=new_name))


def test_a_deleted_model_is_gone_with_all_it_had_and_its_name_is_free(store: Store) -> None:
    name = new_model(store, tags={"team": "blue"})
    add_version(store, name, tags={"a": "1"})
    set_alias(store, name, "prod", 1)

    store.call(DeleteRegisteredModel(name=name))

    with refused("RESOURCE_DOES_NOT_EXIST"):
        model(store, name)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        store.call(DeleteRegisteredModel(name=name))
    new_model(store, name)
    assert (model(store, name).tags, model(store, name).aliases) == ({}, {})
    assert add_version(store, name) == "1"
    assert version(store, name, 1).tags == {}
    with refused("INVALID_PARAMETER_VALUE", "alias"):
        store.call(GetVersionByAlias(name=name, alias="prod"))


def test_the_latest_versions_are_the_newest_of_each_stage(store: Store, name: str) -> None:
    for _ in range(5):
        add_version(store, name)
    for number, stage in ((1, "staging"), (2, "PRODUCTION"), (3, "production")):
        store.call(TransitionStage(name=name, version=number, stage=stage))

    def latest(*stages: str) -> dict[str | None, str]:
        versions = store.call(GetLatestVersions(name=name, stages=list(stages))).model_versions
        return {one.current_stage: one.version for one in versions}

    assert latest() == {"Staging": "1", "Production": "3", "None": "5"}
    assert latest("production", "archived") == {"Production": "3"}
    assert {one.version for one in model(store, name).latest_versions} == {"1", "3", "5"}
    with refused("INVALID_PARAMETER_VALUE", "stage"):
        latest("soon")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        store.call(GetLatestVersions(name=unused_name()))


# -- searching


@pytest.fixture
def three(store: Store) -> str:
    """Models named with a common mark and then a, b, c; changed in the order c, a, b."""
    mark = unused_name()
    for letter, tags in (("a", {"team": "blue"}), ("b", {"team": "Red", "x y": "1"}), ("c", {})):
        new_model(store, mark + letter, tags)
    for letter in "cab":
        add_version(store, mark + letter)
    return mark


def letters(store: Store, mark: str, filter_string: str = "", **search: object) -> str:
    """The last letters of what a search among the models with a mark finds."""
    own = f"name LIKE '{mark}%'" + (f" AND ({filter_string})" if filter_string else "")
    return "".join(name.removeprefix(mark) for name in found_models(store, own, **search))


def test_a_search_filters_by_name_tag_and_time(store: Store, three: str) -> None:
    assert letters(store, three) == "abc"
    assert letters(store, three, "tags.team = 'blue'") == "a"
    assert letters(store, three, "tags.team != 'blue'") == "b"
    assert letters(store, three, "tag.team ILIKE 'RE%'") == "b"
    assert letters(store, three, "tags.`x y` IN ('1', '2')") == "b"
    assert letters(store, three, "tags.team IS NULL OR tags.team = 'blue'") == "ac"
    assert letters(store, three, f"NOT attribute.name = '{three}b'") == "ac"
    assert letters(store, three, f"name IN ('{three}c', '{three}a')") == "ac"
    assert letters(store, three, "last_updated_timestamp > 0 AND creation_timestamp <= 0") == ""


def test_a_search_is_ordered_by_name_unless_told_otherwise(store: Store, three: str) -> None:
    assert letters(store, three, order_by=["name DESC"]) == "cba"
    changed = {letter: model(store, three + letter).last_updated_timestamp for letter in "abc"}
    newest_first = "".join(sorted("abc", key=lambda letter: (-(changed[letter] or 0), letter)))
    assert letters(store, three, order_by=["timestamp DESC"]) == newest_first
    assert letters(store, three, order_by=["last_updated_timestamp DESC", "name"]) == newest_first


def test_pages_of_a_search_hold_each_model_once(store: Store, three: str) -> None:
    for order_by in ([], ["name DESC"], ["timestamp"]):
        call = SearchRegisteredModels(filter=f"name LIKE '{three}%'", max_results=1, order_by=order_by)
        seen: list[str] = []
        while True:
            page = store.call(call)
            seen += [one.name for one in page.registered_models]
            if page.next_page_token is None:
                break
            call.page_token = page.next_page_token

        assert seen == found_models(store, f"name LIKE '{three}%'", order_by=order_by)
        assert len(seen) == 3


def test_a_search_shows_models_whole(store: Store, three: str) -> None:
    set_alias(store, three + "a", "prod", 1)

    page = store.call(SearchRegisteredModels(filter=f"name = '{three}a'"))

    assert page.registered_models == [model(store, three + "a")]
    assert page.registered_models[0].latest_versions[0].aliases == ["prod"]


@pytest.mark.parametrize(
    "search",
    [
        {"filter": "description = 'x'"},
        {"filter": "name > 'x'"},
        {"filter": "run_id = 'x'"},
        {"order_by": ["tags.team"]},
        {"order_by": ["name", "name DESC"]},
        {"max_results": 0},
        {"max_results": 1001},
        {"page_token": "nonsense"},
    ],
)
def test_what_cannot_be_asked_is_refused(store: Store, search: dict[str, object]) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        store.call(SearchRegisteredModels(**search))  # type: ignore[arg-type]
