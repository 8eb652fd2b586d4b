"""The order of found runs: ties, NaN, what is missing."""

from __future__ import annotations

from typing import Any

from tests.compat.recorder import World, attempt, step
from tests.compat.steps.run_search import herd, names


def _order(text: str) -> None:
    @step(f"search_runs ordered by {text}")
    def _(world: World) -> Any:
        return names(world, order_by=[part for part in text.split(" | ") if part != "nothing"])


for _text in (
    "nothing", "start_time", "start_time ASC", "start_time DESC", "start_time desc", "attributes.start_time DESC",
    "attribute.start_time", "created DESC", "Created", "end_time", "end_time DESC", "status | start_time", "run_name",
    "run_name DESC", "`run name` DESC", "attributes.`Run Name`", "metrics.acc", "metrics.acc ASC", "metrics.acc DESC",
    "metrics.missing", "metrics.`m/with space` DESC", 'metrics."m/with space"', "params.size", "params.size DESC",
    "params.a.b", "params.`a.b` DESC", "params.missing", "tags.colour | start_time DESC",
    "tags.colour DESC | start_time", "tags.mlflow.user | metrics.acc DESC", "metric.acc", "tag.colour | run_name",
    "user_id | params.size DESC", "metrics.inf DESC | start_time ASC", "nonsense", "nonsense.acc",
    "metrics.acc SIDEWAYS", "metrics.acc | metrics.acc DESC", "run_name | run_name", "DESC",
    "metrics.acc DESC, start_time", "datasets.name", "experiment_id", "lifecycle_stage", "metrics.",
):  # fmt: skip
    _order(_text)


@step("runs that started together are ordered by their ids")
def _(world: World) -> Any:
    experiment_id = world.new_experiment("tied")
    ids = [world.new_run(experiment_id=experiment_id, start_time=5) for _ in range(6)]
    found = [run.info.run_id for run in world.client.search_runs([experiment_id])]
    by_param = [run.info.run_id for run in world.client.search_runs([experiment_id], order_by=["params.none DESC"])]
    return {"by id": found == sorted(ids), "by a missing param": by_param == sorted(ids)}


@step("a run started later comes first among ties of the given order")
def _(world: World) -> Any:
    return names(world, order_by=["tags.colour ASC"])


@step("an order is kept through pages")
def _(world: World) -> Any:
    experiment_id, _ = herd(world)
    found: list[str] = []
    token = None
    while True:
        page = world.client.search_runs([experiment_id], order_by=["metrics.acc DESC"], max_results=1, page_token=token)
        found += [run.info.run_name for run in page]
        token = page.token
        if not token:
            return found


@step("an order given as a text instead of a list")
def _(world: World) -> Any:
    experiment_id, _ = herd(world)
    return attempt(
        lambda: [run.info.run_name for run in world.client.search_runs([experiment_id], order_by="start_time")]
    )
