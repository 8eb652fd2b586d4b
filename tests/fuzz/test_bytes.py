"""Bytes that are no proper request: refused in JSON with a 4xx, and the server goes on at the size it had."""

from __future__ import annotations

import json
import os
import random
import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.faults.forked import ForkedServer
from tests.faults.wire import Answer, Wire

_JSON = {"Content-Type": "application/json"}
_PATHS = ("runs/create", "runs/log-batch", "runs/search", "experiments/create", "runs/log-metric")
_MIB = 1 << 20


@pytest.fixture(scope="module")
def wire(server: ForkedServer) -> Iterator[Wire]:
    opened = Wire(server.port)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _alive_and_no_larger(server: ForkedServer) -> Iterator[None]:
    """After each test the same process answers and holds at most 64 MiB more than before it."""
    before = server.memory_bytes()
    yield
    other = Wire(server.port)
    assert other.get("experiments/get?experiment_id=0").status == 200
    other.close()
    assert server.memory_bytes() - before < 64 * _MIB
    assert "Traceback" not in server.printed()


def _refused(answer: Answer, *statuses: int) -> None:
    assert answer.status in (statuses or (400,)), answer
    assert isinstance(answer.body["error_code"], str)
    assert len(answer.body["message"]) < 10_000


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=st.sampled_from(_PATHS), body=st.binary(min_size=1, max_size=300))
@example(path="runs/create", body=b'{"experiment_id": "0", "run_name": "\xff\xfe"}')
@example(path="runs/create", body=b'{"experiment_id": "0", "run_name": "\\ud800"}')
@example(path="runs/create", body=b'\xef\xbb\xbf{"experiment_id": "a"}')
@example(path="runs/search", body=b"[" * 100_000)
@example(path="runs/search", body=b'{"a":' * 100_000)
@example(path="runs/search", body=b'{"order_by":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
@example(path="runs/search", body=b'{"maxResults":1,"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
@example(path="runs/search", body=b'{"max_results":' + b"9" * 1_000_000 + b"}")
@example(path="runs/search", body=b'{"max_results": 1e999999999}')
@example(path="runs/log-metric", body=b'{"run_id": "a", "key": "k", "timestamp": 1, "value": ' + b"1" * 100_000 + b"}")
def test_bytes_that_are_no_call_are_refused(wire: Wire, path: str, body: bytes) -> None:
    _refused(wire.send("POST", f"/api/2.0/mlflow/{path}", body, _JSON), 400, 404)


def test_a_body_cut_anywhere_is_refused(wire: Wire) -> None:
    whole = json.dumps({"run_id": "0" * 32, "metrics": [{"key": "a", "value": 1.5, "timestamp": 1}]}).encode()

    for length in range(1, len(whole)):
        _refused(wire.send("POST", "/api/2.0/mlflow/runs/log-batch", whole[:length], _JSON))


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "json",
        "\xff/\xfe",
    ],
)
def test_a_body_that_does_not_say_it_is_json_is_refused(wire: Wire, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}

    _refused(wire.send("POST", "/api/2.0/mlflow/runs/create", b'{"experiment_id": "0"}', headers))


@pytest.mark.parametrize("query", ["run_id=%ff%fe", "run_id=%00", "run_id=%ED%A0%80", "=", "&&&=&", "%", "run_id[]=x"])
def test_a_query_that_names_no_run_is_refused(wire: Wire, query: str) -> None:
    _refused(wire.get(f"runs/get?{query}"))


def test_a_query_of_too_many_fields_is_refused(wire: Wire) -> None:
    _refused(wire.get("metrics/get-history?" + "&".join(["run_id=a"] * 6000)))


@pytest.mark.parametrize("path", ["%ff%fe", "..%2f..%2fetc", "%00", "a" * 5000, "%ED%A0%80", "//", "runs//get"])
def test_a_path_that_leads_nowhere_is_refused(wire: Wire, path: str) -> None:
    _refused(wire.get(path), 404)
    _refused(wire.send("POST", f"/api/2.0/mlflow/{path}", b"{}", _JSON), 404, 405)


@pytest.mark.parametrize("key", ["\xff\xfe", "k" * 129, "k" * 5000])
def test_an_odd_idempotency_key_is_taken_or_refused(wire: Wire, key: str) -> None:
    answer = wire.send(
        "POST", "/api/2.0/mlflow/runs/create", b'{"experiment_id": "0"}', _JSON | {"Idempotency-Key": key}
    )

    assert answer.status == 200 or answer.error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "in chunks"])
def test_a_body_of_200_mib_is_refused_before_it_is_all_there(server: ForkedServer, announced: bool) -> None:
    before = server.memory_bytes()
    highest = 0
    piece = b"x" * _MIB
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        length = b"Content-Length: 209715200" if announced else b"Transfer-Encoding: chunked"
        connection.sendall(
            b"POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + length
            + b"\r\n\r\n"
        )
        try:
            for _ in range(200):
                connection.sendall(piece if announced else b"100000\r\n" + piece + b"\r\n")
                highest = max(highest, server.memory_bytes())
        except ConnectionError:
            pass  # it need not listen to the rest
        told = connection.recv(65536)

    assert told.startswith(b"HTTP/1.1 413 "), told
    assert b"INVALID_PARAMETER_VALUE" in told
    assert highest - before < 160 * _MIB, "more is held than the limit of a body, once as pieces and once as a whole"
    _wait_until_smaller(server, before + 64 * _MIB)


def _wait_until_smaller(server: ForkedServer, size: int) -> None:
    deadline = time.monotonic() + 5
    while server.memory_bytes() > size and time.monotonic() < deadline:
        time.sleep(0.05)


def test_bytes_that_are_not_even_http_do_no_harm(server: ForkedServer) -> None:
    choose = random.Random(7)
    beginnings = [
        b"",
        b"GET /\xff HTTP/1.1\r\n",
        b"POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    ]
    beginnings += [b"GET / HTTP/9.9\r\n\r\n", b"GET " + b"/" * 100_000, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"]
    for number in range(60):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            try:
                connection.sendall(beginnings[number % len(beginnings)] + choose.randbytes(200))
                connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(65536)
            except ConnectionError:
                continue
            assert b" 500 " not in answer.split(b"\r\n", 1)[0], answer


def test_clients_that_leave_in_the_middle_of_a_request_do_no_harm(server: ForkedServer) -> None:
    files = len(os.listdir(f"/proc/{server.pid}/fd"))
    request = (
        b"POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b'Content-Length: 22\r\n\r\n{"experiment_id": "0"}'
    )
    for length in range(0, len(request), 3):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(request[:length])

    # The requests that were whole may have opened the pool's 8 connections to PostgreSQL; about 70 clients left.
    allowed = files + 8 + 2
    deadline = time.monotonic() + 5
    while len(os.listdir(f"/proc/{server.pid}/fd")) > allowed and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(os.listdir(f"/proc/{server.pid}/fd")) <= allowed
