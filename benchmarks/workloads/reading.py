"""Reading: one run, a filtered search, a long list, a long history."""

from __future__ import annotations

import itertools
import json
import statistics
import time
from dataclasses import replace

from benchmarks import content
from benchmarks.bench import Bench, expect
from benchmarks.load import Session, call, get, post
from benchmarks.workloads.base import Measure, Values, Workload

_GET_CONNECTIONS = 16
_GET_RUNS = 64
_SEARCH_CONNECTIONS = 4
_LIST_CONNECTIONS = 2


def runs_get(bench: Bench) -> Values:
    """16 connections asking for 64 different runs of 10 metrics, 10 params and 5 tags in turn."""
    experiment_id = bench.new_experiment()
    plain = list(content.runs(_GET_RUNS))
    rich = [
        replace(run, params={f"p{i}": f"value {i}" for i in range(10)}, tags={f"t{i}": f"tag {i}" for i in range(5)})
        for run in plain
    ]
    content.fill_runs(bench.port, experiment_id, iter(rich))
    found = bench.post("/runs/search", {"experiment_ids": [experiment_id], "max_results": _GET_RUNS})["runs"]
    run_ids = [str(run["info"]["run_id"]) for run in found]
    expect(len(run_ids) == _GET_RUNS, f"{_GET_RUNS} runs, not {len(run_ids)}")
    data = bench.get(f"/runs/get?run_id={run_ids[0]}")["run"]["data"]
    ours = [tag for tag in data["tags"] if not tag["key"].startswith("mlflow.")]
    expect((len(data["metrics"]), len(data["params"]), len(ours)) == (10, 10, 5), "10 metrics, 10 params, 5 tags")
    load = bench.drive([lambda: get_session(bench.port, run_ids)] * _GET_CONNECTIONS)
    return {"runs-get": load.per_second}


def get_session(port: int, run_ids: list[str]) -> Session:
    """Ask for the runs one after another, for ever."""
    requests = [get(port, f"/runs/get?run_id={run_id}") for run_id in run_ids]
    for request in itertools.cycle(requests):  # noqa: UP028 — `yield from` would send the replies to the iterator
        yield request


def search(bench: Bench) -> Values:
    """4 connections: a filter on a metric and a param, ordered by another metric, the first hundred."""
    message = search_message(bench.filled_experiment)
    found = bench.post("/runs/search", message)["runs"]
    names = [str(run["info"]["run_name"]) for run in found]
    expect(names == content.names_found(bench.settings.filled_runs), "the hundred best runs in order")
    load = bench.drive([lambda: repeat(post(bench.port, "/runs/search", message))] * _SEARCH_CONNECTIONS)
    return {"search": load.per_second}


def search_message(experiment_id: str) -> dict[str, object]:
    """The filtered search that is measured."""
    return {
        "experiment_ids": [experiment_id],
        "filter": content.SEARCH_FILTER,
        "order_by": [content.SEARCH_ORDER],
        "max_results": content.SEARCH_PAGE,
    }


def listing(bench: Bench) -> Values:
    """2 connections, each asking for a page of 1,000 runs with everything in them."""
    count = bench.settings.listed_runs
    message = {"experiment_ids": [bench.filled_experiment], "max_results": count}
    page = bench.post("/runs/search", message)["runs"]
    whole = [run for run in page if len(run["data"]["metrics"]) == 10 and len(run["data"]["params"]) == 5]
    expect(len(whole) == count, f"{count} whole runs, not {len(whole)}")
    load = bench.drive([lambda: repeat(post(bench.port, "/runs/search", message))] * _LIST_CONNECTIONS)
    return {"listing": load.per_second}


def history(bench: Bench) -> Values:
    """Every point of one long metric, page after page if the server cuts it."""
    run_id, points = bench.run_with_history, bench.settings.history_points
    taken = []
    for _ in range(1 + bench.settings.history_repeats):  # the first is the warm-up
        started = time.perf_counter()
        pages = _all_pages(bench.port, f"/metrics/get-history?run_id={run_id}&metric_key={content.HISTORY_KEY}")
        taken.append(time.perf_counter() - started)
        got = sum(page.count(b'"step"') for page in pages)
        expect(got == points, f"{points} points, not {got}")
    return {"history": statistics.median(taken[1:])}


def _all_pages(port: int, path: str) -> list[bytes]:
    pages = [call(port, get(port, path))]
    # The token, if any, is in the last bytes; decoding the whole page here would be work of ours on the clock.
    while b'"next_page_token"' in pages[-1][-400:] or b'"next_page_token"' in pages[-1][:400]:
        token = json.loads(pages[-1]).get("next_page_token")
        if not token:
            break
        pages.append(call(port, get(port, f"{path}&page_token={token}")))
    return pages


def repeat(request: bytes) -> Session:
    """Send the same request for ever."""
    while True:
        yield request


WORKLOADS = (
    Workload(
        "runs-get",
        (Measure("runs-get", "runs/get, 16 connections", "/s", against_mlflow=40, against_fasttrackml=1.2),),
        on_server=runs_get,
    ),
    Workload(
        "search",
        (
            Measure(
                "search",
                "filtered, ordered search in 10,000 runs",
                "/s",
                against_mlflow=20,
                against_fasttrackml=1.5,
                digits=1,
            ),
        ),
        on_server=search,
    ),
    Workload(
        "listing",
        (Measure("listing", "list of 1,000 runs", "/s", against_mlflow=15, against_fasttrackml=4, digits=2),),
        on_server=listing,
    ),
    Workload(
        "history",
        (
            Measure(
                "history", "history of 100,000 points", "s", False, against_mlflow=15, against_fasttrackml=5, digits=3
            ),
        ),
        on_server=history,
    ),
)
