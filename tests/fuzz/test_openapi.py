"""Requests made from our own OpenAPI document, valid and not: none is ever the server's own fault."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error

from mlflow.server.openapi import document
from tests.faults.forked import ForkedServer
from tests.faults.wire import Wire

# Every Call answers under /api/ and /ajax-api/ with the same code, so one of them will do.
schema = schemathesis.openapi.from_dict(document()).include(path_regex="^/api/|interval|bulk|search-datasets")
schema = schema.exclude(path="/api/3.0/headrace/events")  # its answer never ends


@pytest.fixture(scope="module")
def run_id(server: ForkedServer) -> str:
    wire = Wire(server.port)
    made = wire.post("runs/create", {"experiment_id": "0"})
    wire.close()
    return str(made.body["run"]["info"]["run_id"])


@schema.parametrize()
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_is_the_servers_fault(case: schemathesis.Case[Any], server: ForkedServer, run_id: str) -> None:
    # Made-up ids lead nowhere; with a real one the request reaches further.
    for place in (case.body, case.query):
        if isinstance(place, dict) and isinstance(place.get("run_id"), str):
            place["run_id"] = run_id
    answer = case.call(base_url=server.url)
    case.validate_response(answer, checks=[not_a_server_error])
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        told = answer.json()
        assert set(told) >= {"error_code", "message"}, told
