from __future__ import annotations

import base64
import hashlib
import http.server
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlflow.artifacts.paths import STAGING
from mlflow.artifacts.proxied import ProxiedArtifactRepository, resolve
from mlflow.artifacts.rooted import ArtifactNotFound, IsAFolder
from mlflow.entities import FileInfo
from mlflow.exceptions import InvalidParameter, InvalidUrlException, MlflowException, NotFound, RestException
from mlflow.server.artifacts import ArtifactSettings
from tests.artifacts.running import eventually, serving

LARGE = 9 * 1024 * 1024  # more than what is digested beforehand


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")


# Against our own server


@pytest.fixture
def destination(tmp_path: Path) -> Path:
    return tmp_path / "destination"


@pytest.fixture
def server(destination: Path) -> Iterator[str]:
    with serving(ArtifactSettings(str(destination))) as url:
        yield url


@pytest.fixture
def repository(server: str) -> ProxiedArtifactRepository:
    return ProxiedArtifactRepository("mlflow-artifacts:/0/r1/artifacts", server)


@pytest.mark.parametrize("size", [0, 1, 100_000, LARGE])
@pytest.mark.parametrize("name", ["a.bin", "é +&=?%20.bin"])
def test_a_file_comes_back_as_it_went(
    repository: ProxiedArtifactRepository, destination: Path, tmp_path: Path, size: int, name: str
) -> None:
    (tmp_path / name).write_bytes(content := os.urandom(size))

    repository.log_artifact(str(tmp_path / name), "some folder")
    local = repository.download_artifacts(f"some folder/{name}", str(tmp_path / "back"))

    assert (destination / "0/r1/artifacts/some folder" / name).read_bytes() == content
    assert local == str(tmp_path / "back" / name)
    assert Path(local).read_bytes() == content


def test_a_stream_is_sent_when_it_is_complete(repository: ProxiedArtifactRepository) -> None:
    repository.upload_stream((b"x" * 1_000_000 for _ in range(12)), "stream")

    with repository.open("stream") as reader:
        assert reader.size == 12_000_000
        assert sum(len(chunk) for chunk in reader) == 12_000_000


def test_a_stream_that_breaks_is_never_sent(repository: ProxiedArtifactRepository) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        repository.upload_stream(breaking(), "a")

    assert repository.list_artifacts() == []


def test_listings_are_relative_to_the_root(repository: ProxiedArtifactRepository) -> None:
    for path in ("m/b", "m/a/deep", "c"):
        repository.upload_stream([b"12"], path)

    assert repository.list_artifacts() == [FileInfo("c", False, 2), FileInfo("m", True)]
    assert repository.list_artifacts("m") == [FileInfo("m/a", True), FileInfo("m/b", False, 2)]
    assert repository.list_artifacts("c") == repository.list_artifacts("missing") == []


def test_folders_go_and_come_with_everything_in_them(repository: ProxiedArtifactRepository, tmp_path: Path) -> None:
    for number in range(60):
        file = tmp_path / "source" / str(number % 7) / f"{number}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(str(number))
    reports: list[tuple[int, int]] = []

    repository.log_artifacts(str(tmp_path / "source"), "to", lambda done, total: reports.append((done, total)))
    back = repository.download_artifacts("to", str(tmp_path / "back"))

    assert {file.name: file.read_text() for file in Path(back).rglob("*.txt")} == {
        f"{number}.txt": str(number) for number in range(60)
    }
    assert reports[-1] == (110, 110)


def test_what_is_not_there_says_so(repository: ProxiedArtifactRepository, tmp_path: Path) -> None:
    repository.upload_stream([b"x"], "f/a")

    with pytest.raises(NotFound, match="Failed to download artifacts from path 'missing'"):
        repository.download_artifacts("missing", str(tmp_path))
    with pytest.raises(ArtifactNotFound):
        repository.open("missing")
    with pytest.raises(IsAFolder):
        repository.open("f")
    assert set(os.listdir(tmp_path / "destination")) - {STAGING} == {"0"}


def test_deleting_stays_below_the_root(repository: ProxiedArtifactRepository, server: str) -> None:
    root = ProxiedArtifactRepository("mlflow-artifacts:/", server)
    for path in ("f/a", "f/b", "g"):
        repository.upload_stream([b"x"], path)
    root.upload_stream([b"x"], "0/r2/artifacts/a")

    repository.delete_artifacts("f")
    assert repository.list_artifacts() == [FileInfo("g", False, 1)]
    repository.delete_artifacts()
    assert repository.list_artifacts() == []
    assert root.list_artifacts("0/r2/artifacts") == [FileInfo("0/r2/artifacts/a", False, 1)]
    root.delete_artifacts()
    assert root.list_artifacts() == []


@pytest.mark.parametrize("path", ["../r2/a", "/etc/passwd", "a#b", "%2e%2e/x"])
def test_bad_paths_are_refused_before_anything_is_sent(path: str) -> None:
    nowhere = ProxiedArtifactRepository("mlflow-artifacts:/0", "http://127.0.0.1:9")

    with pytest.raises(InvalidParameter):
        nowhere.upload_stream([b"x"], path)
    with pytest.raises(InvalidParameter):
        nowhere.open(path)
    with pytest.raises(InvalidParameter):
        nowhere.list_artifacts(path)


def test_the_servers_refusal_reaches_the_caller(repository: ProxiedArtifactRepository) -> None:
    repository.upload_stream([b"x"], "f/a")

    with pytest.raises(RestException, match="directory"):
        repository.upload_stream([b"x"], "f")


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", "1000")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", "1000")


@pytest.mark.usefixtures("in_parts")
@pytest.mark.parametrize("size", [1000, 1001, 25_500])
def test_a_large_file_goes_in_parts(
    repository: ProxiedArtifactRepository, destination: Path, tmp_path: Path, size: int
) -> None:
    (tmp_path / "large").write_bytes(content := os.urandom(size))
    reports: list[tuple[int, int]] = []

    repository.log_artifact(str(tmp_path / "large"), "f", lambda done, total: reports.append((done, total)))

    assert (destination / "0/r1/artifacts/f/large").read_bytes() == content
    assert reports[-1] == (size, size)


# Against servers that misbehave, and MLflow's own, which knows no digests


class Stub:
    """A server that answers as a function says, and remembers what it was asked."""

    def __init__(self, answer: Callable[[http.server.BaseHTTPRequestHandler, bytes], None]) -> None:
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                stub.seen.append(
                    (self.command, self.path, {name.lower(): value for name, value in self.headers.items()})
                )
                answer(self, self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            do_GET = do_PUT = do_POST = do_DELETE = handle_any

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Stub:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def repository(self) -> ProxiedArtifactRepository:
        return ProxiedArtifactRepository("mlflow-artifacts:/r", self.url)

    def methods(self) -> list[str]:
        return [method for method, _, _ in self.seen]


def reply(to: http.server.BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    to.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        to.send_header(name.replace("_", "-"), value)
    to.end_headers()
    to.wfile.write(body)


CONTENT = bytes(range(256)) * 4000


def cut_after(to: http.server.BaseHTTPRequestHandler, count: int, *, resumable: bool, etag: str = '"v1"') -> None:
    """Answer with CONTENT, but close the connection after `count` bytes."""
    start = 0
    if resumable and (wanted := re.match(r"bytes=(\d+)-", to.headers.get("Range", ""))):
        start = int(wanted[1]) if to.headers.get("If-Range") == etag else 0
    to.send_response(206 if start else 200)
    to.send_header("Content-Length", str(len(CONTENT) - start))
    to.send_header("ETag", etag)
    if resumable:
        to.send_header("Accept-Ranges", "bytes")
    if start:
        to.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
    to.end_headers()
    to.wfile.write(CONTENT[start : start + count])
    to.close_connection = True


def test_a_broken_download_goes_on_where_it_broke(tmp_path: Path) -> None:
    reports: list[int] = []
    with Stub(lambda to, _: cut_after(to, 150_000, resumable=True)) as stub:
        from mlflow.artifacts.progress import Meter

        stub.repository.download_file("a", str(tmp_path / "a"), Meter(lambda done, _: reports.append(done)))

    assert (tmp_path / "a").read_bytes() == CONTENT
    ranges = [headers.get("range") for _, _, headers in stub.seen]
    assert ranges[:2] == [None, "bytes=150000-"]
    assert len(ranges) == 7  # more breaks than attempts without progress are allowed
    assert reports[-1] == len(CONTENT)


def test_a_broken_download_starts_again_where_the_server_cannot_go_on(tmp_path: Path) -> None:
    counts = iter([150_000, 2_000_000])
    with Stub(lambda to, _: cut_after(to, next(counts), resumable=False)) as stub:
        stub.repository.download_file("a", str(tmp_path / "a"))

    assert (tmp_path / "a").read_bytes() == CONTENT


def test_a_download_starts_again_when_the_file_was_replaced_meanwhile(tmp_path: Path) -> None:
    answers = iter([(150_000, '"v1"'), (2_000_000, '"v2"')])

    def answer(to: http.server.BaseHTTPRequestHandler, _: bytes) -> None:
        count, etag = next(answers)
        cut_after(to, count, resumable=True, etag=etag)

    with Stub(answer) as stub:
        stub.repository.download_file("a", str(tmp_path / "a"))

    assert (tmp_path / "a").read_bytes() == CONTENT
    assert stub.seen[1][2]["if-range"] == '"v1"'


def test_a_download_that_does_not_get_on_fails_and_leaves_nothing(tmp_path: Path) -> None:
    def answer(to: http.server.BaseHTTPRequestHandler, _: bytes) -> None:
        cut_after(to, 0 if to.headers.get("Range") else 1000, resumable=True)

    with Stub(answer) as stub, pytest.raises(MlflowException, match="broke after 1000 bytes"):
        stub.repository.download_file("a", str(tmp_path / "a"))

    assert os.listdir(tmp_path) == []
    assert len(stub.seen) == 3  # MLFLOW_HTTP_REQUEST_MAX_RETRIES more after the last that got on


def test_an_upload_is_sent_again_from_its_start(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content := os.urandom(LARGE))
    bodies: list[bytes] = []

    def answer(to: http.server.BaseHTTPRequestHandler, body: bytes) -> None:
        bodies.append(body)
        reply(to, 503 if len(bodies) == 1 else 200)

    with Stub(answer) as stub:
        stub.repository.upload(str(tmp_path / "a"), "a")

    assert bodies == [content, content]


def test_a_server_without_digests_is_believed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    with Stub(lambda to, _: reply(to, 200)) as stub:
        stub.repository.upload(str(tmp_path / "a"), "f/a")

    assert [(method, path) for method, path, _ in stub.seen] == [("PUT", "/api/2.0/mlflow-artifacts/artifacts/r/f/a")]


def test_a_small_file_says_its_digest_beforehand(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    with Stub(lambda to, _: reply(to, 200)) as stub:
        stub.repository.upload(str(tmp_path / "a"), "a")

    digest = base64.b64encode(hashlib.sha256(b"content").digest()).decode()
    assert stub.seen[0][2]["content-digest"] == f"sha-256=:{digest}:"


def digest_field(content: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def test_a_file_that_arrives_damaged_is_sent_again(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content := os.urandom(LARGE))
    answers = iter([b"damaged", content])
    with Stub(lambda to, _: reply(to, 200, Repr_Digest=digest_field(next(answers)))) as stub:
        stub.repository.upload(str(tmp_path / "a"), "a")

    assert stub.methods() == ["PUT", "PUT"]


def test_a_file_that_arrives_damaged_twice_is_deleted_and_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(os.urandom(LARGE))

    def answer(to: http.server.BaseHTTPRequestHandler, _: bytes) -> None:
        reply(to, 200, Repr_Digest=digest_field(b"damaged"))

    with Stub(answer) as stub, pytest.raises(MlflowException, match="arrived damaged") as raised:
        stub.repository.upload(str(tmp_path / "a"), "a")

    assert raised.value.error_code == "DATA_LOSS"
    assert stub.methods() == ["PUT", "PUT", "DELETE"]


@pytest.mark.parametrize("name", ["../../stolen", "/etc/stolen", "..", "a\\..\\b", "%2e%2e/x"])
def test_a_server_cannot_make_a_download_write_elsewhere(tmp_path: Path, name: str) -> None:
    def answer(to: http.server.BaseHTTPRequestHandler, _: bytes) -> None:
        listing = {"files": [{"path": name, "is_dir": False, "file_size": 1}]}
        reply(to, 200, b"x" if "?" not in to.path else json.dumps(listing).encode())

    with Stub(answer) as stub, pytest.raises(MlflowException, match="Invalid path"):
        stub.repository.download_artifacts("f", str(tmp_path / "deep" / "er"))

    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def test_errors_that_are_no_json_still_say_what_happened() -> None:
    with (
        Stub(lambda to, _: reply(to, 403, b"Permission denied")) as stub,
        pytest.raises(MlflowException, match="403: Permission denied") as raised,
    ):
        stub.repository.list_artifacts()

    assert raised.value.error_code == "PERMISSION_DENIED"


def multipart_stub(bodies: list[tuple[str, dict[str, Any]]], part_status: int = 200, create_status: int = 200) -> Stub:
    def answer(to: http.server.BaseHTTPRequestHandler, body: bytes) -> None:
        if to.path.startswith("/part/"):
            reply(to, part_status, ETag=f'"{to.path[6:]}"')
            return
        if "/mpu/" not in to.path:
            reply(to, 200)
            return
        bodies.append((to.path, json.loads(body)))
        if "/create/" in to.path and create_status != 200:
            reply(to, create_status, json.dumps({"error_code": "NOT_IMPLEMENTED", "message": "no"}).encode())
            return
        host = to.headers["Host"]
        numbers = range(1, json.loads(body).get("num_parts", 0) + 1)
        credentials = [
            {"url": f"http://{host}/part/{number}", "part_number": number, "headers": {"x-sign": "s"}}
            for number in numbers
        ]
        reply(to, 200, json.dumps({"upload_id": "U", "credentials": credentials} if numbers else {}).encode())

    return Stub(answer)


@pytest.mark.usefixtures("in_parts")
def test_parts_go_where_the_server_says_with_the_headers_it_gave(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 2500)
    bodies: list[tuple[str, dict[str, Any]]] = []
    with multipart_stub(bodies) as stub:
        stub.repository.upload(str(tmp_path / "large"), "f g/large")

    api = "/api/2.0/mlflow-artifacts/mpu"
    parts = [{"part_number": number, "etag": f'"{number}"', "url": f"{stub.url}/part/{number}"} for number in (1, 2, 3)]
    assert bodies == [
        (f"{api}/create/r/f%20g", {"path": "large", "num_parts": 3}),
        (f"{api}/complete/r/f%20g", {"path": "large", "upload_id": "U", "parts": parts}),
    ]
    sent = {path: headers for method, path, headers in stub.seen if method == "PUT"}
    assert {path: headers["content-length"] for path, headers in sent.items()} == {
        "/part/1": "1000",
        "/part/2": "1000",
        "/part/3": "500",
    }
    assert all(headers["x-sign"] == "s" for headers in sent.values())


@pytest.mark.usefixtures("in_parts")
def test_a_part_that_fails_aborts_the_upload(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 2500)
    bodies: list[tuple[str, dict[str, Any]]] = []
    with multipart_stub(bodies, part_status=403) as stub, pytest.raises(MlflowException, match="403"):
        stub.repository.upload(str(tmp_path / "large"), "large")

    assert [path.split("/")[5] for path, _ in bodies] == ["create", "abort"]
    assert bodies[1][1] == {"path": "large", "upload_id": "U"}


@pytest.mark.usefixtures("in_parts")
def test_a_store_that_takes_no_parts_gets_the_file_as_one(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 2500)
    with multipart_stub([], create_status=501) as stub:
        stub.repository.upload(str(tmp_path / "large"), "large")

    assert [(method, path.rpartition("/")[2]) for method, path, _ in stub.seen] == [("POST", "r"), ("PUT", "large")]


# Whom the bytes and credentials go to


@pytest.mark.parametrize(
    ("uri", "tracking", "expected"),
    [
        ("mlflow-artifacts:/a/b", "http://h:5", ("http://h:5/api/2.0/mlflow-artifacts", "/a/b")),
        ("mlflow-artifacts:a", "http://h:5/", ("http://h:5/api/2.0/mlflow-artifacts", "a")),
        ("mlflow-artifacts:///a", "https://h/pre/", ("https://h/pre/api/2.0/mlflow-artifacts", "/a")),
        ("mlflow-artifacts://o:1/a", "https://h/pre", ("https://o:1/api/2.0/mlflow-artifacts", "/a")),
        ("mlflow-artifacts://h:5/a", "http://u:p@h:5/pre", ("http://u:p@h:5/pre/api/2.0/mlflow-artifacts", "/a")),
        (
            "http://o/x/api/2.0/mlflow-artifacts/artifacts/a%20b",
            "sqlite:///x",
            ("http://o/x/api/2.0/mlflow-artifacts", "/a b"),
        ),
        (
            "https://o/ajax-api/2.0/mlflow-artifacts/artifacts",
            None,
            ("https://o/ajax-api/2.0/mlflow-artifacts", ""),
        ),
    ],
)
def test_uris_name_a_server_and_a_path(uri: str, tracking: str | None, expected: tuple[str, str]) -> None:
    assert resolve(uri, tracking) == expected


@pytest.mark.parametrize("tracking", [None, "", "sqlite:///x.db", "./mlruns", "file:///x"])
def test_without_a_tracking_server_there_is_no_server_to_go_through(tracking: str | None) -> None:
    with pytest.raises(InvalidUrlException, match="MLFLOW_TRACKING_URI"):
        resolve("mlflow-artifacts:/a", tracking)


@pytest.mark.parametrize("uri", ["http://h/some/file", "http://h/api/2.0/mlflow-artifacts/artifactsx/y"])
def test_other_web_addresses_are_no_artifacts(uri: str) -> None:
    with pytest.raises(InvalidUrlException):
        resolve(uri, None)


def test_credentials_go_to_the_tracking_server_and_to_no_other_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret")
    with Stub(lambda to, _: reply(to, 200, b"{}")) as stub:
        ProxiedArtifactRepository("mlflow-artifacts:/a", stub.url).list_artifacts()
        ProxiedArtifactRepository(stub.url.replace("http", "mlflow-artifacts"), "http://127.0.0.1:9").list_artifacts()
        ProxiedArtifactRepository(stub.url.replace("http", "mlflow-artifacts"), "http://localhost:9").list_artifacts()

    assert [headers.get("authorization") for _, _, headers in stub.seen] == ["Bearer secret", "Bearer secret", None]


def test_a_login_in_the_tracking_uri_is_used_and_not_sent_in_the_url() -> None:
    with Stub(lambda to, _: reply(to, 200, b"{}")) as stub:
        ProxiedArtifactRepository("mlflow-artifacts:/a", stub.url.replace("//", "//me:pass@")).list_artifacts()

    _, path, headers = stub.seen[0]
    assert headers["authorization"] == f"Basic {base64.b64encode(b'me:pass').decode()}"
    assert "pass" not in path + headers["host"]


def test_a_download_under_way_is_not_visible_under_its_name(tmp_path: Path) -> None:
    go_on = threading.Event()

    def answer(to: http.server.BaseHTTPRequestHandler, _: bytes) -> None:
        to.send_response(200)
        to.send_header("Content-Length", "4")
        to.end_headers()
        to.wfile.write(b"ab")
        go_on.wait(10)
        to.wfile.write(b"cd")

    with Stub(answer) as stub:
        loading = threading.Thread(target=stub.repository.download_file, args=("a", str(tmp_path / "a")))
        loading.start()
        eventually(lambda: bool(os.listdir(tmp_path)))
        assert not (tmp_path / "a").exists()
        go_on.set()
        loading.join()

    assert (tmp_path / "a").read_bytes() == b"abcd"
