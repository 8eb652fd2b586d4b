"""What every store promises about versions of registered models."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mlflow.api import Call
from mlflow.api.model_versions import (
    CreateModelVersion,
    DeleteModelVersion,
    DeleteModelVersionTag,
    GetDownloadUri,
    SearchModelVersions,
    SetModelVersionTag,
    TransitionStage,
    UpdateModelVersion,
)
from mlflow.entities.model_version import ModelVersionTag
from mlflow.store.base import Store
from mlflow.store.rest import RestStore
from tests.contract.conftest import NewRun
from tests.contract.errors import refused
from tests.contract.registering import (
    add_version,
    found_versions,
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


def test_a_new_version_has_what_was_given_and_the_next_number(store: Store, name: str) -> None:
    given = {"run_id": "abc", "run_link": "https://elsewhere/run", "description": "first", "tags": {"a": "1", "b": "2"}}
    assert add_version(store, name, "s3://bucket/model", **given) == "1"
    assert add_version(store, name) == "2"

    found = version(store, name, "1")

    assert (found.name, found.version, found.source) == (name, "1", "s3://bucket/model")
    assert (found.run_id, found.run_link, found.description) == ("abc", "https://elsewhere/run", "first")
    assert (found.tags, found.aliases) == ({"a": "1", "b": "2"}, [])
    assert (found.current_stage, found.status) == ("None", "READY")
    assert found.creation_timestamp == found.last_updated_timestamp
    assert found.creation_timestamp > 1_600_000_000_000


def test_what_creating_answers_is_what_reading_answers(store: Store, name: str) -> None:
    tags = [ModelVersionTag("b", "2"), ModelVersionTag("a", "1"), ModelVersionTag("b", "3")]
    made = store.call(CreateModelVersion(name=name, source="s3://bucket/x", tags=tags)).model_version

    assert made == version(store, name, made.version)


def test_a_new_version_is_a_change_of_its_model(store: Store, name: str) -> None:
    add_version(store, name)

    assert model(store, name).last_updated_timestamp == version(store, name, 1).creation_timestamp


def test_a_number_is_never_given_again(store: Store, name: str) -> None:
    for _ in range(3):
        add_version(store, name)
    store.call(DeleteModelVersion(name=name, version="3"))
    store.call(DeleteModelVersion(name=name, version="2"))

    assert add_version(store, name) == "4"


def test_many_writers_get_numbers_without_gap_or_repetition(store: Store, name: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(lambda _: add_version(store, name), range(64)))

    assert sorted(map(int, numbers)) == list(range(1, 65))


def test_a_version_that_is_refused_takes_no_number(store: Store, name: str) -> None:
    with refused("RESOURCE_DOES_NOT_EXIST"):
        add_version(store, name, f"models:/{name}/7")
    with refused("INVALID_PARAMETER_VALUE"):
        add_version(store, name, tags={"mlflow.prompt.is_prompt": "true"})

    assert add_version(store, name) == "1"


@pytest.mark.parametrize("number", ["1", 1, "01"])
def test_a_number_may_be_text_or_number(store: Store, name: str, number: str | int) -> None:
    add_version(store, name)

    assert version(store, name, number).version == "1"


@pytest.mark.parametrize("number", ["x", "1.0", "", "²", "1e3", "9" * 401])
def test_what_is_no_number_is_a_bad_request(store: Store, name: str, number: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "version"):
        version(store, name, number)


@pytest.mark.parametrize("number", ["0", "-1", "2", "9" * 30])
def test_a_version_that_is_not_there_is_not_found(store: Store, name: str, number: str) -> None:
    add_version(store, name)

    calls: tuple[Call[Any], ...] = (
        UpdateModelVersion(name=name, version=number, description="x"),
        DeleteModelVersion(name=name, version=number),
        GetDownloadUri(name=name, version=number),
        SetModelVersionTag(name=name, version=number, key="a"),
        DeleteModelVersionTag(name=name, version=number, key="a"),
        TransitionStage(name=name, version=number, stage="Staging"),
    )
    for call in calls:
        with refused("RESOURCE_DOES_NOT_EXIST", "not found"):
            store.call(call)
    with refused("RESOURCE_DOES_NOT_EXIST", "not found"):
        version(store, name, number)


def test_a_version_of_an_unknown_model_is_not_found(store: Store) -> None:
    with refused("RESOURCE_DOES_NOT_EXIST"):
        add_version(store, unused_name())
    with refused("RESOURCE_DOES_NOT_EXIST"):
        version(store, unused_name(), 1)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        store.call(DeleteModelVersion(name=unused_name(), version="1"))


@pytest.mark.parametrize(
    "given",
    [
        {"source": ""},
        {"source": "s3://" + "x" * 5000},
        {"source": "s3://bucket/a\0b"},
        {"run_id": "no run"},
        {"tags": {"a*": "1"}},
        {"tags": {"a": "v" * 100_001}},
        {"description": "d" * 100_001},
    ],
)
def test_a_version_with_what_cannot_be_kept_is_refused(store: Store, name: str, given: dict[str, object]) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        add_version(store, name, **given)  # type: ignore[arg-type]


def test_a_description_is_changed_only_when_one_is_given(store: Store, name: str) -> None:
    add_version(store, name)

    store.call(UpdateModelVersion(name=name, version=1, description="new"))
    assert store.call(UpdateModelVersion(name=name, version="1")).model_version.description == "new"

    store.call(UpdateModelVersion(name=name, version="1", description=""))
    assert version(store, name, 1).description == ""


def test_a_tag_is_set_overwritten_and_removed_and_removing_it_again_changes_nothing(store: Store, name: str) -> None:
    add_version(store, name)
    add_version(store, name)

    store.call(SetModelVersionTag(name=name, version="1", key="a", value="1"))
    store.call(SetModelVersionTag(name=name, version=1, key="a", value="2"))
    assert (version(store, name, 1).tags, version(store, name, 2).tags) == ({"a": "2"}, {})

    for _ in range(2):
        store.call(DeleteModelVersionTag(name=name, version="1", key="a"))
    assert version(store, name, 1).tags == {}


def test_a_deleted_version_is_gone_with_its_tags_and_aliases(store: Store, name: str) -> None:
    add_version(store, name, tags={"a": "1"})
    add_version(store, name)
    set_alias(store, name, "prod", 1)
    set_alias(store, name, "next", 2)

    store.call(DeleteModelVersion(name=name, version="1"))

    with refused("RESOURCE_DOES_NOT_EXIST"):
        version(store, name, 1)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        store.call(DeleteModelVersion(name=name, version="1"))
    assert model(store, name).aliases == {"next": "2"}
    assert [one.version for one in model(store, name).latest_versions] == ["2"]


# -- stages


def test_a_stage_may_be_written_in_any_letter_case(store: Store, name: str) -> None:
    add_version(store, name)

    moved = store.call(TransitionStage(name=name, version="1", stage="pRoDuCtIoN")).model_version

    assert moved.current_stage == version(store, name, 1).current_stage == "Production"


def test_versions_in_the_way_are_archived_when_asked_for(store: Store, name: str) -> None:
    for _ in range(3):
        add_version(store, name)
    store.call(TransitionStage(name=name, version="1", stage="Staging"))
    store.call(TransitionStage(name=name, version="2", stage="Staging"))

    store.call(TransitionStage(name=name, version="3", stage="Staging", archive_existing_versions=True))

    stages = [version(store, name, number).current_stage for number in (1, 2, 3)]
    assert stages == ["Archived", "Archived", "Staging"]


def test_a_stage_that_is_none_or_that_nothing_is_archived_for_is_refused(store: Store, name: str) -> None:
    add_version(store, name)

    with refused("INVALID_PARAMETER_VALUE", "stage"):
        store.call(TransitionStage(name=name, version="1", stage="soon"))
    with refused("INVALID_PARAMETER_VALUE", "Staging or Production"):
        store.call(TransitionStage(name=name, version="1", stage="Archived", archive_existing_versions=True))


# -- sources


def test_a_source_may_be_another_version_by_number_alias_stage_or_latest(store: Store, name: str) -> None:
    add_version(store, name, "s3://bucket/one", run_id="abc")
    add_version(store, name, "s3://bucket/two")
    set_alias(store, name, "prod", 1)
    store.call(TransitionStage(name=name, version="2", stage="Staging"))
    copies = new_model(store)

    for suffix, meant in (("/1", 1), ("@prod", 1), ("/staging", 2), ("/Latest", 2)):
        number = add_version(store, copies, f"models:/{name}{suffix}")
        found = version(store, copies, number)
        location = store.call(GetDownloadUri(name=copies, version=number)).artifact_uri
        assert found.source == f"models:/{name}/{meant}"
        assert found.run_id == ("abc" if meant == 1 else "")
        assert location == ("s3://bucket/one" if meant == 1 else "s3://bucket/two")


def test_a_copy_of_a_copy_lies_where_the_first_one_lies(store: Store, name: str) -> None:
    add_version(store, name, "s3://bucket/one")
    add_version(store, name, f"models:/{name}/1")
    add_version(store, name, f"models:/{name}/2")

    assert store.call(GetDownloadUri(name=name, version="3")).artifact_uri == "s3://bucket/one"
    assert version(store, name, 3).source == f"models:/{name}/2"


def test_a_source_that_means_no_version_is_refused(store: Store, name: str) -> None:
    add_version(store, name, run_id="abc")

    for suffix, code in (
        ("/9", "RESOURCE_DOES_NOT_EXIST"),
        ("/Archived", "RESOURCE_DOES_NOT_EXIST"),
        ("@nobody", "INVALID_PARAMETER_VALUE"),
        ("/soon", "INVALID_PARAMETER_VALUE"),
        ("/1/2", "INVALID_PARAMETER_VALUE"),
        ("", "INVALID_PARAMETER_VALUE"),
    ):
        with refused(code):
            add_version(store, name, f"models:/{name}{suffix}")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        add_version(store, name, f"models:/{unused_name()}/1")
    with refused("INVALID_PARAMETER_VALUE", "another run"):
        add_version(store, name, f"models:/{name}/1", run_id="other")
    with refused("RESOURCE_DOES_NOT_EXIST", "Logged model"):
        add_version(store, name, model_id="m-1")
    with refused("RESOURCE_DOES_NOT_EXIST", "Logged model"):
        add_version(store, name, "models:/m-0123456789abcdef0123456789abcdef")


def test_a_local_source_is_free_in_ones_own_process_and_needs_its_run_through_a_server(
    store: Store, name: str, new_run: NewRun
) -> None:
    run = new_run().info
    inside, outside = f"{run.artifact_uri}/model", "/etc/secrets"
    assert add_version(store, name, inside, run_id=run.run_id) == "1"
    if not isinstance(store, RestStore):
        assert add_version(store, name, outside) == "2"
        return

    for source, run_id in (
        (outside, None),
        (outside, run.run_id),
        ("file:///etc/secrets", run.run_id),
        ("relative/path", None),
        (inside, None),
        (inside, new_run().info.run_id),
        (inside, "0" * 32),
        (f"{run.artifact_uri}/../../x", run.run_id),
        (f"{run.artifact_uri}/%2e%2e/%252e%252e/x", run.run_id),
        ("s3://bucket/a/../b", None),
        ("mlflow-artifacts:/other/place", run.run_id),
        ("http://elsewhere/model", run.run_id),
        ("http://[half", None),
        (f"runs:/{run.run_id}/model", None),
        (f"runs:/{run.run_id}/model", "0" * 32),
    ):
        with refused("INVALID_PARAMETER_VALUE", "source"):
            add_version(store, name, source, run_id=run_id)
    assert add_version(store, name, f"runs:/{run.run_id}/model", run_id=run.run_id) == "2"


# -- searching


@pytest.fixture
def versions(store: Store) -> str:
    """Models named with a common mark and then a, b; a has versions 1, 2, 3 and b has 1."""
    mark = unused_name()
    for letter in "ab":
        new_model(store, mark + letter)
    add_version(store, mark + "a", "s3://bucket/x", run_id="r1", tags={"size": "Big"})
    add_version(store, mark + "a", "s3://bucket/y", run_id="r2")
    add_version(store, mark + "b", "s3://bucket/x", tags={"size": "small"})
    add_version(store, mark + "a", "s3://bucket/z", run_id="r2", tags={"size": "big"})
    return mark


def found(store: Store, mark: str, filter_string: str = "", **search: object) -> set[str]:
    """The last letters and the numbers of what a search among the versions with a mark finds."""
    own = f"name LIKE '{mark}%'" + (f" AND ({filter_string})" if filter_string else "")
    return {name.removeprefix(mark) + number for name, number in found_versions(store, own, **search)}


def test_a_search_filters_by_name_number_run_source_and_tag(store: Store, versions: str) -> None:
    assert found(store, versions) == {"a1", "a2", "a3", "b1"}
    assert found(store, versions, f"name = '{versions}b'") == {"b1"}
    assert found(store, versions, "version_number > 1") == {"a2", "a3"}
    assert found(store, versions, "version_number != '1' AND version_number <= 2") == {"a2"}
    assert found(store, versions, "run_id = 'r2'") == {"a2", "a3"}
    assert found(store, versions, "run_id IN ('r1', 'r9')") == {"a1"}
    assert found(store, versions, "run_id != 'r1'") == {"a2", "a3"}
    assert found(store, versions, "NOT run_id = 'r1'") == {"a2", "a3", "b1"}
    assert found(store, versions, "source_path LIKE '%x'") == {"a1", "b1"}
    assert found(store, versions, "tags.size ILIKE 'big'") == {"a1", "a3"}
    assert found(store, versions, "tags.size IS NULL") == {"a2"}
    assert found(store, versions, "tags.size = 'small' OR version_number = 3") == {"a3", "b1"}
    assert found(store, versions, "creation_timestamp > 0 AND last_updated_timestamp > 0") == {"a1", "a2", "a3", "b1"}


def test_a_search_is_ordered_by_change_unless_told_otherwise(store: Store, versions: str) -> None:
    mine = f"name LIKE '{versions}%'"
    a, b = versions + "a", versions + "b"

    assert found_versions(store, mine, order_by=["name", "version_number"]) == [(a, "1"), (a, "2"), (a, "3"), (b, "1")]
    assert found_versions(store, mine, order_by=["version_number DESC", "name DESC"]) == [
        (a, "3"),
        (a, "2"),
        (b, "1"),
        (a, "1"),
    ]
    times = {
        (one, number): version(store, one, number).last_updated_timestamp for one, number in found_versions(store, mine)
    }
    newest_first = sorted(times, key=lambda key: (-(times[key] or 0), key[0], -int(key[1])))
    assert found_versions(store, mine) == newest_first


def test_pages_of_a_search_hold_each_version_once(store: Store, versions: str) -> None:
    for order_by in ([], ["name DESC"], ["version_number"]):
        call = SearchModelVersions(filter=f"name LIKE '{versions}%'", max_results=1, order_by=order_by)
        seen: list[tuple[str, str]] = []
        while True:
            page = store.call(call)
            seen += [(one.name, one.version) for one in page.model_versions]
            if page.next_page_token is None:
                break
            call.page_token = page.next_page_token

        assert seen == found_versions(store, f"name LIKE '{versions}%'", order_by=order_by)
        assert len(seen) == 4


def test_a_search_shows_versions_whole(store: Store, versions: str) -> None:
    set_alias(store, versions + "a", "prod", 1)

    page = store.call(SearchModelVersions(filter=f"name = '{versions}a' AND version_number = 1"))

    assert page.model_versions == [version(store, versions + "a", 1)]
    assert page.model_versions[0].aliases == ["prod"]


@pytest.mark.parametrize(
    "search",
    [
        {"filter": "current_stage = 'None'"},
        {"filter": "version_number = 'one'"},
        {"filter": "status = 'READY'"},
        {"filter": "version_number IN ('1')"},
        {"order_by": ["run_id"]},
        {"order_by": ["tags.size"]},
        {"max_results": 0},
        {"max_results": 200_001},
        {"page_token": "nonsense"},
    ],
)
def test_what_cannot_be_asked_is_refused(store: Store, search: dict[str, object]) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        store.call(SearchModelVersions(**search))  # type: ignore[arg-type]
