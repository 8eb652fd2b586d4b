"""The same oddities for every endpoint that takes a JSON body or a query.

For each endpoint one good request is written down; the odd ones follow from it: other spellings, missing and mistyped
fields, other content types, broken bodies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.compat.wire import Wire, exchange


class Endpoint(NamedTuple):
    """One operation and a request it accepts."""

    method: str
    path: str
    good: Callable[[Wire], dict[str, Any]]
    required: tuple[str, ...]


def _point(wire: Wire) -> dict[str, Any]:
    return {"run_id": wire.new_run(), "key": "m", "value": 1.5, "timestamp": 7, "step": 2}


def _some_run(wire: Wire) -> dict[str, Any]:
    return {"run_id": wire.new_run()}


def _some_experiment(wire: Wire) -> dict[str, Any]:
    return {"experiment_id": wire.new_experiment()}


def _deleted_experiment(wire: Wire) -> dict[str, Any]:
    made = _some_experiment(wire)
    wire.post("experiments/delete", made)
    return made


def _new_name(wire: Wire) -> dict[str, Any]:
    wire._count += 1
    return {"name": wire.name(f"shape {wire._count}"), "artifact_location": "s3://bucket/x"}


def _named(wire: Wire) -> dict[str, Any]:
    wire.once("named", lambda: wire.new_experiment("named"))
    return {"experiment_name": wire.name("named")}


def _history(wire: Wire) -> dict[str, Any]:
    point = wire.once("point", lambda: _point(wire))
    wire.post("runs/log-metric", point)
    return {"run_id": point["run_id"], "metric_key": "m"}


def _herd(wire: Wire) -> str:
    """An experiment of two runs, which nothing else touches."""

    def make() -> str:
        experiment_id = wire.new_experiment("shapes")
        for number in range(2):
            wire.new_run(experiment_id=experiment_id, start_time=number)
        return experiment_id

    return str(wire.once("shapes", make))


def _batch(wire: Wire) -> dict[str, Any]:
    return {
        **_some_run(wire),
        "metrics": [{"key": "m", "value": 1.0, "timestamp": 1}],
        "params": [{"key": "p", "value": "1"}],
        "tags": [{"key": "t", "value": "1"}],
    }


def _inputs(wire: Wire) -> dict[str, Any]:
    dataset = {"name": "n", "digest": "d", "source_type": "local", "source": "{}"}
    return {**_some_run(wire), "datasets": [{"tags": [{"key": "a", "value": "b"}], "dataset": dataset}]}


def _tagged_experiment(wire: Wire) -> dict[str, Any]:
    return {"experiment_id": wire.new_experiment(tags=[{"key": "t", "value": "1"}]), "key": "t"}


ENDPOINTS = (
    Endpoint("POST", "experiments/create", _new_name, ("name",)),
    Endpoint("GET", "experiments/get", _some_experiment, ("experiment_id",)),
    Endpoint("GET", "experiments/get-by-name", _named, ("experiment_name",)),
    Endpoint(
        "GET", "experiments/search", lambda wire: {"max_results": 1, "filter": "name = 'nobody'"}, ("max_results",)
    ),
    Endpoint(
        "POST", "experiments/search", lambda wire: {"max_results": 1, "filter": "name = 'nobody'"}, ("max_results",)
    ),
    Endpoint("POST", "experiments/delete", _some_experiment, ("experiment_id",)),
    Endpoint("POST", "experiments/restore", _deleted_experiment, ("experiment_id",)),
    Endpoint(
        "POST",
        "experiments/update",
        lambda wire: {**_some_experiment(wire), "new_name": _new_name(wire)["name"]},
        ("experiment_id", "new_name"),
    ),
    Endpoint(
        "POST",
        "experiments/set-experiment-tag",
        lambda wire: {"experiment_id": wire.experiment_id, "key": "k", "value": "v"},
        ("experiment_id", "key", "value"),
    ),
    Endpoint("POST", "experiments/delete-experiment-tag", _tagged_experiment, ("experiment_id", "key")),
    Endpoint(
        "POST",
        "runs/create",
        lambda wire: {"experiment_id": wire.experiment_id, "start_time": 5, "run_name": "r", "user_id": "u"},
        ("experiment_id",),
    ),
    Endpoint("GET", "runs/get", _some_run, ("run_id",)),
    Endpoint("POST", "runs/update", lambda wire: {**_some_run(wire), "status": "FINISHED", "end_time": 9}, ("run_id",)),
    Endpoint("POST", "runs/delete", _some_run, ("run_id",)),
    Endpoint("POST", "runs/restore", _some_run, ("run_id",)),
    Endpoint(
        "POST",
        "runs/search",
        lambda wire: {"experiment_ids": [_herd(wire)], "max_results": 3, "filter": "tags.none = 'x'"},
        (),
    ),
    Endpoint("POST", "runs/log-metric", _point, ("run_id", "key", "value", "timestamp")),
    Endpoint(
        "POST",
        "runs/log-parameter",
        lambda wire: {**_some_run(wire), "key": "k", "value": "v"},
        ("run_id", "key", "value"),
    ),
    Endpoint(
        "POST", "runs/set-tag", lambda wire: {**_some_run(wire), "key": "k", "value": "v"}, ("run_id", "key", "value")
    ),
    Endpoint(
        "POST",
        "runs/delete-tag",
        lambda wire: {"run_id": wire.new_run(tags=[{"key": "t", "value": "1"}]), "key": "t"},
        ("run_id", "key"),
    ),
    Endpoint("POST", "runs/log-batch", _batch, ("run_id",)),
    Endpoint("POST", "runs/log-inputs", _inputs, ("run_id",)),
    Endpoint("GET", "metrics/get-history", _history, ("run_id", "metric_key")),
    Endpoint("GET", "artifacts/list", _some_run, ("run_id",)),
)

MISTYPED: tuple[tuple[str, Any], ...] = (
    ("null", None), ("a number", 12), ("a fraction", 1.5), ("true", True), ("a list", ["x"]), ("an object", {"a": 1}),
    ("text", "x"),
)  # fmt: skip


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def _send(wire: Wire, endpoint: Endpoint, fields: Any, **more: Any) -> Any:
    if endpoint.method == "GET":
        return wire.send("GET", endpoint.path, query=list(fields.items()), **more)
    return wire.send(endpoint.method, endpoint.path, fields, **more)


def declare(endpoint: Endpoint) -> None:
    """Declare the exchanges of an endpoint."""
    title = f"{endpoint.method} {endpoint.path}"

    @exchange(f"{title}: as documented")
    def _(wire: Wire) -> Any:
        ajax = endpoint._replace(path=f"/ajax-api/2.0/mlflow/{endpoint.path}")
        return {"api": _send(wire, endpoint, endpoint.good(wire)), "ajax-api": _send(wire, ajax, endpoint.good(wire))}

    @exchange(f"{title}: spellings")
    def _(wire: Wire) -> Any:
        good = endpoint.good(wire)
        both = {**good, **{_camel(name): value for name, value in good.items()}}
        camel = {_camel(name): value for name, value in endpoint.good(wire).items()}
        return {
            "camelCase": _send(wire, endpoint, camel),
            "both": _send(wire, endpoint, both),
            "unknown field": _send(wire, endpoint, {**endpoint.good(wire), "nonsense": "x"}),
            "upper case": _send(wire, endpoint, {name.upper(): value for name, value in endpoint.good(wire).items()}),
        }

    if endpoint.required:

        @exchange(f"{title}: something missing")
        def _(wire: Wire) -> Any:
            answers = {"everything": _send(wire, endpoint, {})}
            for name in endpoint.required:
                good = endpoint.good(wire)
                answers[f"no {name}"] = _send(wire, endpoint, {key: good[key] for key in good if key != name})
                answers[f"empty {name}"] = _send(wire, endpoint, {**endpoint.good(wire), name: ""})
            return answers

    if endpoint.method == "POST":

        @exchange(f"{title}: wrong types")
        def _(wire: Wire) -> Any:
            fields = [name for name in endpoint.good(wire) if name not in ("metrics", "params", "tags", "datasets")]
            return {
                f"{name} is {label}": _send(wire, endpoint, {**endpoint.good(wire), name: value})
                for name in fields
                for label, value in MISTYPED
            }

        @exchange(f"{title}: bodies")
        def _(wire: Wire) -> Any:
            def send(body: bytes, content_type: str | None = "application/json") -> Any:
                return wire.send("POST", endpoint.path, body, content_type=content_type)

            good = json.dumps(endpoint.good(wire)).encode()
            return {
                "no content type": send(good, None),
                "text/plain": send(good, "text/plain"),
                "form": send(good, "application/x-www-form-urlencoded"),
                "charset": send(json.dumps(endpoint.good(wire)).encode(), "application/json; charset=utf-8"),
                "upper case content type": send(json.dumps(endpoint.good(wire)).encode(), "Application/JSON"),
                "a JSON text in a JSON text": send(json.dumps(json.dumps(endpoint.good(wire))).encode()),
                "no body": wire.send("POST", endpoint.path),
                "empty body": send(b""),
                "not JSON": send(b"{nonsense"),
                "not UTF-8": send(b'{"run_id": "\xff\xfe"}'),
                "a list": send(b"[]"),
                "a number": send(b"5"),
                "null": send(b"null"),
                "a text": send(b'"abc"'),
            }

    @exchange(f"{title}: other methods")
    def _(wire: Wire) -> Any:
        others = {"GET": ("PUT", "DELETE", "PATCH")}.get(endpoint.method, ("GET", "PUT", "DELETE"))
        return {
            method: wire.send(method, endpoint.path, {} if method != "GET" else None)
            for method in others
            if method != endpoint.method
        }


for _endpoint in ENDPOINTS:
    declare(_endpoint)
