"""What every store promises about experiments."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from mlflow.api.experiments import (
    CreateExperiment,
    DeleteExperiment,
    DeleteExperimentTag,
    GetExperiment,
    GetExperimentByName,
    RestoreExperiment,
    SearchExperiments,
    SetExperimentTag,
    UpdateExperiment,
)
from mlflow.api.runs import CreateRun, DeleteRun
from mlflow.entities import Experiment, ExperimentTag, ViewType
from mlflow.store.base import Store
from tests.contract.conftest import NewRun
from tests.contract.errors import refused


def get(store: Store, experiment_id: str) -> Experiment:
    return store.call(GetExperiment(experiment_id=experiment_id)).experiment


def test_the_default_experiment_is_there_from_the_start(store: Store) -> None:
    assert get(store, "0").name == "Default"


def test_a_new_experiment_has_its_name_tags_times_and_a_place_for_artifacts(store: Store) -> None:
    name = uuid.uuid4().hex
    made = store.call(CreateExperiment(name=name, tags=[ExperimentTag("team", "blue")]))

    found = get(store, made.experiment_id)

    assert (found.name, found.tags, found.lifecycle_stage) == (name, {"team": "blue"}, "active")
    assert found.artifact_location.endswith(f"/{made.experiment_id}")
    assert found.creation_time == found.last_update_time
    assert (found.creation_time or 0) > 1_600_000_000_000


def test_an_artifact_location_given_is_kept(store: Store) -> None:
    made = store.call(CreateExperiment(name=uuid.uuid4().hex, artifact_location="s3://bucket/here"))

    assert get(store, made.experiment_id).artifact_location == "s3://bucket/here"


def test_a_local_artifact_location_becomes_an_absolute_path(store: Store) -> None:
    made = store.call(CreateExperiment(name=uuid.uuid4().hex, artifact_location="some/folder"))

    assert get(store, made.experiment_id).artifact_location == str(Path("some/folder").absolute())


@pytest.mark.parametrize("location", ["runs:/abc/x", "s3://bucket/#frag", "s3://bucket/../other", "x" * 3000])
def test_an_artifact_location_that_cannot_be_one_is_refused(store: Store, location: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "artifact location"):
        store.call(CreateExperiment(name=uuid.uuid4().hex, artifact_location=location))


@pytest.mark.parametrize("name", ["", "  ", "n" * 501])
def test_a_name_that_is_empty_or_too_long_is_refused(store: Store, name: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "name"):
        store.call(CreateExperiment(name=name))


def test_a_name_is_given_once(store: Store, experiment: str) -> None:
    name = get(store, experiment).name

    with refused("RESOURCE_ALREADY_EXISTS", "already exists"):
        store.call(CreateExperiment(name=name))


def test_the_name_of_a_deleted_experiment_stays_taken(store: Store, experiment: str) -> None:
    name = get(store, experiment).name
    store.call(DeleteExperiment(experiment_id=experiment))

    with refused("RESOURCE_ALREADY_EXISTS", "deleted"):
        store.call(CreateExperiment(name=name))


def test_a_deleted_experiment_can_still_be_read_by_id_and_name(store: Store, experiment: str) -> None:
    name = get(store, experiment).name
    store.call(DeleteExperiment(experiment_id=experiment))

    assert get(store, experiment).lifecycle_stage == "deleted"
    assert store.call(GetExperimentByName(experiment_name=name)).experiment.experiment_id == experiment


def test_an_unknown_experiment_is_not_found(store: Store) -> None:
    with refused("RESOURCE_DOES_NOT_EXIST", "987654321"):
        get(store, "987654321")
    with refused("RESOURCE_DOES_NOT_EXIST", "no such name"):
        store.call(GetExperimentByName(experiment_name="no such name"))


@pytest.mark.parametrize("experiment_id", ["abc", "-1", "1.5", "9" * 30, "²"])
def test_an_id_that_is_no_number_is_a_bad_request(store: Store, experiment_id: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "experiment ID"):
        get(store, experiment_id)


def test_deleting_and_restoring_twice_is_not_found_the_second_time(store: Store, experiment: str) -> None:
    store.call(DeleteExperiment(experiment_id=experiment))
    with refused("RESOURCE_DOES_NOT_EXIST"):
        store.call(DeleteExperiment(experiment_id=experiment))

    store.call(RestoreExperiment(experiment_id=experiment))
    with refused("RESOURCE_DOES_NOT_EXIST"):
        store.call(RestoreExperiment(experiment_id=experiment))


def test_deleting_an_experiment_deletes_its_runs_and_restoring_restores_them_all(
    store: Store, experiment: str, new_run: NewRun, read: object
) -> None:
    kept, gone = new_run().info.run_id, new_run().info.run_id
    store.call(DeleteRun(run_id=gone))

    store.call(DeleteExperiment(experiment_id=experiment))
    assert read(kept).info.lifecycle_stage == "deleted"  # type: ignore[operator]

    store.call(RestoreExperiment(experiment_id=experiment))
    assert [read(run_id).info.lifecycle_stage for run_id in (kept, gone)] == ["active", "active"]  # type: ignore[operator]


def test_nothing_is_written_to_a_deleted_experiment(store: Store, experiment: str) -> None:
    store.call(DeleteExperiment(experiment_id=experiment))

    with refused("INVALID_PARAMETER_VALUE", "active"):
        store.call(SetExperimentTag(experiment_id=experiment, key="a", value="b"))
    with refused("INVALID_PARAMETER_VALUE", "active"):
        store.call(UpdateExperiment(experiment_id=experiment, new_name="other"))
    with refused("INVALID_PARAMETER_VALUE", "active"):
        store.call(CreateRun(experiment_id=experiment))


def test_renaming_changes_the_name_and_the_update_time(store: Store, experiment: str) -> None:
    before, name = get(store, experiment), uuid.uuid4().hex

    store.call(UpdateExperiment(experiment_id=experiment, new_name=name))

    after = get(store, experiment)
    assert after.name == name
    assert (after.last_update_time or 0) >= (before.last_update_time or 0)
    assert after.creation_time == before.creation_time


def test_renaming_to_a_name_that_is_taken_is_refused_and_changes_nothing(store: Store, experiment: str) -> None:
    name = get(store, experiment).name

    with refused("RESOURCE_ALREADY_EXISTS"):
        store.call(UpdateExperiment(experiment_id=experiment, new_name="Default"))

    assert get(store, experiment).name == name


def test_a_tag_is_set_overwritten_and_deleted(store: Store, experiment: str) -> None:
    store.call(SetExperimentTag(experiment_id=experiment, key="note", value="one"))
    store.call(SetExperimentTag(experiment_id=experiment, key="note", value="two"))
    assert get(store, experiment).tags == {"note": "two"}

    store.call(DeleteExperimentTag(experiment_id=experiment, key="note"))
    assert get(store, experiment).tags == {}


def test_deleting_a_tag_that_is_not_there_is_not_found(store: Store, experiment: str) -> None:
    with refused("RESOURCE_DOES_NOT_EXIST", "nope"):
        store.call(DeleteExperimentTag(experiment_id=experiment, key="nope"))


def test_a_tag_value_beyond_twenty_thousand_characters_is_refused(store: Store, experiment: str) -> None:
    store.call(SetExperimentTag(experiment_id=experiment, key="long", value="x" * 20_000))

    with refused("INVALID_PARAMETER_VALUE", "20001"):
        store.call(SetExperimentTag(experiment_id=experiment, key="long", value="x" * 20_001))


def names(store: Store, mark: str, **search: object) -> list[str]:
    search = {"max_results": 100, "filter": f"name LIKE '{mark}%'", **search}
    return [found.name.removeprefix(mark) for found in store.call(SearchExperiments(**search)).experiments]  # type: ignore[arg-type]


@pytest.fixture
def three(store: Store) -> str:
    """Three experiments, named with a common mark and then a, b, c; b is deleted, c has a tag."""
    mark = uuid.uuid4().hex
    ids = [store.call(CreateExperiment(name=mark + letter)).experiment_id for letter in "abc"]
    store.call(DeleteExperiment(experiment_id=ids[1]))
    store.call(SetExperimentTag(experiment_id=ids[2], key="size", value="Big"))
    return mark


def test_a_search_sees_the_stages_its_view_asks_for(store: Store, three: str) -> None:
    order = ["name"]

    assert names(store, three, order_by=order) == ["a", "c"]
    assert names(store, three, order_by=order, view_type=ViewType.DELETED_ONLY) == ["b"]
    assert names(store, three, order_by=order, view_type="ALL") == ["a", "b", "c"]


def test_a_search_filters_by_name_and_tag(store: Store, three: str) -> None:
    mine = f"name LIKE '{three}%' AND "

    assert names(store, three, filter=mine + "tags.size = 'Big'") == ["c"]
    assert names(store, three, filter=mine + "tags.size ILIKE 'b%'") == ["c"]
    assert names(store, three, filter=mine + "tags.size LIKE 'b%'") == []
    assert names(store, three, filter=mine + "NOT tags.size = 'Big'") == ["a"]
    assert names(store, three, filter=mine + f"(name = '{three}a' OR tags.size = 'Big')", order_by=["name"]) == [
        "a",
        "c",
    ]


def test_pages_of_a_search_hold_each_experiment_once(store: Store, three: str) -> None:
    call = SearchExperiments(max_results=1, filter=f"name LIKE '{three}%'", view_type="ALL", order_by=["name DESC"])
    seen: list[str] = []
    while True:
        page = store.call(call)
        seen += [found.name.removeprefix(three) for found in page.experiments]
        if page.next_page_token is None:
            break
        call.page_token = page.next_page_token

    assert seen == ["c", "b", "a"]


@pytest.mark.parametrize("count", [0, -1, 50_001])
def test_a_page_size_outside_the_limits_is_refused(store: Store, count: int) -> None:
    with refused("INVALID_PARAMETER_VALUE", "max_results"):
        store.call(SearchExperiments(max_results=count))


def test_a_page_token_that_we_did_not_make_is_refused(store: Store) -> None:
    for token in ("nonsense", "e30=", "WyJ4IixbXV0="):
        with refused("INVALID_PARAMETER_VALUE", "page token"):
            store.call(SearchExperiments(max_results=5, page_token=token))
