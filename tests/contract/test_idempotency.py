"""A Call sent again with its key is done once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

from mlflow.api.experiments import CreateExperiment, DeleteExperiment
from mlflow.api.runs import CreateRun, SearchRuns
from mlflow.store.base import Store
from tests.contract.errors import refused


def test_a_run_created_again_with_the_same_key_is_the_same_run(store: Store, experiment: str) -> None:
    key = uuid.uuid4().hex
    call = CreateRun(experiment_id=experiment, start_time=7)

    first = store.call(call, key)

    assert store.call(call, key) == first
    assert len(store.call(SearchRuns(experiment_ids=[experiment])).runs) == 1


def test_many_senders_of_one_key_get_one_run(store: Store, experiment: str) -> None:
    key = uuid.uuid4().hex
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: store.call(CreateRun(experiment_id=experiment), key), range(16)))

    assert len({reply.run.info.run_id for reply in made}) == 1


def test_a_retried_delete_succeeds_where_a_second_one_would_not(store: Store, experiment: str) -> None:
    key = uuid.uuid4().hex

    store.call(DeleteExperiment(experiment_id=experiment), key)
    store.call(DeleteExperiment(experiment_id=experiment), key)

    with refused("RESOURCE_DOES_NOT_EXIST"):
        store.call(DeleteExperiment(experiment_id=experiment), uuid.uuid4().hex)


def test_a_refused_call_may_be_tried_again_under_its_key(store: Store, experiment: str) -> None:
    key = uuid.uuid4().hex
    with refused("RESOURCE_ALREADY_EXISTS"):
        store.call(CreateExperiment(name="Default"), key)

    assert store.call(CreateExperiment(name=key), key).experiment_id


def test_a_key_belongs_to_one_kind_of_call(store: Store, experiment: str) -> None:
    key = uuid.uuid4().hex
    store.call(CreateRun(experiment_id=experiment), key)

    with refused("INVALID_PARAMETER_VALUE", "idempotency key"):
        store.call(CreateExperiment(name=key), key)
