"""Our SDK does what MLflow's does, with our server and with theirs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.compat.asserting import assert_same
from tests.compat.differences import SDK, SDK_WITH_OUR_SERVER, SDK_WITH_THEIR_SERVER
from tests.compat.environments import NEWEST, client_python_or_skip
from tests.compat.reference_server import reference_server
from tests.compat.transcripts import load_golden, play_session


def test_our_sdk_with_our_server(server: str) -> None:
    transcript = play_session(sys.executable, server)

    assert_same(load_golden(f"session-{NEWEST}"), transcript, (*SDK, *SDK_WITH_OUR_SERVER))


# Their server needs half a minute to start and then 50 to 100 ms for an answer.
@pytest.mark.timeout(900)
def test_our_sdk_with_the_real_server(tmp_path: Path) -> None:
    client_python_or_skip(NEWEST)

    with reference_server(NEWEST, tmp_path) as url:
        transcript = play_session(sys.executable, url)

    assert_same(load_golden(f"session-{NEWEST}"), transcript, (*SDK, *SDK_WITH_THEIR_SERVER))
