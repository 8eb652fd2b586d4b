"""Thirty-two processes want the same experiment at once, on a database that may not even have its tables yet."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlflow.api.experiments import SearchExperiments
from mlflow.store.sql import SqlStore
from tests.databases import fresh_postgresql
from tests.faults.forked import ForkedServer
from tests.faults.herd import together


@pytest.fixture(params=["sqlite", "postgresql", "rest"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A store where nothing is yet, not even the schema; a server has made it."""
    database = f"sqlite:///{tmp_path}/runs.db"
    if request.param == "sqlite":
        yield database
    elif request.param == "postgresql":
        with fresh_postgresql() as database:
            yield database
    else:
        with ForkedServer(database, tmp_path) as server:
            server.start()
            yield server.url


def test_of_32_processes_one_creates_the_experiment_and_31_learn_that_it_exists(uri: str, tmp_path: Path) -> None:
    got = together("create", uri, "everybody's")

    outcomes = Counter(answer.get("error", "made") for answer in got)
    assert outcomes == {"made": 1, "RESOURCE_ALREADY_EXISTS": 31}, got


def test_32_processes_that_set_the_experiment_all_get_the_same(uri: str) -> None:
    got = together("set", uri, "everybody's")

    assert len(got) == 32
    assert len({answer.get("id") for answer in got}) == 1, got
    assert "id" in got[0], got


def test_32_processes_create_the_schema_once(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/{uuid.uuid4().hex}.db"

    got = together("set", uri, "Default")

    assert {answer.get("id") for answer in got} == {"0"}, got
    store = SqlStore(uri)
    assert len(store.call(SearchExperiments(max_results=10)).experiments) == 1
    store.close()
