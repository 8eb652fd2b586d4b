"""Params and run tags on the wire."""

from __future__ import annotations

from typing import Any

from tests.compat.wire import Wire, exchange


@exchange("params are written once")
def _(wire: Wire) -> Any:
    run = {"run_id": wire.new_run()}

    def log(key: str, **more: Any) -> Any:
        return wire.post("runs/log-parameter", {**run, "key": key, **more})

    return {
        "first": log("p", value="1"),
        "same": log("p", value="1"),
        "other": log("p", value="2"),
        "no value": log("q"),
        "empty value": log("r", value=""),
        "no value again as empty": log("q", value=""),
        "null": log("s", value=None),
        "a number": log("t", value=5),
        "unicode": log("ключ", value="значение 🧪"),
        "result": wire.get("runs/get", **run).json()["run"]["data"],
    }


@exchange("long params")
def _(wire: Wire) -> Any:
    run = {"run_id": wire.new_run()}
    answers = {}
    for length in (6000, 6001, 100_000):
        answers[str(length)] = wire.post("runs/log-parameter", {**run, "key": f"p{length}", "value": "v" * length})
    answers["again"] = wire.post("runs/log-parameter", {**run, "key": "p100000", "value": "v" * 100_000})
    kept = wire.get("runs/get", **run).json()["run"]["data"]["params"]
    return {**answers, "kept": {item["key"]: len(item["value"]) for item in kept}}


@exchange("param and tag keys")
def _(wire: Wire) -> Any:
    run = {"run_id": wire.new_run()}
    keys = ("a/b.c-d e:f", "ключ", " ", "a*b", "/a", "a/", "a//b", "../a", ".", "a\nb", "k" * 250, "k" * 251)
    return {
        repr(key)[:20]: [
            wire.post("runs/log-parameter", {**run, "key": key, "value": "1"}),
            wire.post("runs/set-tag", {**run, "key": key, "value": "1"}),
        ]
        for key in keys
    }


@exchange("run tags are replaced and deleted")
def _(wire: Wire) -> Any:
    run = {"run_id": wire.new_run()}

    def set_tag(key: str, **more: Any) -> Any:
        return wire.post("runs/set-tag", {**run, "key": key, **more})

    return {
        "first": set_tag("t", value="1"),
        "second": set_tag("t", value="2"),
        "no value": set_tag("u"),
        "empty": set_tag("v", value=""),
        "null": set_tag("w", value=None),
        "a number": set_tag("x", value=5),
        "user": set_tag("mlflow.user", value="somebody"),
        "parent": set_tag("mlflow.parentRunId", value="nobody"),
        "delete": wire.post("runs/delete-tag", {**run, "key": "u"}),
        "delete again": wire.post("runs/delete-tag", {**run, "key": "u"}),
        "result": wire.get("runs/get", **run),
    }


@exchange("long tags")
def _(wire: Wire) -> Any:
    run = {"run_id": wire.new_run()}
    answers = {}
    for length in (8000, 8001, 100_000):
        answers[str(length)] = wire.post("runs/set-tag", {**run, "key": f"t{length}", "value": "v" * length})
    kept = wire.get("runs/get", **run).json()["run"]["data"]["tags"]
    return {**answers, "kept": {item["key"]: len(item["value"]) for item in kept}}


@exchange("the name tag and the name")
def _(wire: Wire) -> Any:
    run = {"run_id": wire.new_run()}

    def state() -> Any:
        read = wire.get("runs/get", **run).json()["run"]
        return [read["info"].get("run_name"), read["data"].get("tags")]

    tag = {**run, "key": "mlflow.runName"}
    return {
        "set": [wire.post("runs/set-tag", {**tag, "value": "by tag"}), state()],
        "batch": [wire.post("runs/log-batch", {**run, "tags": [{"key": tag["key"], "value": "by batch"}]}), state()],
        "update": [wire.post("runs/update", {**run, "run_name": "by update"}), state()],
        "empty": [wire.post("runs/set-tag", {**tag, "value": ""}), state()],
        "delete": [wire.post("runs/delete-tag", tag), state()],
    }
