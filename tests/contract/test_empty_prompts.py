"""What every store promises about prompts that lost their last version: asked to, they go, and never with a version."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from mlflow.api.model_versions import DeleteModelVersion
from mlflow.api.prompts import DeleteEmptyPrompt
from mlflow.exceptions import MlflowException
from mlflow.store.base import Store
from tests.contract.errors import refused
from tests.contract.registering import add_prompt_version, model, new_model, new_prompt, unused_name, version


def test_a_prompt_without_versions_goes(store: Store) -> None:
    name = new_prompt(store, tags={"team": "blue"})
    store.call(DeleteModelVersion(name=name, version=add_prompt_version(store, name)))

    store.call(DeleteEmptyPrompt(name=name))

    with refused("RESOURCE_DOES_NOT_EXIST"):
        model(store, name)


def test_a_prompt_with_a_version_stays(store: Store) -> None:
    name = new_prompt(store)
    add_prompt_version(store, name)

    store.call(DeleteEmptyPrompt(name=name))

    assert version(store, name, 1).version == "1"


def test_a_model_stays_and_what_is_gone_counts_as_removed(store: Store) -> None:
    name = new_model(store)

    store.call(DeleteEmptyPrompt(name=name))
    store.call(DeleteEmptyPrompt(name=unused_name()))

    assert model(store, name).name == name


@pytest.mark.parametrize("name", ["", "a b", "a/2"])
def test_what_can_be_no_prompt_is_refused(store: Store, name: str) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        store.call(DeleteEmptyPrompt(name=name))


def test_a_version_that_is_added_meanwhile_is_there_or_was_never_acknowledged(store: Store) -> None:
    def added(name: str) -> str:
        try:
            return add_prompt_version(store, name)
        except MlflowException as error:
            return error.error_code

    with ThreadPoolExecutor(2) as threads:
        for _ in range(20):
            name = new_prompt(store)
            adding = threads.submit(added, name)
            threads.submit(store.call, DeleteEmptyPrompt(name=name)).result()
            answer = adding.result()
            assert answer == "RESOURCE_DOES_NOT_EXIST" or version(store, name, answer).version == answer
