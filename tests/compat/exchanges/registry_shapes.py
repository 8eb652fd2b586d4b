"""The oddities of every endpoint, for those of the registry."""

from __future__ import annotations

from typing import Any

from tests.compat.exchanges.shapes import Endpoint, declare
from tests.compat.wire import Wire


def _new_name(wire: Wire) -> str:
    wire._count += 1
    return wire.name(f"registry shape {wire._count}")


def _model(wire: Wire) -> dict[str, Any]:
    return {"name": wire.new_model()}


def _version(wire: Wire) -> dict[str, Any]:
    name = wire.new_model()
    return {"name": name, "version": wire.new_version(name)}


def _kept_version(wire: Wire) -> dict[str, Any]:
    return dict(wire.once("kept version", lambda: _version(wire)))


def _aliased(wire: Wire) -> dict[str, Any]:
    def make() -> dict[str, Any]:
        made = _version(wire)
        wire.post("registered-models/alias", {**made, "alias": "prod"})
        return {"name": made["name"], "alias": "prod"}

    return dict(wire.once("aliased", make))


ENDPOINTS = (
    Endpoint("POST", "registered-models/create", lambda w: {"name": _new_name(w), "description": "d"}, ("name",)),
    Endpoint("GET", "registered-models/get", _model, ("name",)),
    Endpoint("PATCH", "registered-models/update", lambda w: {**_model(w), "description": "d"}, ("name",)),
    Endpoint(
        "POST",
        "registered-models/rename",
        lambda w: {**_model(w), "new_name": _new_name(w)},
        ("name", "new_name"),
    ),
    Endpoint("DELETE", "registered-models/delete", _model, ("name",)),
    Endpoint("POST", "registered-models/get-latest-versions", lambda w: _model(w), ("name",)),
    Endpoint("POST", "registered-models/set-tag", lambda w: {**_model(w), "key": "k", "value": "v"}, ("name", "key")),
    Endpoint("DELETE", "registered-models/delete-tag", lambda w: {**_model(w), "key": "k"}, ("name", "key")),
    Endpoint("POST", "model-versions/create", lambda w: {**_model(w), "source": "s3://bucket/x"}, ("name", "source")),
    Endpoint("GET", "model-versions/get", _kept_version, ("name", "version")),
    Endpoint("PATCH", "model-versions/update", lambda w: {**_version(w), "description": "d"}, ("name", "version")),
    Endpoint(
        "POST",
        "model-versions/transition-stage",
        lambda w: {**_version(w), "stage": "Staging"},
        ("name", "version", "stage"),
    ),
    Endpoint("DELETE", "model-versions/delete", _version, ("name", "version")),
    Endpoint("GET", "model-versions/get-download-uri", _kept_version, ("name", "version")),
    Endpoint(
        "POST",
        "model-versions/set-tag",
        lambda w: {**_version(w), "key": "k", "value": "v"},
        ("name", "version", "key"),
    ),
    Endpoint("DELETE", "model-versions/delete-tag", lambda w: {**_version(w), "key": "k"}, ("name", "version", "key")),
    Endpoint(
        "POST", "registered-models/alias", lambda w: {**_version(w), "alias": "prod"}, ("name", "alias", "version")
    ),
)

for _endpoint in ENDPOINTS:
    declare(_endpoint)
