"""Searching experiments: filters, orders, stages, pages."""

from __future__ import annotations

import time
from typing import Any

from tests.compat.recorder import World, attempt, mlflow, step

NAMES = ("sea alpha", "sea Beta", "sea gamma", "sea delta", "sea_under", "sea%cent", "sea 'quoted'", "SEA LOUD")


def _fleet(world: World) -> dict[str, str]:
    """Eight experiments: some tagged, one deleted; name to id."""

    def make() -> dict[str, str]:
        made = {}
        for number, name in enumerate(NAMES):
            tags = {"order": str(number), "parity": "even" if number % 2 == 0 else "odd"}
            if number == 3:
                tags["a.b c"] = "dotted"
            made[name] = world.new_experiment(name, tags=tags)
            time.sleep(0.002)  # so that no two were made in the same millisecond
        world.client.delete_experiment(made["sea delta"])
        return made

    fleet: dict[str, str] = world.once("fleet", make)
    return fleet


def _search(world: World, filter_string: str = "", **more: Any) -> Any:
    """Names found, without the session's prefix; the filter is narrowed to this session's fleet."""
    _fleet(world)
    mine = f"name ILIKE '{world.prefix}.sea%'"
    found = world.client.search_experiments(
        filter_string=f"{mine} AND {filter_string}" if filter_string else mine, **more
    )
    return [experiment.name for experiment in found]


def _filter(text: str) -> None:
    @step(f"search_experiments: {text}")
    def _(world: World) -> Any:
        ids = _fleet(world)
        filled = text.replace("P.", f"{world.prefix}.").replace("ID", ids["sea Beta"])
        return _search(world, filled, order_by=["name ASC"])


for _text in (
    "name = 'P.sea alpha'",
    "name = 'P.sea ALPHA'",
    "name != 'P.sea alpha'",
    "name LIKE 'P.sea %'",
    "name LIKE 'P.SEA%'",
    "name ILIKE 'P.SEA%'",
    "name LIKE '%a'",
    "name LIKE 'P.sea_under'",
    "name LIKE 'P.sea%cent'",
    "name = \"P.sea 'quoted'\"",
    "attribute.name = 'P.sea alpha'",
    "attributes.name = 'P.sea alpha'",
    "attr.name = 'P.sea alpha'",
    "`name` = 'P.sea alpha'",
    "tags.parity = 'even'",
    "tag.parity = 'even'",
    "tags.parity != 'even'",
    "tags.parity LIKE 'o%'",
    "tags.parity ILIKE 'O%'",
    "tags.missing != 'x'",
    "tags.`a.b c` = 'dotted'",
    "tags.parity = 'even' AND tags.order = '2'",
    "tags.parity = 'even' and tags.order != '2'",
    "creation_time > 0",
    "creation_time < 1000",
    "last_update_time >= 0",
    "experiment_id = 'ID'",
    "experiment_id != 'ID'",
    "experiment_id IN ('ID')",
    "experiment_id NOT IN ('ID')",
    "experiment_id = ID",
    "creation_time = 'abc'",
    "creation_time LIKE '1%'",
    "name > 'a'",
    "name = 5",
    "name IN ('P.sea alpha')",
    "nonsense = 'x'",
    "metrics.a > 1",
    "params.a = 'x'",
    "tags.parity > 'x'",
    "name = 'unfinished",
    "name =",
    "name 'x'",
    "tags.parity = 'odd';",
    "lifecycle_stage = 'active'",
):
    _filter(_text)


@step("search_experiments without a filter finds the newest first")
def _(world: World) -> Any:
    _fleet(world)
    found = [experiment.name for experiment in world.client.search_experiments(max_results=1000)]
    return [name for name in found if name.removeprefix(f"{world.prefix}.") in NAMES]


@step("search_experiments by stage")
def _(world: World) -> Any:
    kinds = {"active": 1, "deleted": 2, "all": 3}
    return {kind: sorted(_search(world, view_type=number)) for kind, number in kinds.items()}


@step("search_experiments with an unknown stage")
def _(world: World) -> Any:
    return attempt(_search, world, view_type=9)


@step("search_experiments in every order")
def _(world: World) -> Any:
    orders: tuple[list[str], ...] = (
        ["name"], ["name ASC"], ["name DESC"], ["name desc"], ["attribute.name DESC"], ["experiment_id"],
        ["experiment_id DESC"], ["creation_time", "name"], ["last_update_time DESC"], ["creation_time DESC"], [],
    )  # fmt: skip
    return {str(order): _search(world, order_by=order) for order in orders}


@step("search_experiments orders that are refused")
def _(world: World) -> Any:
    orders = (["nonsense"], ["name SIDEWAYS"], ["tags.parity"], ["name ASC, experiment_id"], [""], ["metrics.a"])
    return {str(order): attempt(_search, world, order_by=order) for order in orders}


@step("search_experiments page by page")
def _(world: World) -> Any:
    _fleet(world)
    options = {"filter_string": f"name ILIKE '{world.prefix}.sea%'", "order_by": ["name"], "max_results": 3}
    pages, token = [], None
    while True:
        page = world.client.search_experiments(page_token=token, **options)
        pages.append([experiment.name for experiment in page])
        token = page.token
        if not token:
            return {"pages": pages, "last token": token, "type": type(page).__name__}


@step("a page that is exactly full has no token")
def _(world: World) -> Any:
    _fleet(world)
    page = world.client.search_experiments(filter_string=f"name ILIKE '{world.prefix}.sea%'", max_results=7)
    return {"found": len(page), "has a token": bool(page.token)}


@step("search_experiments with wrong page arguments")
def _(world: World) -> Any:
    sizes = {str(size): attempt(lambda size=size: len(_search(world, max_results=size))) for size in (0, -1, 1, 50_001)}
    tokens = {token: attempt(_search, world, page_token=token) for token in ("nonsense", "eyJvZmZzZXQiOiAwfQ==")}
    return {"sizes": sizes, "tokens": tokens}


@step("fluent search_experiments returns a plain list")
def _(world: World) -> Any:
    _fleet(world)
    mine = f"name ILIKE '{world.prefix}.sea%'"
    found = mlflow.search_experiments(filter_string=mine, order_by=["name"], max_results=2)
    everything = mlflow.search_experiments(view_type=3, filter_string=mine, order_by=["name"])
    return {"two": [one.name for one in found], "type": type(found).__name__, "all": [one.name for one in everything]}
