"""Dataset inputs on the wire."""

from __future__ import annotations

from typing import Any

from tests.compat.wire import Wire, exchange

DATASET = {"name": "n", "digest": "d", "source_type": "local", "source": "{}"}


def _log(wire: Wire, *datasets: Any, **more: Any) -> Any:
    # Datasets are kept once for each experiment, so every request gets one of its own.
    run_id = wire.new_run(experiment_id=wire.new_experiment())
    answer = wire.post("runs/log-inputs", {"run_id": run_id, "datasets": list(datasets), **more})
    return [answer, wire.run(run_id).json()["run"].get("inputs")]


@exchange("log-inputs items")
def _(wire: Wire) -> Any:
    return {
        "plain": _log(wire, {"dataset": DATASET}),
        "with everything": _log(
            wire, {"dataset": {**DATASET, "schema": "s", "profile": "p"}, "tags": [{"key": "a", "value": "b"}]}
        ),
        "nothing": _log(wire),
        "no datasets field": wire.post("runs/log-inputs", {"run_id": wire.new_run()}),
        "without a dataset": _log(wire, {"tags": [{"key": "a", "value": "b"}]}),
        **{
            f"without {name}": _log(wire, {"dataset": {key: DATASET[key] for key in DATASET if key != name}})
            for name in DATASET
        },
        **{f"empty {name}": _log(wire, {"dataset": {**DATASET, name: ""}}) for name in DATASET},
        **{f"{name} is a number": _log(wire, {"dataset": {**DATASET, name: 5}}) for name in DATASET},
        "tag without key": _log(wire, {"dataset": DATASET, "tags": [{"value": "b"}]}),
        "tag without value": _log(wire, {"dataset": DATASET, "tags": [{"key": "a"}]}),
        "tag twice": _log(wire, {"dataset": DATASET, "tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}),
        "camelCase": _log(wire, {"dataset": {"name": "n", "digest": "d", "sourceType": "local", "source": "{}"}}),
        "the same twice": _log(wire, {"dataset": DATASET}, {"dataset": DATASET}),
        "a text": _log(wire, "x"),
        "an object": wire.post("runs/log-inputs", {"run_id": wire.new_run(), "datasets": {"dataset": DATASET}}),
    }


@exchange("log-inputs lengths")
def _(wire: Wire) -> Any:
    def log(tags: Any = (), **fields: Any) -> Any:
        return _log(wire, {"dataset": {**DATASET, **fields}, "tags": list(tags)})[0]

    return {
        "name of 500": log(name="x" * 500),
        "name of 501": log(name="x" * 501),
        "digest of 36": log(digest="x" * 36),
        "digest of 37": log(digest="x" * 37),
        "source of 65535": log(source="x" * 65535),
        "source of 65536": log(source="x" * 65536),
        "tag key of 256": log([{"key": "k" * 256, "value": "v"}]),
        "tag value of 501": log([{"key": "k", "value": "v" * 501}]),
    }


@exchange("a dataset logged again in the same experiment")
def _(wire: Wire) -> Any:
    experiment_id = wire.new_experiment()

    def log(**fields: Any) -> Any:
        run_id = wire.new_run(experiment_id=experiment_id)
        answer = wire.post("runs/log-inputs", {"run_id": run_id, "datasets": [{"dataset": {**DATASET, **fields}}]})
        return [answer, wire.run(run_id).json()["run"].get("inputs")]

    return {"first": log(schema="one"), "second": log(schema="two", source="other"), "other digest": log(digest="e")}
