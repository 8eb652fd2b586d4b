"""Registered models, their versions and aliases, through the client."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

import mlflow
from mlflow import MlflowClient
from mlflow.store.entities import PagedList
from tests.contract.errors import refused


@pytest.fixture
def client(tracking_uri: str) -> MlflowClient:
    return MlflowClient()


@pytest.fixture
def name(client: MlflowClient) -> str:
    """A registered model without versions."""
    return client.create_registered_model(f"model {uuid.uuid4().hex}").name


def test_a_model_is_created_read_changed_and_deleted(client: MlflowClient) -> None:
    name = uuid.uuid4().hex
    made = client.create_registered_model(name, tags={"size": 3}, description="first")
    assert (made.name, made.tags, made.description, made.aliases) == (name, {"size": "3"}, "first", {})
    assert client.get_registered_model(name) == made

    assert client.update_registered_model(name, "second").description == "second"
    assert client.update_registered_model(name).description == "second"
    client.set_registered_model_tag(name, "size", 4)
    client.set_registered_model_tag(name, "gone", None)
    client.delete_registered_model_tag(name, "gone")
    assert client.get_registered_model(name).tags == {"size": "4"}

    renamed = client.rename_registered_model(name, name + "2")
    client.delete_registered_model(renamed.name)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.get_registered_model(renamed.name)


def test_a_name_is_given_once(client: MlflowClient, name: str) -> None:
    with refused("RESOURCE_ALREADY_EXISTS", "already exists"):
        client.create_registered_model(name)


def test_a_version_is_created_read_changed_and_deleted(client: MlflowClient, name: str) -> None:
    made = client.create_model_version(name, "s3://bucket/x", run_id="abc", tags={"a": 1}, description="first")
    assert (made.version, made.source, made.run_id, made.tags) == ("1", "s3://bucket/x", "abc", {"a": "1"})
    assert client.get_model_version(name, "1") == made
    assert client.get_model_version_download_uri(name, "1") == "s3://bucket/x"

    assert client.update_model_version(name, "1", "second").description == "second"
    with refused("INVALID_PARAMETER_VALUE", "nothing to change"):
        client.update_model_version(name, "1")
    client.set_model_version_tag(name, "1", "a", 2)
    assert client.get_model_version(name, "1").tags == {"a": "2"}
    client.delete_model_version_tag(name, "1", "a")
    assert client.get_model_version(name, "1").tags == {}

    client.delete_model_version(name, "1")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.get_model_version(name, "1")


def test_a_version_may_be_given_as_a_number(client: MlflowClient, name: str) -> None:
    client.create_model_version(name, "s3://bucket/x")

    client.set_registered_model_alias(name, "prod", 1)  # type: ignore[arg-type]
    assert client.get_model_version(name, 1).aliases == ["prod"]  # type: ignore[arg-type]


def test_stages_say_which_version_is_meant(client: MlflowClient, name: str) -> None:
    for _ in range(3):
        client.create_model_version(name, "s3://bucket/x")
    assert client.get_model_version_stages(name, "1") == ["None", "Staging", "Production", "Archived"]

    client.transition_model_version_stage(name, "1", "staging")
    client.transition_model_version_stage(name, "2", "Staging", archive_existing_versions=True)
    stages = {one.version: one.current_stage for one in client.get_latest_versions(name)}
    assert stages == {"1": "Archived", "2": "Staging", "3": "None"}
    assert [one.version for one in client.get_latest_versions(name, ["Staging"])] == ["2"]

    client.set_model_version_tag(name, key="a", value="1", stage="Staging")
    assert client.get_model_version(name, "2").tags == {"a": "1"}
    client.delete_model_version_tag(name, key="a", stage="staging")
    assert client.get_model_version(name, "2").tags == {}
    with refused("RESOURCE_DOES_NOT_EXIST", "Production"):
        client.set_model_version_tag(name, key="a", value="1", stage="Production")
    with refused("INVALID_PARAMETER_VALUE", "not by both"):
        client.set_model_version_tag(name, "1", "a", "1", stage="Staging")
    with refused("INVALID_PARAMETER_VALUE", "which version"):
        client.delete_model_version_tag(name, key="a")


def test_an_alias_is_set_moved_and_removed(client: MlflowClient, name: str) -> None:
    for _ in range(2):
        client.create_model_version(name, "s3://bucket/x")
    client.set_registered_model_alias(name, "prod", "1")
    client.set_registered_model_alias(name, "prod", "2")

    assert client.get_model_version_by_alias(name, "prod").version == "2"
    assert client.get_model_version_by_alias(name, "latest").version == "2"
    assert client.get_registered_model(name).aliases == {"prod": "2"}
    client.delete_registered_model_alias(name, "prod")
    with refused("INVALID_PARAMETER_VALUE", "prod"):
        client.get_model_version_by_alias(name, "prod")


def test_searches_come_in_pages_that_know_the_next(client: MlflowClient, name: str) -> None:
    for _ in range(3):
        client.create_model_version(name, "s3://bucket/x")
    mine = f"name = '{name}'"

    page = client.search_model_versions(mine, max_results=2, order_by=["version_number"])
    assert isinstance(page, PagedList)
    assert page.token is not None
    rest = client.search_model_versions(mine, max_results=2, order_by=["version_number"], page_token=page.token)
    assert ([one.version for one in [*page, *rest]], rest.token) == (["1", "2", "3"], None)

    (found,) = client.search_registered_models(mine)
    assert found == client.get_registered_model(name)
    assert client.search_registered_models("name = 'nobody'") == []


def test_a_version_is_copied_into_a_model_that_is_made_for_it(client: MlflowClient, name: str) -> None:
    client.create_model_version(name, "s3://bucket/x", run_id="abc", tags={"a": 1}, description="d")
    client.set_registered_model_alias(name, "prod", "1")
    client.transition_model_version_stage(name, "1", "Staging")
    target = uuid.uuid4().hex

    for number, suffix in enumerate(("/1", "@prod", "/latest", "/Staging"), start=1):
        copy = client.copy_model_version(f"models:/{name}{suffix}", target)
        assert (copy.name, copy.version, copy.source) == (target, str(number), f"models:/{name}/1")
        assert (copy.run_id, copy.tags, copy.description) == ("abc", {"a": "1"}, "d")
        assert client.get_model_version_download_uri(target, copy.version) == "s3://bucket/x"
    with refused("INVALID_PARAMETER_VALUE"):
        client.copy_model_version("runs:/abc/model", target)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.copy_model_version(f"models:/{name}/9", target)


def test_models_live_where_the_registry_uri_says(tmp_path: Path, local_uri: str) -> None:
    registry_uri = f"sqlite:///{tmp_path}/registry.db"
    mlflow.set_registry_uri(registry_uri)
    MlflowClient().create_registered_model("there")

    assert MlflowClient(registry_uri=registry_uri).get_registered_model("there").name == "there"
    with refused("RESOURCE_DOES_NOT_EXIST"):
        MlflowClient(tracking_uri=local_uri, registry_uri=local_uri).get_registered_model("there")
