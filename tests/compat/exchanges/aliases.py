"""Aliases on the wire."""

from __future__ import annotations

from typing import Any

from tests.compat.wire import Wire, exchange


@exchange("the life of an alias")
def _(wire: Wire) -> Any:
    name = wire.new_model("aliased")
    for _ in range(3):
        wire.new_version(name)

    def set_to(alias: str, version: str) -> Any:
        return wire.post("registered-models/alias", {"name": name, "alias": alias, "version": version})

    def get(alias: str) -> Any:
        return wire.get("registered-models/alias", name=name, alias=alias)

    def delete(alias: str) -> Any:
        return wire.send("DELETE", "registered-models/alias", {"name": name, "alias": alias})

    answers = {
        "set": set_to("prod", "1"),
        "move": set_to("prod", "2"),
        "another letter case": set_to("Prod", "2"),
        "one more": set_to("next", "3"),
        "get": get("prod"),
        "version": wire.get("model-versions/get", name=name, version="2"),
        "model": wire.model(name),
        "latest": get("latest"),
        "LATEST": get("LATEST"),
        "unknown": get("nobody"),
        "delete": delete("next"),
        "delete again": delete("next"),
        "delete latest": delete("latest"),
        "delete the version": wire.send("DELETE", "model-versions/delete", {"name": name, "version": "2"}),
        "after that": get("prod"),
    }
    return {**answers, "model after that": wire.model(name)}


@exchange("names of aliases")
def _(wire: Wire) -> Any:
    name = wire.new_model("names of aliases")
    wire.new_version(name)
    aliases = ("latest", "Latest", "v1", "V12", "v1x", "1", "a b", "a.b", "a/b", "é", "-", "_", "x" * 255, "x" * 256)

    def answers(alias: str) -> Any:
        return [
            wire.post("registered-models/alias", {"name": name, "alias": alias, "version": "1"}),
            wire.get("registered-models/alias", name=name, alias=alias).status,
            wire.send("DELETE", "registered-models/alias", {"name": name, "alias": alias}),
        ]

    return {alias[:20] + str(len(alias)): answers(alias) for alias in aliases}


@exchange("aliases of nobody")
def _(wire: Wire) -> Any:
    name, empty = wire.name("nobody"), wire.new_model("model without versions")
    return {
        "set": wire.post("registered-models/alias", {"name": name, "alias": "a", "version": "1"}),
        "get": wire.get("registered-models/alias", name=name, alias="a"),
        "latest": wire.get("registered-models/alias", name=name, alias="latest"),
        "delete": wire.send("DELETE", "registered-models/alias", {"name": name, "alias": "a"}),
        "latest of none": wire.get("registered-models/alias", name=empty, alias="latest"),
        "get without alias": wire.get("registered-models/alias", name=empty),
        "get with an empty alias": wire.get("registered-models/alias", name=empty, alias=""),
        "delete without alias": wire.send("DELETE", "registered-models/alias", {"name": empty}),
        "PUT": wire.send("PUT", "registered-models/alias", {"name": empty}),
    }
