"""What only runs do."""

from __future__ import annotations

from typing import Any

from tests.compat.wire import Wire, exchange

UNKNOWN = "0" * 32


@exchange("a run with everything")
def _(wire: Wire) -> Any:
    body = {
        "experiment_id": wire.experiment_id, "user_id": "somebody", "run_name": "whole", "start_time": 123,
        "tags": [{"key": "a", "value": "1"}, {"key": "b"}, {"key": "c", "value": ""}],
    }  # fmt: skip
    made = wire.post("runs/create", body)
    return {"made": made, "read": wire.run(made.json()["run"]["info"]["run_id"])}


@exchange("a run with nothing but its experiment")
def _(wire: Wire) -> Any:
    made = wire.post("runs/create", {"experiment_id": wire.experiment_id})
    return {"made": made, "read": wire.run(made.json()["run"]["info"]["run_id"])}


@exchange("start times in many spellings")
def _(wire: Wire) -> Any:
    def make(value: Any) -> Any:
        return wire.post("runs/create", {"experiment_id": wire.experiment_id, "run_name": "r", "start_time": value})

    values = ("77", 77.0, 77.5, "77.0", "7e1", -1, 0, 2**53 + 1, 2**63, "x", "", True, None)
    return {repr(value): make(value) for value in values}


@exchange("names and name tags")
def _(wire: Wire) -> Any:
    def make(**more: Any) -> Any:
        return wire.post("runs/create", {"experiment_id": wire.experiment_id, "start_time": 1, **more})

    tag = [{"key": "mlflow.runName", "value": "by tag"}]
    return {
        "tag": make(tags=tag),
        "equal": make(run_name="by tag", tags=tag),
        "different": make(run_name="other", tags=tag),
        "empty name": make(run_name=""),
        "empty name and tag": make(run_name="", tags=tag),
        "a number": make(run_name=5),
        "251 characters": make(run_name="n" * 251),
    }


@exchange("tags of new runs")
def _(wire: Wire) -> Any:
    def make(*tags: Any) -> Any:
        return wire.post(
            "runs/create", {"experiment_id": wire.experiment_id, "start_time": 1, "run_name": "r", "tags": list(tags)}
        )

    return {
        "twice": make({"key": "a", "value": "1"}, {"key": "a", "value": "2"}),
        "without key": make({"value": "1"}),
        "not an object": make("a"),
        "value is a number": make({"key": "a", "value": 1}),
        "long value": make({"key": "a", "value": "v" * 8001}).status,
        "unknown field": make({"key": "a", "value": "1", "nonsense": 2}),
    }


@exchange("runs in experiments that are not there")
def _(wire: Wire) -> Any:
    return {
        text: wire.post("runs/create", {"experiment_id": text, "start_time": 1}) for text in ("999999999", "abc", "-1")
    }


@exchange("run_uuid instead of run_id")
def _(wire: Wire) -> Any:
    run = {"run_uuid": wire.new_run()}
    deletable = {"run_uuid": wire.new_run(tags=[{"key": "t", "value": "1"}])}
    return {
        "get": wire.get("runs/get", **run),
        "get, both": wire.get("runs/get", run_id=run["run_uuid"], **run),
        "get, both, different": wire.get("runs/get", run_id=run["run_uuid"], run_uuid=UNKNOWN),
        "log-metric": wire.post("runs/log-metric", {**run, "key": "m", "value": 1, "timestamp": 1}),
        "log-parameter": wire.post("runs/log-parameter", {**run, "key": "p", "value": "1"}),
        "set-tag": wire.post("runs/set-tag", {**run, "key": "t", "value": "1"}),
        "get-history": wire.get("metrics/get-history", metric_key="m", **run),
        "list": wire.get("artifacts/list", **run),
        "update": wire.post("runs/update", {**run, "status": "FINISHED", "end_time": 9}),
        "update, camelCase": wire.post("runs/update", {"runUuid": run["run_uuid"], "run_name": "x"}),
        "delete-tag": wire.post("runs/delete-tag", {**deletable, "key": "t"}),
        "log-batch": wire.post("runs/log-batch", {**run, "tags": [{"key": "a", "value": "b"}]}),
        "log-inputs": wire.post("runs/log-inputs", {**run, "datasets": []}),
        "delete": wire.post("runs/delete", run),
        "restore": wire.post("runs/restore", run),
        "afterwards": wire.get("runs/get", **run),
    }


@exchange("runs that are not there")
def _(wire: Wire) -> Any:
    run = {"run_id": UNKNOWN}
    return {
        "get": wire.get("runs/get", **run),
        "update": wire.post("runs/update", {**run, "status": "FINISHED"}),
        "delete": wire.post("runs/delete", run),
        "restore": wire.post("runs/restore", run),
        "log-metric": wire.post("runs/log-metric", {**run, "key": "m", "value": 1, "timestamp": 1}),
        "log-parameter": wire.post("runs/log-parameter", {**run, "key": "p", "value": "1"}),
        "set-tag": wire.post("runs/set-tag", {**run, "key": "t", "value": "1"}),
        "delete-tag": wire.post("runs/delete-tag", {**run, "key": "t"}),
        "log-batch": wire.post("runs/log-batch", {**run, "tags": [{"key": "a", "value": "b"}]}),
        "log-batch, empty": wire.post("runs/log-batch", run),
        "log-inputs": wire.post("runs/log-inputs", {**run, "datasets": []}),
        "get-history": wire.get("metrics/get-history", metric_key="m", **run),
        "artifacts": wire.get("artifacts/list", **run),
        "odd id": wire.get("runs/get", run_id="a b"),
        "short id": wire.get("runs/get", run_id="abc"),
        "path": wire.get("runs/get", run_id="../x"),
        "long id": wire.get("runs/get", run_id="x" * 300),
    }


@exchange("statuses in many spellings")
def _(wire: Wire) -> Any:
    values = ("FINISHED", 3, "3", 3.0, "finished", "BOGUS", 0, 9, None, "", True, ["FINISHED"])
    answers = {}
    for value in values:
        run_id = wire.new_run()
        answer = wire.post("runs/update", {"run_id": run_id, "status": value})
        answers[repr(value)] = [answer, wire.run(run_id).json()["run"]["info"]["status"]]
    return answers


@exchange("runs/update")
def _(wire: Wire) -> Any:
    run = {"run_id": wire.new_run()}

    def update(**body: Any) -> Any:
        return wire.post("runs/update", {**run, **body})

    return {
        "nothing": update(),
        "name": update(run_name="new"),
        "empty name": update(run_name=""),
        "status": update(status="FINISHED"),
        "end time": update(end_time=99),
        "end time as text": update(end_time="100"),
        "fractional end time": update(end_time=1.5),
        "back to running": update(status="RUNNING"),
        "negative end time": update(end_time=-5),
        "afterwards": wire.get("runs/get", **run),
    }


@exchange("deleting and restoring")
def _(wire: Wire) -> Any:
    run = {"run_id": wire.new_run()}
    return {
        "delete": wire.post("runs/delete", run),
        "again": wire.post("runs/delete", run),
        "get": wire.get("runs/get", **run),
        "log-metric": wire.post("runs/log-metric", {**run, "key": "m", "value": 1, "timestamp": 1}),
        "log-parameter": wire.post("runs/log-parameter", {**run, "key": "p", "value": "1"}),
        "set-tag": wire.post("runs/set-tag", {**run, "key": "t", "value": "1"}),
        "delete-tag": wire.post("runs/delete-tag", {**run, "key": "t"}),
        "log-batch": wire.post("runs/log-batch", {**run, "tags": [{"key": "a", "value": "b"}]}),
        "log-batch, empty": wire.post("runs/log-batch", run),
        "log-inputs": wire.post("runs/log-inputs", {**run, "datasets": []}),
        "update": wire.post("runs/update", {**run, "status": "FINISHED"}),
        "restore": wire.post("runs/restore", run),
        "restore again": wire.post("runs/restore", run),
    }


def _herd(wire: Wire) -> Any:
    def make() -> Any:
        experiment_id = wire.new_experiment("herd")
        for number in range(5):
            run_id = wire.new_run(experiment_id=experiment_id, run_name=f"n{number}", start_time=number)
            wire.post("runs/log-metric", {"run_id": run_id, "key": "m", "value": number, "timestamp": 1})
        return experiment_id

    return wire.once("herd", make)


def _names(answer: Any) -> Any:
    """Names of the runs and the keys of the answer; the whole answer when it is an error."""
    if answer.status != 200:
        return answer
    body = answer.json()
    return [sorted(body), [run["info"]["run_name"] for run in body.get("runs", [])]]


@exchange("runs/search whole answers")
def _(wire: Wire) -> Any:
    experiment_id = _herd(wire)
    return {
        "two": wire.post("runs/search", {"experiment_ids": [experiment_id], "max_results": 2}).json()["runs"],
        "no hits": wire.post("runs/search", {"experiment_ids": [experiment_id], "filter": "metrics.m > 99"}),
        "no experiments": wire.post("runs/search", {"experiment_ids": []}),
        "nothing": wire.post("runs/search", {}),
        "unknown experiment": wire.post("runs/search", {"experiment_ids": ["999999999"]}),
        "odd experiment": wire.post("runs/search", {"experiment_ids": ["abc"]}),
        "a text": wire.post("runs/search", {"experiment_ids": experiment_id}),
        "a number": wire.post("runs/search", {"experiment_ids": [5]}),
    }


@exchange("runs/search fields in many spellings")
def _(wire: Wire) -> Any:
    base = {"experiment_ids": [_herd(wire)]}

    def search(**more: Any) -> Any:
        return _names(wire.post("runs/search", {**base, **more}))

    views = ("ACTIVE_ONLY", 2, "ALL", "3", 0, "BOGUS", None)
    return {
        "camelCase": _names(wire.post("runs/search", {"experimentIds": base["experiment_ids"], "maxResults": 1})),
        "max_results as text": search(max_results="2"),
        **{f"view {view}": search(run_view_type=view) for view in views},
        **{f"max_results {value}": search(max_results=value) for value in (0, -1, 1, 50_000, 50_001, 1.5, 2**40, None)},
        **{f"token {token}": search(page_token=token) for token in ("x", "", "eyJvZmZzZXQiOiAwfQ==", None)},
        "order": search(order_by=["metrics.m DESC"]),
        "orders": search(order_by=["tags.none", "metrics.m ASC"]),
        "order as text": search(order_by="metrics.m"),
        "order twice": search(order_by=["metrics.m", "metrics.m"]),
        "order nonsense": search(order_by=["nonsense"]),
        "filter as a number": search(filter=5),
        "filter null": search(filter=None),
        "filter": search(filter="metrics.m > 2"),
        "filter nonsense": search(filter="nonsense"),
    }


@exchange("runs/search page by page")
def _(wire: Wire) -> Any:
    body = {"experiment_ids": [_herd(wire)], "max_results": 2, "order_by": ["metrics.m ASC"]}
    pages, token = [], ""
    while True:
        answer = wire.post("runs/search", {**body, **({"page_token": token} if token else {})})
        pages.append(_names(answer))
        token = answer.json().get("next_page_token", "")
        if not token:
            return pages


@exchange("runs/get of a run that has everything")
def _(wire: Wire) -> Any:
    run_id = wire.new_run(tags=[{"key": "t", "value": "1"}])
    for value in (1, "NaN", "Infinity", "-Infinity", 1e308, 3):
        wire.post("runs/log-metric", {"run_id": run_id, "key": f"m{value}", "value": value, "timestamp": 9, "step": 4})
    wire.post("runs/log-parameter", {"run_id": run_id, "key": "p", "value": "v"})
    dataset = {"name": "n", "digest": "d", "source_type": "local", "source": "{}", "schema": "s", "profile": "p"}
    inputs = [{"tags": [{"key": "a", "value": "b"}], "dataset": dataset}]
    wire.post("runs/log-inputs", {"run_id": run_id, "datasets": inputs})
    return wire.run(run_id)


@exchange("runs/log-model")
def _(wire: Wire) -> Any:
    import json

    run_id = wire.new_run()
    model = {
        "artifact_path": "model",
        "flavors": {"python_function": {}},
        "utc_time_created": "2026-01-01 00:00:00",
        "run_id": run_id,
    }
    body = {"run_id": run_id, "model_json": json.dumps(model)}
    return {
        "good": wire.post("runs/log-model", body),
        "tags": wire.run(run_id).json()["run"]["data"].get("tags"),
        "not JSON": wire.post("runs/log-model", {**body, "model_json": "{"}),
        "incomplete": wire.post("runs/log-model", {**body, "model_json": "{}"}),
        "missing": wire.post("runs/log-model", {"run_id": run_id}),
        "unknown run": wire.post("runs/log-model", {**body, "run_id": UNKNOWN}),
    }
