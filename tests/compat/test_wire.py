"""Requests written by hand get the answers of MLflow's server."""

from __future__ import annotations

from tests.compat import wire
from tests.compat.asserting import assert_same
from tests.compat.environments import NEWEST
from tests.compat.registry_differences import REGISTRY
from tests.compat.transcripts import load_golden
from tests.compat.wire_differences import WIRE


def test_every_request_gets_the_answer_of_mlflow(server: str) -> None:
    transcript = wire.play(server)

    assert_same(load_golden(f"wire-{NEWEST}"), transcript, (*WIRE, *REGISTRY))
