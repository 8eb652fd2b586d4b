"""The REST API spoken by hand: `python wire.py --url URL --out transcript.json`.

Clients hide much: they send one spelling of each field, ignore what they do not know, and read what they need. Here
every request is written out, also the odd and the wrong ones, and the whole answer is kept: status, content type, JSON.
Nothing but the standard library is used.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import http.client
import importlib
import json
import re
import sys
import time
import urllib.parse
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])  # the repository instead of this folder

CHAPTERS = (
    *("shapes", "experiments", "runs", "metrics", "params_and_tags", "inputs", "artifacts", "routes"),
    *("registry_shapes", "registered_models", "model_versions", "aliases", "prompts"),
)

# Fields that MLflow added after 3.7.0. A server may send them or not; clients must not need them.
NEWER_FIELDS = {"sqlstate", "error_class", "effective_trace_archival_retention", "workspace", "trace_location"}
# Texts that only whoever made them can read.
OPAQUE = ("next_page_token", "upload_id", "url", "detail")
KEPT_HEADERS = ("Content-Disposition", "Content-Range", "Allow", "WWW-Authenticate")

_RUN_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_MODEL_ID = re.compile(r"m-[0-9a-f]{32}")
_RANDOM_NAME = re.compile(r"[a-z]+-[a-z]+-\d{1,4}")
_ARTIFACT_URI = re.compile(r"^(mlflow-artifacts:)/(?:[^/]+/)*?\d+(?=/[0-9a-f]{32}/|$)")
_DAY_MS = 86_400_000


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came back for one request."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: it is something else; the message shows it.
        """
        try:
            return json.loads(self.body)
        except ValueError:
            raise ValueError(f"expected JSON, got {self.status} {self.body[:300]!r}") from None


class Wire:
    """A connection to a server, and things made on it once."""

    def __init__(self, url: str) -> None:
        self.prefix = f"w{uuid.uuid4().hex[:10]}"
        self._host = urllib.parse.urlsplit(url).netloc
        self._connection = http.client.HTTPConnection(self._host, timeout=60)
        self._count = 0
        self._made: dict[str, Any] = {}

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Iterable[tuple[str, Any]] = (),
        content_type: str | None = "application/json",
    ) -> Answer:
        """Send one request; a body that is not bytes is written as JSON.

        Args:
            method: the HTTP method.
            path: absolute, or relative to `/api/2.0/mlflow/`; sent as it is, nothing is normalised or escaped.
            body: JSON data, bytes, or None for no body.
            query: pairs of the query string, in order, names may repeat.
            content_type: None sends no such header.
        """
        path = path if path.startswith("/") else f"/api/2.0/mlflow/{path}"
        pairs = list(query)
        if pairs:
            path += "?" + urllib.parse.urlencode(pairs)
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": content_type} if content_type and data is not None else {}
        try:
            return self._exchange(method, path, data, headers)
        except (http.client.HTTPException, ConnectionError):
            # A server may close an idle or unhappy connection; a second failure is the answer.
            self._connection.close()
            return self._exchange(method, path, data, headers)

    def _exchange(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        self._connection.request(method, path, data, headers)
        response = self._connection.getresponse()
        return Answer(response.status, response.headers, response.read())

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def post(self, path: str, body: Any, **more: Any) -> Answer:
        """POST a body."""
        return self.send("POST", path, body, **more)

    def get(self, path: str, /, **query: Any) -> Answer:
        """GET with one value for each name; a list repeats the name."""
        pairs = [
            (name, one) for name, value in query.items() for one in (value if isinstance(value, list) else [value])
        ]
        return self.send("GET", path, query=pairs)

    def name(self, text: str) -> str:
        """Return a name nobody else on this server uses; transcripts show it as `text`."""
        return f"{self.prefix}.{text}"

    def new_experiment(self, text: str | None = None, **more: Any) -> str:
        """Create an experiment and return its id."""
        self._count += 1
        name = self.name(text or f"experiment {self._count}")
        return str(self.post("experiments/create", {"name": name, **more}).json()["experiment_id"])

    @property
    def experiment_id(self) -> str:
        """The experiment of requests that do not care which."""
        return str(self.once("experiment", lambda: self.new_experiment("shared")))

    def new_run(self, **more: Any) -> str:
        """Create a run called `r`, started at 5, and return its id."""
        body = {"experiment_id": self.experiment_id, "run_name": "r", "start_time": 5, **more}
        return str(self.post("runs/create", body).json()["run"]["info"]["run_id"])

    def new_model(self, text: str | None = None, **more: Any) -> str:
        """Register a model and return its name."""
        self._count += 1
        name = self.name(text or f"model {self._count}")
        return str(self.post("registered-models/create", {"name": name, **more}).json()["registered_model"]["name"])

    def new_version(self, name: str, source: str = "s3://bucket/model", **more: Any) -> str:
        """Add a version to a model and return its number."""
        body = {"name": name, "source": source, **more}
        return str(self.post("model-versions/create", body).json()["model_version"]["version"])

    def model(self, name: str) -> Answer:
        """GET the model."""
        return self.get("registered-models/get", name=name)

    def run(self, run_id: str) -> Answer:
        """GET the run."""
        return self.get("runs/get", run_id=run_id)

    def once(self, key: str, make: Callable[[], Any]) -> Any:
        """Return what `make` returned the first time it was asked for under `key`."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]


Exchange = Callable[[Wire], Any]
_EXCHANGES: list[tuple[str, Exchange]] = []


def exchange(name: str) -> Callable[[Exchange], Exchange]:
    """Declare an exchange: a function that returns an Answer, or a dictionary of them by what is odd about each."""

    def declare(function: Exchange) -> Exchange:
        assert name not in {known for known, _ in _EXCHANGES}, f"two exchanges are called {name!r}"
        _EXCHANGES.append((name, function))
        return function

    return declare


def play(url: str) -> list[dict[str, Any]]:
    """Run every declared exchange, in order, and return the transcript."""
    for chapter in CHAPTERS:
        importlib.import_module(f"tests.compat.exchanges.{chapter}")
    transcript = []
    with contextlib.closing(Wire(url)) as wire:
        for name, function in _EXCHANGES:
            started = time.perf_counter()
            result = Normaliser(wire).apply(function(wire))
            transcript.append({"step": name, "result": result, "seconds": round(time.perf_counter() - started, 2)})
    return transcript


class Normaliser:
    """Rewrites answers: ids are numbered as they appear in each, times near now become "now"."""

    def __init__(self, wire: Wire) -> None:
        self._prefix = f"{wire.prefix}."
        self._known: dict[str, str] = {}

    def apply(self, value: Any) -> Any:
        """Return `value` as JSON data."""
        if isinstance(value, Answer):
            return self._answer(value)
        if isinstance(value, dict):
            return {self._text(key): self._field(key, inner) for key, inner in value.items() if key not in NEWER_FIELDS}
        if isinstance(value, list):
            items = [self.apply(inner) for inner in value]
            # Which param comes first is nobody's promise; the points of one metric keep their order.
            return sorted(items, key=_key_of) if items and all(map(_is_keyed, items)) else items
        return self._text(value) if isinstance(value, str) else value

    def _answer(self, answer: Answer) -> dict[str, Any]:
        self._known = {}  # numbered anew, so that one more or one fewer success does not shift all that follows
        kind = (answer.headers.get("Content-Type") or "").split(";")[0]
        view: dict[str, Any] = {"status": answer.status, "type": kind}
        view |= {name: self._text(answer.headers[name]) for name in KEPT_HEADERS if answer.headers[name] is not None}
        if "Allow" in view:
            view["Allow"] = ", ".join(sorted(view["Allow"].split(", ")))
        if kind == "application/json" and answer.body:
            body = answer.json()
            if isinstance(body, dict) and answer.status >= 400 and isinstance(body.get("message"), str):
                body["message"] = "<text>" if body["message"] else ""
            view["body"] = self.apply(body)
        elif kind == "text/html":
            view["body"] = "<html>" if answer.body else ""
        elif len(answer.body) < 100:
            view["body"] = self._text(answer.body.decode("utf-8", "replace"))
        else:
            view["body"] = f"{len(answer.body)} bytes"
        return view

    def _field(self, key: str, value: Any) -> Any:
        if key == "experiment_id" and value != "0" and isinstance(value, str):
            return self._number("exp", value)
        if key in OPAQUE and value:
            return "<opaque>"
        if isinstance(value, int) and not isinstance(value, bool) and abs(value - time.time() * 1000) < _DAY_MS:
            return "now"
        return self.apply(value)

    def _text(self, text: str) -> str:
        if _RANDOM_NAME.fullmatch(text):
            return "<name>"
        text = _ARTIFACT_URI.sub(r"\1/<exp>", text.replace(self._prefix, ""))
        text = _MODEL_ID.sub(lambda match: self._number("model", match[0]), text)
        return _RUN_ID.sub(lambda match: self._number("run", match[0]), text)

    def _number(self, kind: str, value: str) -> str:
        count = sum(name.startswith(f"{kind}-") for name in self._known.values())
        return self._known.setdefault(f"{kind} {value}", f"{kind}-{count + 1}")


def _is_keyed(item: Any) -> bool:
    return isinstance(item, dict) and "key" in item


def _key_of(item: dict[str, Any]) -> str:
    return str(item["key"])


def main() -> None:
    """Play every exchange and write the transcript."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    # Run as a script this file is `__main__`; the exchanges declare themselves with the module of its real name.
    transcript = importlib.import_module("tests.compat.wire").play(options.url)
    options.out.write_text(json.dumps(transcript, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
