"""One server of ours for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import headrace_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of our server, on a new SQLite database."""
    folder = tmp_path_factory.mktemp("server")
    with headrace_server(f"sqlite:///{folder}/headrace.db", folder / "artifacts") as url:
        yield url
