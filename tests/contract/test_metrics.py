"""What every store promises about metrics and params."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from mlflow.api.metrics import (
    GetMetricHistory,
    GetMetricHistoryBulk,
    GetMetricHistoryBulkInterval,
    LogMetric,
)
from mlflow.api.params import LogParam
from mlflow.api.runs import LogBatch
from mlflow.entities import Metric, Run
from mlflow.store.base import Store
from tests.contract.conftest import NewRun
from tests.contract.errors import refused

Read = Callable[[str], Run]
LARGEST = 1.7976931348623157e308


def log(store: Store, run: str, value: float, timestamp: int = 0, step: int = 0, key: str = "m") -> None:
    store.call(LogMetric(run_id=run, key=key, value=value, timestamp=timestamp, step=step))


def history(store: Store, run: str, key: str = "m") -> list[tuple[int, int, float]]:
    points = store.call(GetMetricHistory(run_id=run, metric_key=key)).metrics
    return [(point.timestamp, point.step, point.value) for point in points]


def test_the_latest_value_is_the_highest_step_even_when_logged_out_of_order(store: Store, run: str, read: Read) -> None:
    log(store, run, 0.2, timestamp=20, step=2)
    log(store, run, 0.9, timestamp=30, step=1)

    assert read(run).data.metrics == {"m": 0.2}


def test_at_the_same_step_the_later_time_wins_and_then_the_larger_value(store: Store, run: str, read: Read) -> None:
    log(store, run, 0.5, timestamp=20)
    log(store, run, 0.9, timestamp=10)
    assert read(run).data.metrics == {"m": 0.5}

    log(store, run, 0.7, timestamp=20)
    log(store, run, 0.6, timestamp=20)
    assert read(run).data.metrics == {"m": 0.7}


def test_nan_counts_as_zero_when_the_latest_value_is_chosen(store: Store, run: str, read: Read) -> None:
    log(store, run, math.nan, timestamp=1)
    assert math.isnan(read(run).data.metrics["m"])

    log(store, run, -1.0, timestamp=1)
    assert math.isnan(read(run).data.metrics["m"])

    log(store, run, 1.0, timestamp=1)
    assert read(run).data.metrics == {"m": 1.0}


def test_the_same_holds_inside_one_batch(store: Store, run: str, read: Read) -> None:
    points = [Metric("m", 3.0, 5, 1), Metric("m", 1.0, 9, 2), Metric("m", 2.0, 9, 2), Metric("m", 8.0, 1, 0)]
    store.call(LogBatch(run_id=run, metrics=points))

    assert read(run).data.metrics == {"m": 2.0}


def test_infinity_is_stored_as_the_largest_number(store: Store, run: str) -> None:
    log(store, run, math.inf, step=1)
    log(store, run, -math.inf, step=2)

    assert history(store, run) == [(0, 1, LARGEST), (0, 2, -LARGEST)]


def test_an_identical_point_counts_once(store: Store, run: str) -> None:
    for _ in range(2):
        log(store, run, 0.5, timestamp=3, step=1)
        log(store, run, math.nan, timestamp=3, step=1)
        store.call(LogBatch(run_id=run, metrics=[Metric("m", 0.5, 3, 1), Metric("m", 0.5, 3, 1)]))

    found = history(store, run)
    assert len(found) == 2
    assert {str(value) for _, _, value in found} == {"0.5", "nan"}


def test_a_history_is_ordered_by_time_then_step_then_value(store: Store, run: str) -> None:
    points = [(5, 1, 0.1), (3, 9, 0.2), (3, 2, 0.9), (3, 2, 0.4), (9, -4, 0.3)]
    for timestamp, step, value in points:
        log(store, run, value, timestamp=timestamp, step=step)

    assert history(store, run) == sorted(points)


def test_pages_of_a_history_hold_each_point_once(store: Store, run: str) -> None:
    points = [Metric("m", float(n % 3), n // 2, n % 5) for n in range(30)] + [Metric("m", math.nan, 7, 1)]
    store.call(LogBatch(run_id=run, metrics=points))
    call = GetMetricHistory(run_id=run, metric_key="m", max_results=7)
    seen: list[Metric] = []
    while True:
        page = store.call(call)
        assert len(page.metrics) <= 7
        seen += page.metrics
        if page.next_page_token is None:
            break
        call.page_token = page.next_page_token

    whole = store.call(GetMetricHistory(run_id=run, metric_key="m")).metrics
    assert [str(point) for point in seen] == [str(point) for point in whole]


def test_the_history_of_a_metric_nobody_logged_is_empty(store: Store, run: str) -> None:
    assert history(store, run, "never logged by anybody") == []
    with refused("RESOURCE_DOES_NOT_EXIST"):
        history(store, "f" * 32)


@pytest.mark.parametrize("token", ["x", "WzEsMiwzXQ==", "bnVsbA=="])
def test_a_page_token_that_we_did_not_make_is_refused(store: Store, run: str, token: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "page token"):
        store.call(GetMetricHistory(run_id=run, metric_key="m", page_token=token))


@pytest.mark.parametrize("step", [-(2**63), -1, 0, 2**63 - 1])
def test_steps_are_any_64_bit_number(store: Store, run: str, step: int) -> None:
    log(store, run, 1.0, timestamp=2**63 - 1, step=step)

    assert history(store, run) == [(2**63 - 1, step, 1.0)]


@pytest.mark.parametrize(("timestamp", "step"), [(-1, 0), (2**63, 0), (0, 2**63), (0, -(2**63) - 1)])
def test_a_time_or_step_that_does_not_fit_is_refused(store: Store, run: str, timestamp: int, step: int) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        log(store, run, 1.0, timestamp=timestamp, step=step)


@pytest.mark.parametrize("key", ["a", "train/loss", "a.b-c d:e_f", "größe", "精度", " ", "k" * 250])
def test_names_may_be_of_any_script_and_have_folders(store: Store, run: str, read: Read, key: str) -> None:
    log(store, run, 1.0, key=key)

    assert read(run).data.metrics == {key: 1.0}


@pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", "../a", "a/./b", ".", "a#b", "a\nb", "a\0b", "k" * 251])
def test_a_name_that_is_no_normal_path_is_refused(store: Store, run: str, key: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "metric name"):
        log(store, run, 1.0, key=key)


def test_bulk_histories_come_run_by_run_and_stop_at_the_limit(store: Store, new_run: NewRun) -> None:
    runs = sorted(new_run().info.run_id for _ in range(3))
    for run in runs:
        store.call(LogBatch(run_id=run, metrics=[Metric("m", 1.0, n, n) for n in range(10)]))

    found = store.call(GetMetricHistoryBulk(run_id=[*reversed(runs), "f" * 32], metric_key="m", max_results=25)).metrics

    assert [(point.run_id, point.step) for point in found] == [(run, n) for run in runs for n in range(10)][:25]


def test_a_sampled_history_keeps_both_ends_and_the_peak(store: Store, run: str) -> None:
    values = [math.sin(n / 50) for n in range(1000)]
    values[617] = 99.0
    store.call(LogBatch(run_id=run, metrics=[Metric("m", value, n, n) for n, value in enumerate(values)]))

    found = store.call(GetMetricHistoryBulkInterval(run_ids=[run], metric_key="m", max_results=40)).metrics

    steps = [point.step for point in found]
    assert len(found) <= 40
    assert steps == sorted(steps)
    assert {0, 617, 999} <= set(steps)


def test_a_sampled_history_lies_between_the_steps_asked_for(store: Store, run: str) -> None:
    store.call(LogBatch(run_id=run, metrics=[Metric("m", 0.0, n, n) for n in range(100)]))
    call = GetMetricHistoryBulkInterval(run_ids=[run], metric_key="m", start_step=10, end_step=12)

    assert [point.step for point in store.call(call).metrics] == [10, 11, 12]


@pytest.mark.parametrize(
    "fields",
    [
        {"run_ids": []},
        {"run_ids": ["a"] * 101},
        {"start_step": 1},
        {"start_step": 5, "end_step": 1},
        {"max_results": 0},
    ],
)
def test_a_sample_that_cannot_be_taken_is_refused(store: Store, run: str, fields: dict[str, object]) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        store.call(GetMetricHistoryBulkInterval(**{"run_ids": [run], "metric_key": "m", **fields}))  # type: ignore[arg-type]


def test_a_param_is_written_once_and_the_same_value_again_is_fine(store: Store, run: str, read: Read) -> None:
    store.call(LogParam(run_id=run, key="p", value="1"))
    store.call(LogParam(run_id=run, key="p", value="1"))

    with refused("INVALID_PARAMETER_VALUE", "already logged with value='1'"):
        store.call(LogParam(run_id=run, key="p", value="2"))
    assert read(run).data.params == {"p": "1"}


def test_a_long_param_value_is_cut_and_may_be_empty(store: Store, run: str, read: Read) -> None:
    store.call(LogParam(run_id=run, key="long", value="ü" * 7000))
    store.call(LogParam(run_id=run, key="empty", value=""))

    assert read(run).data.params == {"long": "ü" * 6000, "empty": ""}


def test_a_long_param_value_is_refused_when_cutting_is_off(
    store: Store, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRUNCATE_LONG_VALUES", "false")

    with refused("INVALID_PARAMETER_VALUE", "7000"):
        store.call(LogParam(run_id=run, key="long", value="x" * 7000))
