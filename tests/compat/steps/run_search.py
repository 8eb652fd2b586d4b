"""Searching runs: the filter language, stages, formats, pages."""

from __future__ import annotations

import math
from typing import Any

from tests.compat.recorder import World, attempt, mlflow, step


def herd(world: World) -> Any:
    """Six runs in an experiment of their own; experiment id and name-to-id.

    one .. five differ in every searchable way; `gone` is deleted.
    """

    def make() -> Any:
        client, experiment_id = world.client, world.new_experiment("herd")
        metrics = {"one": 0.1, "two": 0.5, "three": 0.9, "four": math.nan}
        ids = {}
        for number, name in enumerate(("one", "two", "three", "four", "five", "gone"), start=1):
            tags = {"colour": "red" if number % 2 else "Blue", "mlflow.user": f"user{number % 2}"}
            ids[name] = client.create_run(experiment_id, start_time=number * 1000, run_name=name, tags=tags).info.run_id
            client.log_param(ids[name], "size", str(number))
            if name in metrics:
                client.log_metric(ids[name], "acc", metrics[name], timestamp=1)
            if number < 4:
                client.set_terminated(ids[name], "FINISHED" if number < 3 else "FAILED", end_time=number * 2000)
        client.log_metric(ids["two"], "inf", math.inf, timestamp=1)
        client.log_metric(ids["one"], "m/with space", 3.0, timestamp=1)
        client.log_metric(ids["one"], "negative", -2.5, timestamp=1)
        client.log_param(ids["one"], "a.b", "dotted")
        client.log_param(ids["two"], "quote", "it's")
        client.log_param(ids["three"], "Ünï", "çode")
        client.set_tag(ids["one"], "x y", "spaced")
        client.set_tag(ids["two"], "per", "100%_x")
        entities = mlflow.entities
        dataset = entities.Dataset(name="sheep", digest="d1", source_type="local", source="{}")
        client.log_inputs(
            ids["three"], [entities.DatasetInput(dataset, [entities.InputTag("mlflow.data.context", "train")])]
        )
        client.delete_run(ids["gone"])
        return experiment_id, ids

    return world.once("herd", make)


def names(world: World, filter_string: str = "", **more: Any) -> Any:
    """Names of the runs found, in order; `ID` in the filter stands for the id of run two."""
    experiment_id, ids = herd(world)
    found = world.client.search_runs([experiment_id], filter_string.replace("ID", ids["two"]), **more)
    return [run.info.run_name for run in found]


def _filter(text: str) -> None:
    @step(f"search_runs: {text}")
    def _(world: World) -> Any:
        return sorted(names(world, text))


for _text in (
    "metrics.acc > 0.1", "metrics.acc >= 0.1", "metrics.acc < 0.9", "metrics.acc <= 0.5", "metrics.acc = 0.5",
    "metrics.acc != 0.5", "metric.acc > 0.2", "metrics.acc > 0.2 and metrics.acc < 0.8", "metrics.missing > 0",
    "metrics.missing != 0", "metrics.inf > 1e300", "metrics.negative < -1", "metrics.acc > -1e-3", "metrics.acc = .5",
    "metrics.`m/with space` = 3", 'metrics."m/with space" = 3', "metrics.m/with space = 3", "METRICS.acc > 0.2",
    "metrics.acc>0.2 AND params.size='3'", "metrics.acc > 'x'", "metrics.acc LIKE '0.5'", "metrics.acc > '0.2'",
    "metrics.acc IN (0.5)", "metrics.Acc > 0", "metrics.acc = 5e-1", "metrics.acc > NaN", "params.size = '3'",
    "params.size != '3'", 'params.size = "3"', "param.size = '3'", "parameters.size = '3'", "parameter.size = '3'",
    "params.size LIKE '3%'", "params.size ILIKE '%3%'", "params.size > '3'", "params.size = 3",
    "params.`a.b` = 'dotted'", "params.a.b = 'dotted'", 'params.quote = "it\'s"', "params.quote = 'it''s'",
    "params.`Ünï` = 'çode'", "params.missing = 'x'", "params.missing != 'x'", "params.size IN ('1', '2')",
    "params.size = ''", "params.size = 'ünï 🧪'", "tags.colour = 'red'", "tags.colour != 'red'",
    "tags.colour = 'blue'", "tags.colour LIKE 'B%'", "tags.colour LIKE 'b%'", "tags.colour ILIKE 'b%'",
    "tag.colour = 'red'", "tags.`x y` = 'spaced'", 'tags."x y" = "spaced"', "tags.per LIKE '100%'",
    "tags.per LIKE '100\\%%'", "tags.per LIKE '____%x'", "tags.mlflow.user = 'user1'", "tags.`mlflow.user` = 'user1'",
    "tags.mlflow.runName = 'two'", "tags.colour IN ('red')", "tags.colour RLIKE 'r.*'", "tags.colour > 'a'",
    "attributes.status = 'FINISHED'", "status = 'FINISHED'", "attribute.status != 'FINISHED'",
    "attr.status = 'FAILED'", "run.status = 'RUNNING'", "status = 'finished'", "status = 'BOGUS'", "status LIKE 'F%'",
    "status ILIKE 'f%'", "status IN ('FAILED')", "run_name = 'two'", "run_name LIKE 't%'", "run_name ILIKE 'T%'",
    "run_name != 'two'", "`run name` = 'two'", "attributes.run_name = 'two'", "attributes.`Run name` = 'two'",
    "run_id = 'ID'", "run_id != 'ID'", "run_id IN ('ID')", "run_id NOT IN ('ID')", "run_id IN ('ID', 'x')",
    "run_id IN ()", "run_id LIKE '%'", "attributes.run_id IN ('ID')", "run_name IN ('two')", "user_id = 'user1'",
    "artifact_uri LIKE '%artifacts'", "start_time > 2000", "start_time = 3000",
    "start_time >= 2000 AND start_time <= 4000", "created > 2000", "attributes.Created > 2000", "start_time > '2000'",
    "start_time > 2000.5", "end_time > 2000", "end_time < 5000", "end_time != 2000", "start_time LIKE '2%'",
    "datasets.name = 'sheep'", "dataset.name = 'sheep'", "datasets.name LIKE 'sh%'", "datasets.digest = 'd1'",
    "datasets.context = 'train'", "datasets.name IN ('sheep', 'x')", "datasets.name NOT IN ('sheep')",
    "datasets.name != 'sheep'", "datasets.nonsense = 'x'", "datasets.name = 'sheep' AND datasets.context = 'train'",
    "params.size = '3' OR params.size = '2'", "NOT params.size = '3'", "(params.size = '3')", "params.size = '3';",
    "params.size == '3'", "params.size <> '3'", "params.size", "= '3'", "params.size = ", "params.size = '3' AND",
    "AND params.size = '3'", "params.size = '3' params.size = '3'", "nonsense.size = '3'", "nonsense = '3'",
    "experiment_id = '1'", "lifecycle_stage = 'active'", "params. = '3'", "params.size = '3", "params.size = \"3'",
    "metrics.acc > 0.1; DROP TABLE runs", "   ", "params.size='3'   AND   metrics.acc>0",
    "params.size = '3' -- comment", "params.size IS NULL", "params.a.b IS NOT NULL", "tags.per IS NULL",
    "tags.per IS NOT NULL", "metrics.acc IS NULL", "status IS NULL", "metrics.acc BETWEEN 0 AND 1",
    "0.5 = metrics.acc", "params.size = params.size", "run_name LIKE ''", "attributes.nonsense = 'x'",
    "tags.colour NOT LIKE 'r%'", "params.size = '3' and tags.colour = 'red' AND status = 'FAILED'",
):  # fmt: skip
    _filter(_text)


@step("search_runs by stage")
def _(world: World) -> Any:
    views = {"active": 1, "deleted": 2, "all": 3}
    return {name: names(world, run_view_type=number) for name, number in views.items()}


@step("search_runs with an unknown stage")
def _(world: World) -> Any:
    return attempt(names, world, run_view_type=9)


@step("search_runs in several experiments, none, and unknown ones")
def _(world: World) -> Any:
    experiment_id, _ = herd(world)
    other = world.new_experiment("second herd")
    world.new_run(experiment_id=other, run_name="stranger", start_time=9_999_000)
    deleted = world.new_experiment("deleted herd")
    world.new_run(experiment_id=deleted, run_name="inside a deleted experiment")
    world.client.delete_experiment(deleted)

    def search(ids: Any, **more: Any) -> Any:
        return [run.info.run_name for run in world.client.search_runs(ids, **more)]

    return {
        "both": search([experiment_id, other]),
        "none": attempt(search, []),
        "unknown": attempt(search, ["999999999"]),
        "one unknown": attempt(search, [other, "999999999"]),
        "not a number": attempt(search, ["abc"]),
        "the same twice": search([other, other]),
        "of a deleted experiment": search([deleted], run_view_type=3),
        "a bare text": attempt(search, other),
    }


@step("search_runs page by page")
def _(world: World) -> Any:
    experiment_id, _ = herd(world)
    pages, token = [], None
    while True:
        page = world.client.search_runs([experiment_id], max_results=2, page_token=token, order_by=["params.size ASC"])
        pages.append([run.info.run_name for run in page])
        token = page.token
        if not token:
            return {"pages": pages, "last token": token, "type": type(page).__name__}


@step("search_runs pages that are exactly full")
def _(world: World) -> Any:
    experiment_id, _ = herd(world)
    found = {}
    for size in (4, 5, 6):
        page = world.client.search_runs([experiment_id], max_results=size)
        found[str(size)] = {"found": len(page), "has a token": bool(page.token)}
    return found


@step("search_runs with wrong page arguments")
def _(world: World) -> Any:
    sizes = {
        str(size): attempt(lambda size=size: len(names(world, max_results=size))) for size in (0, -1, 1, 50_000, 50_001)
    }
    tokens = {token: attempt(names, world, page_token=token) for token in ("nonsense", "eyJvZmZzZXQiOiAwfQ==", "")}
    return {"sizes": sizes, "tokens": tokens}


@step("fluent search_runs as a list")
def _(world: World) -> Any:
    experiment_id, _ = herd(world)
    runs = mlflow.search_runs([experiment_id], output_format="list", order_by=["start_time"])
    return {"names": [run.info.run_name for run in runs], "type": type(runs).__name__, "item": type(runs[0]).__name__}


@step("fluent search_runs as a data frame")
def _(world: World) -> Any:
    experiment_id, _ = herd(world)
    frame = mlflow.search_runs([experiment_id], order_by=["start_time"])
    return {
        "columns": sorted(frame.columns),
        "first columns": list(frame.columns[:6]),
        "acc": list(frame["metrics.acc"]),
        "size": list(frame["params.size"]),
        "missing param": [value if isinstance(value, str) else None for value in frame["params.a.b"]],
        "start": [int(value.timestamp() * 1000) for value in frame["start_time"]],
        "zones": str(frame["start_time"].dt.tz),
        "end is missing": [bool(value) for value in frame["end_time"].isna()],
        "rows": len(frame),
    }


@step("fluent search_runs without hits as a data frame")
def _(world: World) -> Any:
    experiment_id, _ = herd(world)
    frame = mlflow.search_runs([experiment_id], "params.size = 'none'")
    return {"columns": sorted(frame.columns), "rows": len(frame)}


@step("fluent search_runs by name, everywhere, with a limit")
def _(world: World) -> Any:
    experiment_id, _ = herd(world)
    search = mlflow.search_runs

    def found(*arguments: Any, **options: Any) -> Any:
        return [run.info.run_name for run in search(*arguments, output_format="list", **options)]

    return {
        "by name": found(experiment_names=[world.name("herd")]),
        "by an unknown name": attempt(found, experiment_names=[world.name("nobody")]),
        "by id and name": attempt(found, [experiment_id], experiment_names=[world.name("herd")]),
        "everywhere": found(search_all_experiments=True, filter_string="tags.`x y` = 'spaced' AND start_time = 1000")[
            :1
        ],
        "a limit": found([experiment_id], max_results=2, order_by=["start_time"]),
        "more than a page": len(found([experiment_id], max_results=60_000)),
        "no such format": attempt(search, [experiment_id], output_format="xml"),
    }


@step("fluent search_runs in the chosen experiment")
def _(world: World) -> Any:
    experiment_id, _ = herd(world)
    mlflow.set_experiment(experiment_id=experiment_id)
    return [run.info.run_name for run in mlflow.search_runs(output_format="list")]
