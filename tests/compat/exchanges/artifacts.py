"""Artifacts on the wire: listing, the proxy, single files, what is refused."""

from __future__ import annotations

from typing import Any

from tests.compat.wire import Wire, exchange

PROXY = "/api/2.0/mlflow-artifacts/artifacts"


def _stored(wire: Wire) -> tuple[str, str]:
    """A run with a few artifacts; its id, and the folder of its artifacts under the proxy."""

    def make() -> tuple[str, str]:
        run_id = wire.new_run()
        uri = wire.run(run_id).json()["run"]["info"]["artifact_uri"]
        root = uri.removeprefix("mlflow-artifacts:/")
        for path, data in (("a.txt", b"hello"), ("f/b.json", b"{}"), ("f/g/c.bin", bytes(range(200))), ("empty", b"")):
            wire.send("PUT", f"{PROXY}/{root}/{path}", data, content_type="application/octet-stream")
        return run_id, root

    run_id, root = wire.once("stored", make)
    return run_id, root


@exchange("artifacts/list")
def _(wire: Wire) -> Any:
    run_id, _ = _stored(wire)

    def listing(**query: Any) -> Any:
        return wire.get("artifacts/list", run_id=run_id, **query)

    return {
        "root": listing(),
        "folder": listing(path="f"),
        "folder with a slash": listing(path="f/"),
        "deeper": listing(path="f/g"),
        "a file": listing(path="a.txt"),
        "missing": listing(path="nothing"),
        "empty path": listing(path=""),
        "token": listing(page_token="x"),
        "ajax": wire.get("/ajax-api/2.0/mlflow/artifacts/list", run_id=run_id, path="f"),
        "of a run without": wire.get("artifacts/list", run_id=wire.new_run()),
    }


@exchange("artifacts/list of paths that lead outside")
def _(wire: Wire) -> Any:
    run_id, _ = _stored(wire)
    paths = (
        "..",
        "../x",
        "f/../..",
        "f/../../x",
        "/etc",
        "./f",
        ".",
        "f/./g",
        "%2e%2e",
        "..%2f..",
        "a\\b",
        "..\\..",
        "a#b",
        "a?b",
        "//x",
    )
    return {path: wire.get("artifacts/list", run_id=run_id, path=path) for path in paths}


@exchange("the proxy stores and returns files")
def _(wire: Wire) -> Any:
    root = f"{PROXY}/{_stored(wire)[1]}"
    return {
        "put": wire.send("PUT", f"{root}/put.txt", b"one", content_type="text/plain"),
        "put without a type": wire.send("PUT", f"{root}/put2.txt", b"two", content_type=None),
        "put over it": wire.send("PUT", f"{root}/put.txt", b"three"),
        "get": wire.send("GET", f"{root}/put.txt"),
        "get text": wire.send("GET", f"{root}/a.txt"),
        "get JSON": _raw(wire, f"{root}/f/b.json"),
        "get bytes": _raw(wire, f"{root}/f/g/c.bin"),
        "get empty": wire.send("GET", f"{root}/empty"),
        "get missing": wire.send("GET", f"{root}/missing"),
        "get a folder": wire.send("GET", f"{root}/f"),
        "delete": wire.send("DELETE", f"{root}/put.txt"),
        "delete again": wire.send("DELETE", f"{root}/put.txt"),
        "delete a folder": wire.send("DELETE", f"{root}/f/g"),
        "afterwards": wire.get(PROXY, path=_stored(wire)[1]),
    }


def _raw(wire: Wire, path: str) -> Any:
    """Status, type and bytes, whatever the type says the bytes are."""
    answer = wire.send("GET", path)
    return [answer.status, answer.headers.get_content_type(), answer.headers["Content-Disposition"], len(answer.body)]


@exchange("the proxy under /ajax-api")
def _(wire: Wire) -> Any:
    root = f"/ajax-api/2.0/mlflow-artifacts/artifacts/{_stored(wire)[1]}"
    return {
        "put": wire.send("PUT", f"{root}/ajax.txt", b"one", content_type="text/plain"),
        "get": wire.send("GET", f"{root}/ajax.txt"),
        "list": wire.get("/ajax-api/2.0/mlflow-artifacts/artifacts", path=_stored(wire)[1] + "/f"),
        "delete": wire.send("DELETE", f"{root}/ajax.txt"),
    }


@exchange("the proxy lists folders")
def _(wire: Wire) -> Any:
    _, root = _stored(wire)
    return {
        "folder": wire.get(PROXY, path=f"{root}/f"),
        "missing": wire.get(PROXY, path=f"{root}/nothing"),
        "a file": wire.get(PROXY, path=f"{root}/a.txt"),
        "outside": wire.get(PROXY, path="../.."),
        "absolute": wire.get(PROXY, path="/etc"),
        "unknown field": wire.get(PROXY, path=f"{root}/f", nonsense="x"),
    }


@exchange("the proxy refuses paths that lead outside")
def _(wire: Wire) -> Any:
    paths = (
        "../x", "a/../../x", "%2e%2e/x", "..%2fx", "%2e%2e%2fx", "%252e%252e/x", "/etc/passwd", "%2fetc%2fpasswd",
        "a%5cb", "..%5cx", "a%23b", "a%3fb", "./x", "a//b", "c:%5cx", "file:%2f%2f%2fetc%2fpasswd", "a%00b",
    )  # fmt: skip
    return {
        path: {
            "get": wire.send("GET", f"{PROXY}/{path}").status,
            "put": wire.send("PUT", f"{PROXY}/{wire.prefix}/{path}", b"x").status,
            "delete": wire.send("DELETE", f"{PROXY}/{wire.prefix}/{path}").status,
        }
        for path in paths
    }


@exchange("get-artifact")
def _(wire: Wire) -> Any:
    run_id, _ = _stored(wire)

    def get(**query: Any) -> Any:
        return wire.get("/get-artifact", **query)

    return {
        "text": get(run_id=run_id, path="a.txt"),
        "run_uuid": get(run_uuid=run_id, path="a.txt"),
        "JSON": _status_and_kind(get(run_id=run_id, path="f/b.json")),
        "missing": get(run_id=run_id, path="nothing").status,
        "folder": get(run_id=run_id, path="f").status,
        "outside": get(run_id=run_id, path="../x").status,
        "no path": get(run_id=run_id).status,
        "no run": get(path="a.txt").status,
        "unknown run": get(run_id="0" * 32, path="a.txt").status,
    }


def _status_and_kind(answer: Any) -> Any:
    return [
        answer.status,
        answer.headers.get_content_type(),
        answer.headers["Content-Disposition"],
        answer.body.decode(),
    ]


@exchange("upload-artifact")
def _(wire: Wire) -> Any:
    run_id = wire.new_run()

    def upload(data: bytes, **query: Any) -> Any:
        pairs = list(query.items())
        return wire.send("POST", "/ajax-api/2.0/mlflow/upload-artifact", data, query=pairs, content_type="text/plain")

    return {
        "good": upload(b"hello", run_uuid=run_id, path="up/x.txt"),
        "listing": wire.get("artifacts/list", run_id=run_id, path="up"),
        "empty": upload(b"", run_uuid=run_id, path="e.txt").status,
        "too large": upload(b"x" * (10 * 1024 * 1024 + 1), run_uuid=run_id, path="l.txt").status,
        "no path": upload(b"x", run_uuid=run_id).status,
        "no run": upload(b"x", path="x").status,
        "outside": upload(b"x", run_uuid=run_id, path="../x").status,
        "unknown run": upload(b"x", run_uuid="0" * 32, path="x").status,
    }


@exchange("multipart uploads where the store has none")
def _(wire: Wire) -> Any:
    _, root = _stored(wire)
    mpu = "/api/2.0/mlflow-artifacts/mpu"
    body = {"path": f"{root}/big.bin", "num_parts": 2}
    finish = {**body, "upload_id": "x", "parts": []}
    return {
        "create": wire.post(f"{mpu}/create/{root}", body),
        "complete": wire.post(f"{mpu}/complete/{root}", finish),
        "abort": wire.post(f"{mpu}/abort/{root}", finish),
    }
