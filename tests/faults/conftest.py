"""Both databases, and a server on each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import fresh_postgresql
from tests.faults.forked import ForkedServer


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def uri(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database, the same for the whole module."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database')}/runs.db"
        return
    with fresh_postgresql() as made:
        yield made


@pytest.fixture(scope="module")
def server(uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedServer]:
    """A running server, the same for the whole module."""
    with ForkedServer(uri, tmp_path_factory.mktemp("server")) as started:
        started.start()
        yield started
