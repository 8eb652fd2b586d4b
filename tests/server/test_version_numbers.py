"""However many register versions of one prompt at once, through many processes too, each gets its own next number."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlflow.store.rest import RestStore
from tests.contract.registering import ONLY_PROMPTS, add_prompt_version, found_versions, new_prompt, version
from tests.databases import fresh_postgresql
from tests.servers import headrace_server

WRITERS = 64


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A server; on PostgreSQL it has three processes."""
    if request.param == "sqlite":
        with headrace_server(f"sqlite:///{tmp_path}/runs.db", tmp_path / "artifacts") as one:
            yield one
        return
    with fresh_postgresql() as uri, headrace_server(uri, tmp_path / "artifacts", "--workers", "3") as many:
        yield many


def test_sixty_four_writers_get_the_numbers_one_to_sixty_four_and_each_its_own_text(url: str) -> None:
    stores = [RestStore(url) for _ in range(WRITERS)]  # a connection each, so that every process is reached
    name = new_prompt(stores[0])
    with ThreadPoolExecutor(WRITERS) as pool:
        numbers = list(pool.map(lambda n: add_prompt_version(stores[n], name, f"text of {n}"), range(WRITERS)))

    assert sorted(map(int, numbers)) == list(range(1, WRITERS + 1))
    for writer, number in enumerate(numbers):
        assert version(stores[0], name, number).tags["mlflow.prompt.text"] == f"text of {writer}"
    assert len(found_versions(stores[0], f"{ONLY_PROMPTS} AND name = '{name}'")) == WRITERS
    for store in stores:
        store.close()
