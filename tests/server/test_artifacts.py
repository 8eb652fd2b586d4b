from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import socket
import subprocess
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3

from mlflow.artifacts.paths import STAGING
from mlflow.exceptions import InvalidParameter, PermissionDenied, RunNotFound
from mlflow.server.artifact_bodies import content_type, disposition, range_of
from mlflow.server.artifacts import ArtifactService, ArtifactSettings
from tests.artifacts.running import eventually, serving

STORE = "/api/2.0/mlflow-artifacts"
FILES = f"{STORE}/artifacts"


async def artifact_uri_of_run(run_id: str) -> str:
    if run_id != "r1":
        raise RunNotFound(run_id)
    return "mlflow-artifacts:/0/r1/artifacts"


@pytest.fixture(scope="module")
def destination(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("destination")


@pytest.fixture(scope="module")
def server(destination: Path) -> Iterator[str]:
    with serving(ArtifactSettings(str(destination), artifact_uri_of_run=artifact_uri_of_run)) as url:
        yield url


@pytest.fixture
def web(server: str) -> Iterator[urllib3.HTTPConnectionPool]:
    with urllib3.connection_from_url(server, retries=False) as pool:
        yield pool


def put(web: urllib3.HTTPConnectionPool, path: str, body: bytes, **headers: str) -> urllib3.BaseHTTPResponse:
    return web.request("PUT", f"{FILES}/{path}", body=body, headers=headers)


def raw_request(server: str, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    """Send a path as it is; urllib3 would tidy it up."""
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=10)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def everything_in(folder: Path) -> set[str]:
    return {os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names}


def error_of(response: urllib3.BaseHTTPResponse) -> tuple[int, str]:
    return response.status, response.json()["error_code"]


# Reading and writing


@pytest.mark.parametrize("size", [0, 1, 65_537, 5_000_001])
def test_what_was_put_is_what_is_got(web: urllib3.HTTPConnectionPool, size: int) -> None:
    content = os.urandom(size)

    assert put(web, "roundtrip/é %20?.bin".replace("?", "%3F").replace(" ", "%20"), content).status == 200
    response = web.request("GET", f"{FILES}/roundtrip/%C3%A9%20%20%3F.bin")

    assert (response.status, response.data) == (200, content)
    assert response.headers["Content-Length"] == str(size)


def test_a_put_answers_with_an_empty_200(web: urllib3.HTTPConnectionPool) -> None:
    response = put(web, "put/a", b"x")

    assert (response.status, response.data) == (200, b"")


def test_a_body_of_unknown_length_is_taken(web: urllib3.HTTPConnectionPool) -> None:
    web.request("PUT", f"{FILES}/put/chunked", body=iter([b"ab", b"", b"cd"]))

    assert web.request("GET", f"{FILES}/put/chunked").data == b"abcd"


def test_the_ajax_twin_answers_too(web: urllib3.HTTPConnectionPool) -> None:
    web.request("PUT", "/ajax-api/2.0/mlflow-artifacts/artifacts/put/twin", body=b"x")

    assert web.request("GET", f"{FILES}/put/twin").data == b"x"


def test_a_listing_has_base_names_of_one_level(web: urllib3.HTTPConnectionPool) -> None:
    for path in ("list/b.txt", "list/a/deep", "list/c.txt"):
        put(web, path, b"123")

    assert web.request("GET", FILES, fields={"path": "list"}).json() == {
        "files": [
            {"path": "a", "is_dir": True},
            {"path": "b.txt", "is_dir": False, "file_size": 3},
            {"path": "c.txt", "is_dir": False, "file_size": 3},
        ]
    }


@pytest.mark.parametrize("path", ["nowhere", "list-file"])
def test_the_listing_of_nothing_or_of_a_file_is_empty(web: urllib3.HTTPConnectionPool, path: str) -> None:
    put(web, "list-file", b"x")

    assert web.request("GET", FILES, fields={"path": path}).json() == {}


def test_deleting_works_for_files_folders_and_what_is_not_there(web: urllib3.HTTPConnectionPool) -> None:
    put(web, "del/f/a", b"x")
    put(web, "del/b", b"x")

    for path in ("del/f", "del/b", "del/missing"):
        response = web.request("DELETE", f"{FILES}/{path}")
        assert (response.status, response.json()) == (200, {})

    assert web.request("GET", FILES, fields={"path": "del"}).json() == {}


def test_the_whole_store_cannot_be_deleted_at_once(web: urllib3.HTTPConnectionPool) -> None:
    put(web, "kept", b"x")

    assert web.request("DELETE", f"{FILES}/").status == 400
    assert web.request("GET", f"{FILES}/kept").status == 200


def test_a_missing_file_is_404_and_a_folder_400(web: urllib3.HTTPConnectionPool) -> None:
    put(web, "folder/a", b"x")

    assert error_of(web.request("GET", f"{FILES}/missing")) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert error_of(web.request("GET", f"{FILES}/folder")) == (400, "INVALID_PARAMETER_VALUE")
    assert "directory" in web.request("GET", f"{FILES}/folder").json()["message"]


@pytest.mark.parametrize("path", ["taken", "taken/file/below", "n" * 300])
def test_an_impossible_place_is_the_callers_error(web: urllib3.HTTPConnectionPool, path: str) -> None:
    put(web, "taken/file", b"x")

    assert error_of(put(web, path, b"y")) == (400, "INVALID_PARAMETER_VALUE")


# Whole or not at all


def test_an_upload_that_is_cut_off_leaves_nothing(
    server: str, destination: Path, web: urllib3.HTTPConnectionPool
) -> None:
    put(web, "cut/before", b"old")
    for name in ("new", "before"):
        host, port = urlsplit(server).netloc.split(":")
        with socket.create_connection((host, int(port))) as wire:
            wire.sendall(f"PUT {FILES}/cut/{name} HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n".encode())
            wire.sendall(b"x" * 5_000_000)
            eventually(lambda: any(name.startswith(STAGING) for name in everything_in(destination)))
            assert {info["path"] for info in web.request("GET", FILES, fields={"path": "cut"}).json()["files"]} == {
                "before"
            }
        eventually(lambda: not any(name.startswith(STAGING) for name in everything_in(destination)))

    assert web.request("GET", f"{FILES}/cut/new").status == 404
    assert web.request("GET", f"{FILES}/cut/before").data == b"old"


def test_readers_see_whole_versions_while_a_file_is_replaced(server: str, web: urllib3.HTTPConnectionPool) -> None:
    versions = [bytes([65 + number]) * 3_000_000 for number in range(3)]
    put(web, "replaced", versions[0])
    wrong: list[bytes] = []
    done = threading.Event()

    def read() -> None:
        with urllib3.connection_from_url(server) as pool:
            while not done.is_set():
                content = pool.request("GET", f"{FILES}/replaced").data
                if content not in versions:
                    wrong.append(content[:10])

    reading = threading.Thread(target=read)
    reading.start()
    for _ in range(4):
        for version in versions:
            put(web, "replaced", version)
    done.set()
    reading.join()

    assert wrong == []


def test_the_server_tells_the_digest_to_who_asks(web: urllib3.HTTPConnectionPool) -> None:
    expected = f"sha-256=:{base64.b64encode(hashlib.sha256(b'content').digest()).decode()}:"

    asked = put(web, "digest", b"content", **{"Want-Repr-Digest": "sha-256=10"})

    assert asked.headers["Repr-Digest"] == expected
    assert "Repr-Digest" not in put(web, "digest", b"content").headers


def test_a_body_that_is_not_the_announced_one_is_refused(web: urllib3.HTTPConnectionPool, destination: Path) -> None:
    digest = base64.b64encode(hashlib.sha256(b"content").digest()).decode()

    damaged = put(web, "damaged", b"c0ntent", **{"Content-Digest": f"sha-256=:{digest}:"})
    sound = put(web, "sound", b"content", **{"Content-Digest": f"sha-256=:{digest}:"})

    assert error_of(damaged) == (400, "BAD_REQUEST")
    assert web.request("GET", f"{FILES}/damaged").status == 404
    assert sound.status == 200
    eventually(lambda: not os.listdir(destination / STAGING))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    mounted = tmp_path / "small"
    mounted.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(mounted)], check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield mounted
    subprocess.run(["umount", str(mounted)], check=True)


def test_a_full_disk_is_507_and_leaves_nothing(small_disk: Path) -> None:
    with serving(ArtifactSettings(str(small_disk))) as url, urllib3.connection_from_url(url, retries=False) as web:
        put(web, "fits", b"x" * 1_000_000)
        unannounced = web.request("PUT", f"{FILES}/large", body=(b"x" * 500_000 for _ in range(20)))
        announced = put(web, "large", b"x" * 8_000_000)

        assert error_of(unannounced) == (507, "RESOURCE_EXHAUSTED")
        assert error_of(announced) == (507, "RESOURCE_EXHAUSTED")
        eventually(lambda: everything_in(small_disk) == {"fits"})
        assert web.request("GET", f"{FILES}/fits").data == b"x" * 1_000_000


def test_memory_stays_small_whatever_the_size(destination: Path, web: urllib3.HTTPConnectionPool) -> None:
    size = 200 * 1024 * 1024
    with open(destination / "sparse", "wb") as file:
        file.truncate(size)
    tracemalloc.start()
    try:
        response = web.request("GET", f"{FILES}/sparse", preload_content=False)
        received = sum(len(chunk) for chunk in response.stream(1024 * 1024))
        with open(destination / "sparse", "rb") as file:
            sent = web.request("PUT", f"{FILES}/sparse-copy", body=file, headers={"Content-Length": str(size)})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (received, sent.status) == (size, 200)
    assert (destination / "sparse-copy").stat().st_size == size
    assert peak < 24 * 1024 * 1024  # of client and server together
    for name in ("sparse", "sparse-copy"):
        (destination / name).unlink()


def test_a_client_that_goes_away_during_a_download_frees_the_file(server: str, destination: Path) -> None:
    (destination / "long").write_bytes(b"x" * 50_000_000)
    host, port = urlsplit(server).netloc.split(":")
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall(f"GET {FILES}/long HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wire.recv(1000)

    def is_open() -> bool:
        handles = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
        return any(os.path.realpath(handle) == str(destination / "long") for handle in handles)

    if os.path.exists("/proc/self/fd"):
        eventually(lambda: not is_open())


# Nobody gets out


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "../outside",
        "%2e%2e/outside",
        "%252e%252e/outside",
        "..%2Foutside",
        "%2e%2e%2foutside",
        "a/../../outside",
        "/etc/passwd",
        "%2Fetc/passwd",
        "%252Fetc%252Fpasswd",
        "a%5C..%5Cb",
        "..%5Coutside",
        "a%00b",
        "a%23b",
        "a%0Db",
        "C:/x",
        "file:/etc/passwd",
        ".headrace-staging/x",
        "%2eheadrace-staging/x",
    ],
)
def test_paths_that_lead_out_are_refused(server: str, destination: Path, method: str, path: str) -> None:
    (destination.parent / "outside").write_bytes(b"secret")

    status, body = raw_request(server, method, f"{FILES}/{path}", b"overwritten" if method == "PUT" else b"")

    assert (status, json.loads(body)["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert (destination.parent / "outside").read_bytes() == b"secret"


@pytest.mark.parametrize("path", ["..", "../", "%2e%2e", "%252e%252e", "/etc", "a/../..", ".headrace-staging"])
def test_folders_outside_are_not_listed(web: urllib3.HTTPConnectionPool, path: str) -> None:
    assert error_of(web.request("GET", FILES, fields={"path": path})) == (400, "INVALID_PARAMETER_VALUE")


def test_links_in_the_store_are_not_followed(
    web: urllib3.HTTPConnectionPool, destination: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (destination / "links").mkdir()
    (destination / "links" / "file").symlink_to(tmp_path / "secret")
    (destination / "links" / "folder").symlink_to(tmp_path)

    assert web.request("GET", f"{FILES}/links/file").status == 400
    assert web.request("GET", f"{FILES}/links/folder/secret").status == 400
    assert put(web, "links/folder/new", b"x").status == 400
    assert web.request("GET", FILES, fields={"path": "links"}).json() == {}
    assert web.request("GET", FILES, fields={"path": "links/folder"}).status == 400
    assert os.listdir(tmp_path) == ["secret"]


def test_uploads_under_way_do_not_show(server: str, web: urllib3.HTTPConnectionPool, destination: Path) -> None:
    host, port = urlsplit(server).netloc.split(":")
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall(f"PUT {FILES}/hidden HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx".encode())
        eventually((destination / STAGING).exists)

        listed = web.request("GET", FILES).json().get("files", [])

        assert not {STAGING, "hidden"} & {info["path"] for info in listed}
    eventually(lambda: not os.listdir(destination / STAGING))


def test_when_serving_is_off_every_route_says_so(tmp_path: Path) -> None:
    with (
        serving(ArtifactSettings(str(tmp_path), serve=False, artifact_uri_of_run=artifact_uri_of_run)) as url,
        urllib3.connection_from_url(url, retries=False) as web,
    ):
        for method, path in [
            ("GET", FILES),
            ("GET", f"{FILES}/a"),
            ("PUT", f"{FILES}/a"),
            ("DELETE", f"{FILES}/a"),
            ("POST", f"{STORE}/mpu/create/a"),
            ("PUT", f"{STORE}/mpu/part/{'0' * 64}/1"),
        ]:
            response = web.request(method, path)
            assert (response.status, response.headers["Content-Type"]) == (503, "text/plain; charset=utf-8")
            assert b"--serve-artifacts" in response.data
        assert web.request("GET", "/get-artifact", fields={"run_id": "r1", "path": "a"}).status == 400


# Parts of files, and unchanged ones


@pytest.mark.parametrize(
    ("asked", "status", "content", "told"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=0-0", 206, b"0", "bytes 0-0/10"),
        ("bytes=5-99", 206, b"56789", "bytes 5-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=4-2", 200, b"0123456789", None),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("bytes=٣-", 200, b"0123456789", None),
    ],
)
def test_ranges(web: urllib3.HTTPConnectionPool, asked: str, status: int, content: bytes, told: str | None) -> None:
    put(web, "range", b"0123456789")

    response = web.request("GET", f"{FILES}/range", headers={"Range": asked.encode().decode("latin-1")})

    assert (response.status, response.data, response.headers.get("Content-Range")) == (status, content, told)


def test_a_range_deep_in_a_large_file(web: urllib3.HTTPConnectionPool) -> None:
    content = os.urandom(9_000_000)
    put(web, "large-range", content)

    response = web.request("GET", f"{FILES}/large-range", headers={"Range": "bytes=1000000-8000000"})

    assert response.data == content[1_000_000:8_000_001]


def test_a_range_of_another_version_gives_the_whole_file(web: urllib3.HTTPConnectionPool) -> None:
    put(web, "if-range", b"0123456789")
    etag = web.request("GET", f"{FILES}/if-range").headers["ETag"]
    same = web.request("GET", f"{FILES}/if-range", headers={"Range": "bytes=5-", "If-Range": etag})
    put(web, "if-range", b"9876543210")
    changed = web.request("GET", f"{FILES}/if-range", headers={"Range": "bytes=5-", "If-Range": etag})

    assert (same.status, same.data) == (206, b"56789")
    assert (changed.status, changed.data) == (200, b"9876543210")


def test_an_unchanged_file_is_304(web: urllib3.HTTPConnectionPool) -> None:
    put(web, "unchanged", b"x")
    etag = web.request("GET", f"{FILES}/unchanged").headers["ETag"]

    response = web.request("GET", f"{FILES}/unchanged", headers={"If-None-Match": etag})

    assert (response.status, response.data) == (304, b"")


def test_head_has_the_headers_and_no_body(web: urllib3.HTTPConnectionPool) -> None:
    put(web, "head", b"x" * 5_000_000)

    response = web.request("HEAD", f"{FILES}/head")

    assert (response.status, response.data, response.headers["Content-Length"]) == (200, b"", "5000000")


# What browsers are told


def test_browsers_save_artifacts_and_run_nothing_in_them(web: urllib3.HTTPConnectionPool) -> None:
    put(web, "page.html", b"<script>")

    headers = web.request("GET", f"{FILES}/page.html").headers

    assert headers["Content-Disposition"] == "attachment; filename=page.html"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.txt", "text/plain"),
        ("a.json", "text/plain"),
        ("MLmodel", "text/plain"),
        ("a.yaml", "text/plain"),
        ("a.csv", "text/plain"),
        ("a.PY", "text/plain"),
        ("a.png", "image/png"),
        ("a.svg", "image/svg+xml"),
        ("a.html", "text/html"),
        ("a.pdf", "application/pdf"),
        ("a.pkl", "application/octet-stream"),
        ("a.csv.gz", "application/gzip"),
        ("a.unknown", "application/octet-stream"),
        ("noextension", "application/octet-stream"),
    ],
)
def test_media_types_are_those_of_mlflow(name: str, expected: str) -> None:
    assert content_type(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.txt", "attachment; filename=a.txt"),
        ("a b.txt", 'attachment; filename="a b.txt"'),
        ('é"q;.txt', "attachment; filename=\"__q;.txt\"; filename*=UTF-8''%C3%A9%22q%3B.txt"),
    ],
)
def test_file_names_survive_the_header(name: str, expected: str) -> None:
    assert disposition(name) == expected


def test_nothing_of_an_empty_file_is_in_any_range() -> None:
    assert range_of("bytes=0-", 0) == (0, 0)
    assert range_of("bytes=-5", 0) == (0, 0)


# By run


def test_a_browser_uploads_and_fetches_by_run(web: urllib3.HTTPConnectionPool, destination: Path) -> None:
    upload = web.request("POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid=r1&path=d/f.txt", body=b"hey")

    assert upload.status == 200
    assert (destination / "0/r1/artifacts/d/f.txt").read_bytes() == b"hey"
    for parameter in ("run_id", "run_uuid"):
        response = web.request("GET", "/get-artifact", fields={parameter: "r1", "path": "d/f.txt"})
        assert (response.status, response.data) == (200, b"hey")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("run_id=r1&path=missing", (404, "RESOURCE_DOES_NOT_EXIST")),
        ("run_id=other&path=a", (404, "RESOURCE_DOES_NOT_EXIST")),
        ("run_id=r1&path=../../x", (400, "INVALID_PARAMETER_VALUE")),
        ("run_id=r1&path=%252e%252e/x", (400, "INVALID_PARAMETER_VALUE")),
        ("run_id=r1", (400, "INVALID_PARAMETER_VALUE")),
        ("path=a", (400, "INVALID_PARAMETER_VALUE")),
    ],
)
def test_errors_of_fetching_by_run(web: urllib3.HTTPConnectionPool, query: str, expected: tuple[int, str]) -> None:
    assert error_of(web.request("GET", f"/get-artifact?{query}")) == expected


@pytest.mark.parametrize(
    ("query", "size", "status"),
    [
        ("run_uuid=r1&path=max", 10 * 1024 * 1024, 200),
        ("run_uuid=r1&path=over", 10 * 1024 * 1024 + 1, 400),
        ("run_uuid=r1&path=empty", 0, 400),
        ("run_uuid=r1", 1, 400),
        ("path=a", 1, 400),
        ("run_uuid=r1&path=../a", 1, 400),
        ("run_uuid=other&path=a", 1, 404),
    ],
)
def test_limits_of_the_browsers_upload(web: urllib3.HTTPConnectionPool, query: str, size: int, status: int) -> None:
    response = web.request("POST", f"/ajax-api/2.0/mlflow/upload-artifact?{query}", body=b"x" * size)

    assert response.status == status


def test_an_upload_over_the_limit_is_cut_even_when_it_hides_its_length(
    web: urllib3.HTTPConnectionPool, destination: Path
) -> None:
    url = "/ajax-api/2.0/mlflow/upload-artifact?run_uuid=r1&path=endless"

    response = web.request("POST", url, body=(b"x" * 1_000_000 for _ in range(12)))

    assert response.status == 400
    assert not (destination / "0/r1/artifacts/endless").exists()


def test_model_versions_answer_404_until_somebody_knows_them(web: urllib3.HTTPConnectionPool) -> None:
    fields = {"name": "m", "version": "1", "path": "a"}

    assert error_of(web.request("GET", "/model-versions/get-artifact", fields=fields)) == (
        404,
        "RESOURCE_DOES_NOT_EXIST",
    )


# Uploads in parts


def begin(web: urllib3.HTTPConnectionPool, folder: str, name: str, parts: int) -> dict[str, object]:
    body: dict[str, object] = web.request(
        "POST", f"{STORE}/mpu/create/{folder}", json={"path": name, "num_parts": parts}
    ).json()
    return body


def send_parts(web: urllib3.HTTPConnectionPool, begun: dict[str, object], contents: list[bytes]) -> list[object]:
    parts: list[object] = []
    credentials = begun["credentials"]
    assert isinstance(credentials, list)
    for credential, content in zip(credentials, contents, strict=True):
        response = web.request("PUT", urlsplit(credential["url"]).path, body=content)
        assert response.status == 200
        parts.append({"part_number": credential["part_number"], "etag": response.headers["ETag"], "url": "x"})
    return parts


def finish(
    web: urllib3.HTTPConnectionPool, folder: str, name: str, begun: dict[str, object], parts: list[object]
) -> urllib3.BaseHTTPResponse:
    fields = {"path": name, "upload_id": begun["upload_id"], "parts": parts}
    return web.request("POST", f"{STORE}/mpu/complete/{folder}", json=fields)


def test_parts_become_one_file_in_order(web: urllib3.HTTPConnectionPool, destination: Path) -> None:
    begun = begin(web, "mpu/f", "/home/somebody/big.bin", 3)
    parts = send_parts(web, begun, [b"a" * 1000, b"b" * 1000, b"c"])
    assert web.request("GET", f"{FILES}/mpu/f/big.bin").status == 404

    answer = finish(web, "mpu/f", "/home/somebody/big.bin", begun, parts[::-1])

    assert (answer.status, answer.json()) == (200, {})
    assert (destination / "mpu/f/big.bin").read_bytes() == b"a" * 1000 + b"b" * 1000 + b"c"


def test_the_urls_of_parts_lead_to_this_server(web: urllib3.HTTPConnectionPool, server: str) -> None:
    credentials = begin(web, "mpu", "C:\\Users\\x\\big.bin", 2)["credentials"]

    assert isinstance(credentials, list)
    assert [credential["part_number"] for credential in credentials] == [1, 2]
    assert all(credential["url"].startswith(f"{server}{STORE}/mpu/part/") for credential in credentials)


def test_a_part_can_be_sent_again_and_the_named_version_counts(
    web: urllib3.HTTPConnectionPool, destination: Path
) -> None:
    begun = begin(web, "mpu", "again", 1)
    send_parts(web, begun, [b"first try"])
    parts = send_parts(web, begun, [b"second try"])

    finish(web, "mpu", "again", begun, parts)

    assert (destination / "mpu/again").read_bytes() == b"second try"


def test_completing_again_changes_nothing(web: urllib3.HTTPConnectionPool, destination: Path) -> None:
    begun = begin(web, "mpu", "twice", 1)
    parts = send_parts(web, begun, [b"x"])
    finish(web, "mpu", "twice", begun, parts)
    put(web, "mpu/twice", b"newer")

    assert finish(web, "mpu", "twice", begun, parts).status == 200
    assert (destination / "mpu/twice").read_bytes() == b"newer"


def test_an_aborted_upload_is_gone(web: urllib3.HTTPConnectionPool, destination: Path) -> None:
    begun = begin(web, "mpu", "aborted", 2)
    parts = send_parts(web, begun, [b"x", b"y"])

    abort = web.request("POST", f"{STORE}/mpu/abort/mpu", json={"path": "aborted", "upload_id": begun["upload_id"]})

    assert (abort.status, abort.json()) == (200, {})
    assert finish(web, "mpu", "aborted", begun, parts).status == 404
    assert web.request("PUT", f"{STORE}/mpu/part/{begun['upload_id']}/1", body=b"x").status == 404
    assert not (destination / STAGING / f"mpu-{begun['upload_id']}").exists()


@pytest.mark.parametrize("fault", ["missing part", "unknown etag", "foreign etag", "twice the same", "other path"])
def test_an_upload_is_completed_only_as_it_was_begun(web: urllib3.HTTPConnectionPool, fault: str) -> None:
    begun = begin(web, "mpu", "strict", 2)
    parts: list[object] = send_parts(web, begun, [b"x", b"y"])
    path = "strict"
    if fault == "missing part":
        parts = parts[:1]
    elif fault == "unknown etag":
        parts[1] = {"part_number": 2, "etag": f'"{"0" * 64}"', "url": ""}
    elif fault == "foreign etag":
        parts[1] = {"part_number": 2, "etag": "../../x", "url": ""}
    elif fault == "twice the same":
        parts[1] = parts[0]
    else:
        path = "elsewhere"

    assert error_of(finish(web, "mpu", path, begun, parts)) == (400, "INVALID_PARAMETER_VALUE")
    assert web.request("GET", f"{FILES}/mpu/strict").status == 404


@pytest.mark.parametrize("body", [{}, {"path": "a", "num_parts": 10_001}, {"path": "..", "num_parts": 1}, {"path": 3}])
def test_an_upload_that_cannot_be_begun(web: urllib3.HTTPConnectionPool, body: dict[str, object]) -> None:
    assert error_of(web.request("POST", f"{STORE}/mpu/create/mpu", json=body)) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("part", ["0", "3"])
def test_a_part_that_was_not_announced_is_refused(web: urllib3.HTTPConnectionPool, part: str) -> None:
    upload_id = begin(web, "mpu", "two", 2)["upload_id"]

    assert web.request("PUT", f"{STORE}/mpu/part/{upload_id}/{part}", body=b"x").status == 400


@pytest.mark.parametrize("upload_id", ["0" * 64, "..", "x"])
def test_nobody_can_guess_an_upload(web: urllib3.HTTPConnectionPool, upload_id: str) -> None:
    assert web.request("PUT", f"{STORE}/mpu/part/{upload_id}/1", body=b"x").status == 404


def test_links_for_downloads_are_not_given(web: urllib3.HTTPConnectionPool) -> None:
    assert error_of(web.request("GET", f"{STORE}/presigned/a")) == (501, "NOT_IMPLEMENTED")


# For other parts of the server


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ArtifactService]:
    service = ArtifactService(ArtifactSettings(str(tmp_path / "store"), local_roots=(str(tmp_path / "runs"),)))
    yield service
    service.close()


def test_a_runs_listing_is_relative_to_its_own_root(service: ArtifactService, tmp_path: Path) -> None:
    (tmp_path / "store/0/r1/artifacts/d").mkdir(parents=True)
    (tmp_path / "store/0/r1/artifacts/d/f").write_bytes(b"x")
    root = "mlflow-artifacts:/0/r1/artifacts"

    assert [info.path for info in service.list_run_artifacts(root)] == ["d"]
    assert [info.path for info in service.list_run_artifacts(root, "d")] == ["d/f"]
    assert service.list_run_artifacts(root, "d/f") == []
    assert service.list_run_artifacts(root, "missing") == []
    assert service.list_run_artifacts(f"http://any/api/2.0{FILES[8:]}/0/r1/artifacts", "d")[0].path == "d/f"


@pytest.mark.parametrize("path", ["..", "../r2", "/etc", "%2e%2e"])
def test_a_runs_listing_does_not_leave_its_root(service: ArtifactService, path: str) -> None:
    with pytest.raises(InvalidParameter):
        service.list_run_artifacts("mlflow-artifacts:/0/r1/artifacts", path)


def test_local_roots_of_runs_lie_where_the_operator_allows(service: ArtifactService, tmp_path: Path) -> None:
    (tmp_path / "runs" / "r1").mkdir(parents=True)
    (tmp_path / "runs" / "r1" / "f").write_bytes(b"x")
    (tmp_path / "runs" / "out").symlink_to("/etc")

    assert [info.path for info in service.list_run_artifacts(f"file://{tmp_path}/runs/r1")] == ["f"]
    for elsewhere in ("/etc", f"{tmp_path}/runs/../..", f"{tmp_path}/runs/out", f"{tmp_path}/runs-not"):
        with pytest.raises(PermissionDenied):
            service.list_run_artifacts(elsewhere)


def test_an_artifact_uri_never_makes_the_server_send_a_request(service: ArtifactService) -> None:
    with pytest.raises(InvalidParameter, match="not in the artifact store"):
        service.list_run_artifacts("http://169.254.169.254/latest/meta-data")
