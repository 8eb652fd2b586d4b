"""Metrics on the wire: spellings of numbers, histories, bulk histories, batches."""

from __future__ import annotations

from typing import Any

from tests.compat.wire import Wire, exchange


def _metrics(wire: Wire, run_id: str) -> Any:
    return wire.run(run_id).json()["run"]["data"].get("metrics")


def _log(wire: Wire, **fields: Any) -> Any:
    run_id = wire.new_run()
    answer = wire.post("runs/log-metric", {"run_id": run_id, "key": "m", "value": 1.0, "timestamp": 1, **fields})
    return [answer, _metrics(wire, run_id)]


@exchange("metric values in many spellings")
def _(wire: Wire) -> Any:
    values = (
        1, 1.5, "1.5", "NaN", "nan", "Infinity", "-Infinity", "inf", "-inf", "abc", "", True, False, None, [1],
        10**400, 1e309, -0.0, 5e-324, 2**53 + 1, 2**63,
    )  # fmt: skip
    return {repr(value)[:30]: _log(wire, value=value) for value in values}


@exchange("bare NaN and Infinity in the body")
def _(wire: Wire) -> Any:
    answers = {}
    for word in (b"NaN", b"Infinity", b"-Infinity"):
        run_id = wire.new_run()
        body = b'{"run_id": "%s", "key": "m", "timestamp": 1, "value": %s}' % (run_id.encode(), word)
        answers[word.decode()] = [wire.post("runs/log-metric", body), _metrics(wire, run_id)]
    return answers


@exchange("metric times in many spellings")
def _(wire: Wire) -> Any:
    values = (0, "12", 12.0, 12.7, "12.7", -1, 2**62, 2**63, "x", "", True, None, [1])
    return {repr(value): _log(wire, timestamp=value) for value in values}


@exchange("metric steps in many spellings")
def _(wire: Wire) -> Any:
    values = (0, "12", 12.0, 12.7, "12.7", -1, 2**62, -(2**62), 2**63, "x", "", True, None, [1])
    return {repr(value): _log(wire, step=value) for value in values}


@exchange("metric keys")
def _(wire: Wire) -> Any:
    keys = ("a/b.c-d e:f", "ключ", " ", "a*b", "/a", "a/", "a//b", "../a", ".", "a\nb", "k" * 250, "k" * 251)
    return {repr(key)[:20]: _log(wire, key=key) for key in keys}


@exchange("metrics with a model or a dataset")
def _(wire: Wire) -> Any:
    return {
        "dataset": _log(wire, dataset_name="n", dataset_digest="d"),
        "empty model": _log(wire, model_id=""),
    }


def _series(wire: Wire) -> str:
    def make() -> str:
        run_id = wire.new_run()
        points = [
            {"key": "m", "value": 100 - number, "timestamp": 1000 + number // 2, "step": number} for number in range(10)
        ]
        points.append({"key": "m", "value": "NaN", "timestamp": 5000, "step": 10})
        wire.post("runs/log-batch", {"run_id": run_id, "metrics": points})
        return run_id

    return str(wire.once("series", make))


@exchange("metrics/get-history")
def _(wire: Wire) -> Any:
    run_id = _series(wire)

    def history(**query: Any) -> Any:
        return wire.get("metrics/get-history", **{"run_id": run_id, "metric_key": "m", **query})

    return {
        "everything": history(),
        "unknown key": history(metric_key="nothing"),
        "three": [history(max_results=3).json()["metrics"], "next_page_token" in history(max_results=3).json()],
        "all at once": sorted(history(max_results=11).json()),
        **{f"max_results {value}": history(max_results=value) for value in (0, -1, "x", "")},
        "large": history(max_results=100_000).status,
        "bad token": history(max_results=3, page_token="nonsense"),
        "camelCase": wire.get("metrics/get-history", runId=run_id, metricKey="m"),
        "twice": wire.send(
            "GET", "metrics/get-history", query=[("run_id", run_id), ("metric_key", "x"), ("metric_key", "m")]
        ),
    }


@exchange("metrics/get-history page by page")
def _(wire: Wire) -> Any:
    run_id, pages, token = _series(wire), [], ""
    while True:
        query = {"run_id": run_id, "metric_key": "m", "max_results": 4, **({"page_token": token} if token else {})}
        body = wire.get("metrics/get-history", **query).json()
        pages.append([point["step"] for point in body["metrics"]])
        token = body.get("next_page_token", "")
        if not token:
            return pages


def _two_runs(wire: Wire) -> list[str]:
    def make() -> list[str]:
        runs = [wire.new_run(), wire.new_run()]
        for run_id in runs:
            points = [{"key": "m", "value": number, "timestamp": 1000 + number, "step": number} for number in range(8)]
            wire.post("runs/log-batch", {"run_id": run_id, "metrics": points})
        return sorted(runs)

    return list(wire.once("two runs", make))


@exchange("metrics/get-history-bulk")
def _(wire: Wire) -> Any:
    runs = _two_runs(wire)

    def bulk(**query: Any) -> Any:
        return wire.get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", **query)

    return {
        "two runs": bulk(run_id=runs, metric_key="m"),
        "limited": bulk(run_id=runs, metric_key="m", max_results=9),
        "one run": bulk(run_id=runs[0], metric_key="m", max_results=2),
        "unknown key": bulk(run_id=runs, metric_key="x"),
        "unknown run": bulk(run_id="0" * 32, metric_key="m"),
        "no run": bulk(metric_key="m"),
        "no key": bulk(run_id=runs),
        "101 runs": bulk(run_id=[runs[0]] * 101, metric_key="m"),
        "limit of zero": bulk(run_id=runs, metric_key="m", max_results=0),
        "limit of text": bulk(run_id=runs, metric_key="m", max_results="x"),
    }


@exchange("metrics/get-history-bulk-interval")
def _(wire: Wire) -> Any:
    runs = _two_runs(wire)

    def bulk(root: str = "/api/2.0/mlflow", **query: Any) -> Any:
        return wire.get(f"{root}/metrics/get-history-bulk-interval", **{"run_ids": runs, "metric_key": "m", **query})

    return {
        "everything": bulk(),
        "ajax": bulk("/ajax-api/2.0/mlflow", run_ids=runs[0]),
        "an interval": bulk(start_step=2, end_step=4),
        "three points": bulk(max_results=3),
        "one point": bulk(run_ids=runs[0], max_results=1),
        "half an interval": bulk(start_step=2),
        "backwards": bulk(start_step=4, end_step=2),
        "limit of zero": bulk(max_results=0),
        "limit of 2501": bulk(max_results=2501),
        "unknown key": bulk(metric_key="x"),
        "no key": bulk(metric_key=""),
        "unknown run": bulk(run_ids="0" * 32),
        "no runs": wire.get("metrics/get-history-bulk-interval", metric_key="m"),
        "101 runs": bulk(run_ids=[runs[0]] * 101),
    }


def _batch(wire: Wire, **body: Any) -> Any:
    """The answer to a batch, and what the run holds afterwards."""
    run_id = wire.new_run()
    answer = wire.post("runs/log-batch", {"run_id": run_id, **body})
    return {"answer": answer, "data": wire.run(run_id).json()["run"]["data"]}


@exchange("log-batch items")
def _(wire: Wire) -> Any:
    good = {"key": "m", "value": 1.0, "timestamp": 1}
    param, tag = {"key": "p", "value": "1"}, {"key": "t", "value": "1"}
    return {
        "empty lists": _batch(wire, metrics=[], params=[], tags=[]),
        "null lists": _batch(wire, metrics=None, params=None, tags=None),
        "metric without key": _batch(wire, metrics=[{"value": 1.0, "timestamp": 1}], params=[param]),
        "metric without value": _batch(wire, metrics=[{"key": "m", "timestamp": 1}], params=[param]),
        "metric without timestamp": _batch(wire, metrics=[{"key": "m", "value": 1.0}], params=[param]),
        "metric without step": _batch(wire, metrics=[good]),
        "metric with an empty key": _batch(wire, metrics=[{**good, "key": ""}]),
        "metric value as text": _batch(wire, metrics=[{**good, "value": "2.5"}]),
        "metric value NaN": _batch(wire, metrics=[{**good, "value": "NaN"}]),
        "metric time as text": _batch(wire, metrics=[{**good, "timestamp": "12", "step": "3"}]),
        "metric with a fractional time": _batch(wire, metrics=[{**good, "timestamp": 1.5}]),
        "metric with an unknown field": _batch(wire, metrics=[{**good, "nonsense": 1}]),
        "metric that is a text": _batch(wire, metrics=["m"]),
        "metrics as an object": _batch(wire, metrics=good),
        "bad metric key": _batch(wire, metrics=[good, {**good, "key": "a*b"}], params=[param], tags=[tag]),
        "param without key": _batch(wire, params=[{"value": "1"}]),
        "param without value": _batch(wire, params=[{"key": "p"}]),
        "param with a number": _batch(wire, params=[{"key": "p", "value": 1}]),
        "param twice, equal": _batch(wire, params=[param, param]),
        "param twice, different": _batch(wire, params=[param, {**param, "value": "2"}]),
        "long param": _batch(wire, params=[{"key": "p", "value": "v" * 6001}])["answer"],
        "tag without key": _batch(wire, tags=[{"value": "1"}]),
        "tag without value": _batch(wire, tags=[{"key": "t"}]),
        "tag twice": _batch(wire, tags=[tag, {**tag, "value": "2"}]),
        "camelCase": _batch(wire, metrics=[good], runId="0" * 32),
    }


@exchange("log-batch limits")
def _(wire: Wire) -> Any:
    def log(metrics: int = 0, params: int = 0, tags: int = 0) -> Any:
        answer = _batch(
            wire,
            metrics=[{"key": f"m{number}", "value": 1, "timestamp": 1} for number in range(metrics)],
            params=[{"key": f"p{number}", "value": "1"} for number in range(params)],
            tags=[{"key": f"t{number}", "value": "1"} for number in range(tags)],
        )
        return [answer["answer"], {kind: len(items) for kind, items in sorted(answer["data"].items())}]

    return {
        "1000 metrics": log(1000), "1001 metrics": log(1001), "100 params": log(0, 100), "101 params": log(0, 101),
        "100 tags": log(0, 0, 100), "101 tags": log(0, 0, 101), "1000 together": log(800, 100, 100),
        "1001 together": log(801, 100, 100),
    }  # fmt: skip


@exchange("log-batch against a param that is there")
def _(wire: Wire) -> Any:
    run = {"run_id": wire.new_run()}
    wire.post("runs/log-parameter", {**run, "key": "p", "value": "1"})
    metrics = [{"key": "m", "value": 1.0, "timestamp": 1}]
    conflict = wire.post("runs/log-batch", {**run, "metrics": metrics, "params": [{"key": "p", "value": "2"}]})
    after_conflict = wire.get("runs/get", **run).json()["run"]["data"]
    same = wire.post("runs/log-batch", {**run, "metrics": metrics, "params": [{"key": "p", "value": "1"}]})
    return {"conflict": conflict, "after it": after_conflict, "same": same, "after that": wire.get("runs/get", **run)}


@exchange("the latest of many points")
def _(wire: Wire) -> Any:
    def latest(*points: tuple[Any, int, int]) -> Any:
        run_id = wire.new_run()
        for value, timestamp, step in points:
            wire.post(
                "runs/log-metric", {"run_id": run_id, "key": "m", "value": value, "timestamp": timestamp, "step": step}
            )
        return _metrics(wire, run_id)

    return {
        "highest step": latest((1, 9, 5), (2, 99, 4)),
        "latest time of a step": latest((1, 9, 5), (2, 8, 5)),
        "largest value of a time": latest((2, 9, 5), (1, 9, 5)),
        "NaN after a number": latest((1, 9, 5), ("NaN", 9, 5)),
        "NaN after a negative number": latest((-1, 9, 5), ("NaN", 9, 5)),
        "a number after NaN": latest(("NaN", 9, 5), (1, 9, 5)),
        "a negative number after NaN": latest(("NaN", 9, 5), (-1, 9, 5)),
        "zero after NaN": latest(("NaN", 9, 5), (0, 9, 5)),
        "NaN at a higher step": latest((1, 9, 5), ("NaN", 9, 6)),
        "negative steps": latest((1, 9, -5), (2, 9, -6)),
    }
