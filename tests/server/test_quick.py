"""However the bytes of a request come, and whichever way they go through the server, the answer is the same."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import headrace_server

SEARCH = "/api/2.0/mlflow/experiments/search"
GET = "/api/2.0/mlflow/experiments/get?experiment_id=0"


@pytest.fixture(
    scope="module",
    params=[(), ("--static-prefix", "/team"), ("--uvicorn-opts", "--http h11"), ("--uvicorn-opts", "--access-log")],
    ids=["short", "prefix", "other protocol", "usual"],
)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """A server's port and the prefix of its paths; the last two answer every request the usual way."""
    folder: Path = tmp_path_factory.mktemp("quick")
    with headrace_server(f"sqlite:///{folder}/runs.db", folder / "artifacts", *request.param) as address:
        yield int(address.split(":")[2].split("/")[0]), "/team" if "--static-prefix" in request.param else ""


class Connection:
    """A bare connection, so that each byte is sent when a test says so."""

    def __init__(self, place: tuple[int, str]) -> None:
        self.port, self.prefix = place
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def request(self, method: str, path: str, body: bytes = b"", *headers: str, version: str = "1.1") -> bytes:
        lines = [
            f"{method} {self.prefix}{path} HTTP/{version}",
            f"Host: 127.0.0.1:{self.port}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *headers,
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.socket.sendall(piece)
            if len(pieces) > 1:
                time.sleep(0.02)

    def answer(self) -> tuple[int, dict[str, str], Any]:
        while b"\r\n\r\n" not in self.received:
            self._more()
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = int(headers.get("content-length", 0))
        while len(self.received) < length:
            self._more()
        body, self.received = self.received[:length], self.received[length:]
        return int(status.split()[1]), headers, json.loads(body) if body else None

    def _more(self) -> None:
        data = self.socket.recv(1 << 16)
        assert data, f"the server hung up after {self.received!r}"
        self.received += data

    def is_closed(self) -> bool:
        return self.socket.recv(1) == b""


@pytest.fixture
def connection(place: tuple[int, str]) -> Iterator[Connection]:
    with Connection(place) as opened:
        yield opened


def test_a_call_is_answered_and_the_connection_stays_open(connection: Connection) -> None:
    for _ in range(3):
        connection.send(connection.request("POST", SEARCH, b'{"max_results": 1}'))
        status, headers, body = connection.answer()
        assert (status, body["experiments"][0]["name"]) == (200, "Default")
        assert headers["content-type"] == "application/json"
        assert headers["x-content-type-options"] == "nosniff"
        assert "connection" not in headers


def test_a_request_may_come_byte_by_byte(connection: Connection) -> None:
    for byte in connection.request("POST", SEARCH, b'{"max_results": 1}'):
        connection.send(bytes([byte]))
    assert connection.answer()[0] == 200


def test_a_body_may_come_after_its_head_and_in_pieces(connection: Connection) -> None:
    whole = connection.request("POST", SEARCH, b'{"max_results": 1, "filter": "name = \'Default\'"}')
    connection.send(whole[:40], whole[40:-20], whole[-20:-5], whole[-5:])
    assert connection.answer()[2]["experiments"][0]["experiment_id"] == "0"


def test_a_body_may_come_in_chunks(connection: Connection) -> None:
    body = b'{"max_results": 1}'
    whole = connection.request("POST", SEARCH, b"", "Transfer-Encoding: chunked")
    whole = whole.replace(b"Content-Length: 0\r\n", b"")
    connection.send(whole, b"%x\r\n" % 4 + body[:4] + b"\r\n", b"%x\r\n" % 14 + body[4:] + b"\r\n0\r\n\r\n")
    assert connection.answer()[0] == 200


@pytest.mark.parametrize("size", [1 << 16, 1 << 20, 3 << 20])
def test_a_body_may_be_long(connection: Connection, size: int) -> None:
    text = "x" * size
    body = json.dumps({"max_results": 1, "filter": f"name = '{text}'"}).encode()
    connection.send(connection.request("POST", SEARCH, body))
    assert connection.answer()[0] == (200 if size < 200_000 else 400)  # the longest text in a filter
    connection.send(connection.request("POST", SEARCH, b'{"max_results": 1}'))
    assert connection.answer()[0] == 200


def test_requests_sent_at_once_are_answered_in_order(connection: Connection) -> None:
    bodies = [b'{"max_results": 1}', b"{}", b'{"max_results": 1}', b"nonsense"] * 5
    connection.send(b"".join(connection.request("POST", SEARCH, body) for body in bodies))
    assert [connection.answer()[0] for _ in bodies] == [200, 400, 200, 400] * 5


def test_calls_and_pages_may_be_asked_for_at_once(connection: Connection) -> None:
    paths = [GET, "/health", GET, "/openapi.json", GET]
    requests = [connection.request("GET", path) for path in paths if path != "/health"]
    connection.send(b"".join(requests))
    assert [connection.answer()[0] for _ in requests] == [200] * 4


def test_fields_of_a_get_come_in_the_query_or_in_the_body(connection: Connection) -> None:
    connection.send(connection.request("GET", GET))
    in_query = connection.answer()
    connection.send(connection.request("GET", GET.partition("?")[0], b'{"experiment_id": "0"}'))
    assert connection.answer()[2] == in_query[2]


def test_a_client_that_says_close_is_hung_up_on_after_its_answer(connection: Connection) -> None:
    connection.send(connection.request("GET", GET, b"", "Connection: close"))
    status, headers, _ = connection.answer()
    assert (status, headers["connection"]) == (200, "close")
    assert connection.is_closed()


def test_http_1_0_is_answered_and_hung_up_on(connection: Connection) -> None:
    connection.send(connection.request("GET", GET, version="1.0"))
    assert connection.answer()[0] == 200
    assert connection.is_closed()


def test_a_client_that_waits_for_100_continue_is_told_to_go_on(connection: Connection) -> None:
    whole = connection.request("POST", SEARCH, b'{"max_results": 1}', "Expect: 100-continue")
    head, body = whole[:-18], whole[-18:]
    connection.send(head)
    assert connection.answer()[0] == 100
    connection.send(body)
    assert connection.answer()[0] == 200


@pytest.mark.parametrize(("method", "path"), [("GET", SEARCH.replace("search", "create")), ("DELETE", SEARCH)])
def test_the_wrong_method_is_refused_with_those_that_are_allowed(
    connection: Connection, method: str, path: str
) -> None:
    connection.send(connection.request(method, path))
    status, headers, body = connection.answer()
    assert (status, body["error_code"]) == (405, "BAD_REQUEST")
    assert "POST" in headers["allow"]


def test_an_escaped_path_is_the_same_path(connection: Connection) -> None:
    connection.send(connection.request("GET", GET.replace("get", "%67et")))
    assert connection.answer()[0] == 200


def test_a_foreign_host_is_refused(connection: Connection) -> None:
    whole = connection.request("POST", SEARCH, b'{"max_results": 1}')
    connection.socket.sendall(re.sub(rb"Host: [^\r]*", b"Host: evil.example", whole))
    data = connection.socket.recv(4096)
    assert data.startswith(b"HTTP/1.1 403")
    while b"detected" not in data:
        data += connection.socket.recv(4096)
    assert b"Invalid Host header - possible DNS rebinding attack detected" in data


def test_a_client_that_leaves_in_the_middle_leaves_the_server_well(place: tuple[int, str]) -> None:
    for cut in (10, 60, 150, -1):
        with Connection(place) as leaving:
            leaving.send(leaving.request("POST", SEARCH, b'{"max_results": 1}')[:cut])
    with Connection(place) as leaving:  # before its answer comes
        leaving.send(leaving.request("POST", SEARCH, b'{"max_results": 1}'))
    with Connection(place) as other:
        other.send(other.request("GET", GET))
        assert other.answer()[0] == 200


def test_what_is_not_http_is_refused(place: tuple[int, str], request: pytest.FixtureRequest) -> None:
    with Connection(place) as connection:
        connection.send(b"\x16\x03\x01 what is this\r\n\r\n")
        if "other protocol" in request.node.name:  # in its own words
            assert connection.socket.recv(4096).startswith(b"HTTP/1.1 400")
            return
        status, _, body = connection.answer()
        assert (status, body["error_code"]) == (400, "BAD_REQUEST")
        assert connection.is_closed()
