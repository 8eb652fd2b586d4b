"""Webhooks by unmodified clients, and by ours, on our server: the same answers and deliveries as MLflow's."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.compat.asserting import assert_same
from tests.compat.environments import NEWEST, client_python_or_skip
from tests.compat.transcripts import load_golden, play_session
from tests.compat.webhook_differences import CHAPTER, CLIENTS, NEAR, SDK, VERSIONS
from tests.servers import headrace_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of our server, which may send to this machine."""
    folder = tmp_path_factory.mktemp("server")
    with headrace_server(f"sqlite:///{folder}/headrace.db", folder / "artifacts", env=NEAR) as url:
        yield url


@pytest.mark.parametrize("version", VERSIONS)
def test_an_unmodified_clients_webhooks_are_told_what_mlflow_tells(version: str, server: str) -> None:
    transcript = play_session(client_python_or_skip(version), server, CHAPTER)

    assert_same(load_golden(f"webhooks-{version}"), transcript, CLIENTS)


def test_our_sdks_webhooks_are_told_what_mlflow_tells(server: str) -> None:
    transcript = play_session(sys.executable, server, CHAPTER)

    assert_same(load_golden(f"webhooks-{NEWEST}"), transcript, (*CLIENTS, *SDK))
