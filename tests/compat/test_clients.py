"""Unmodified MLflow clients see our server as they see MLflow's."""

from __future__ import annotations

import pytest

from tests.compat.asserting import assert_same
from tests.compat.differences import CLIENTS
from tests.compat.environments import VERSIONS, client_python_or_skip
from tests.compat.transcripts import load_golden, play_session


@pytest.mark.parametrize("version", VERSIONS)
def test_an_unmodified_client_gets_the_answers_of_mlflow(version: str, server: str) -> None:
    python = client_python_or_skip(version)

    transcript = play_session(python, server)

    assert_same(load_golden(f"session-{version}"), transcript, CLIENTS[version])
