"""Recording what the machine does while a run is active."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

import mlflow
from mlflow.system_metrics import samplers
from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

ALWAYS_THERE = {
    "system/cpu_utilization_percentage",
    "system/system_memory_usage_megabytes",
    "system/system_memory_usage_percentage",
    "system/disk_usage_percentage",
    "system/disk_usage_megabytes",
    "system/disk_available_megabytes",
    "system/network_receive_megabytes",
    "system/network_transmit_megabytes",
}


@pytest.fixture(autouse=True)
def often(local_uri: str) -> None:
    mlflow.set_system_metrics_sampling_interval(0.05)


def metrics_of(run_id: str) -> dict[str, float]:
    return mlflow.get_run(run_id).data.metrics


def steps(run_id: str) -> list[int]:
    points = mlflow.MlflowClient().get_metric_history(run_id, "system/cpu_utilization_percentage")
    return [point.step for point in points]


def test_a_run_records_them_on_request() -> None:
    with mlflow.start_run(log_system_metrics=True) as run:
        time.sleep(0.3)

    assert metrics_of(run.info.run_id).keys() >= ALWAYS_THERE
    assert steps(run.info.run_id) == list(range(len(steps(run.info.run_id))))
    assert len(steps(run.info.run_id)) >= 2
    assert metrics_of(run.info.run_id)["system/system_memory_usage_megabytes"] > 1


def test_a_run_records_none_unless_asked() -> None:
    with mlflow.start_run() as run:
        time.sleep(0.15)

    assert metrics_of(run.info.run_id) == {}


def test_they_can_be_switched_on_for_all_runs_and_off_for_one() -> None:
    mlflow.enable_system_metrics_logging()
    with mlflow.start_run() as recorded:
        pass
    with mlflow.start_run(log_system_metrics=False) as not_recorded:
        pass
    mlflow.disable_system_metrics_logging()
    with mlflow.start_run() as nor_this:
        pass

    assert metrics_of(recorded.info.run_id).keys() >= ALWAYS_THERE
    assert metrics_of(not_recorded.info.run_id) == metrics_of(nor_this.info.run_id) == {}


def test_several_samples_make_one_point() -> None:
    mlflow.set_system_metrics_samples_before_logging(1000)
    with mlflow.start_run(log_system_metrics=True) as run:
        time.sleep(0.3)

    assert steps(run.info.run_id) == [0]


def test_the_point_is_the_mean_of_its_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    run = mlflow.MlflowClient().create_run("0")
    monitor = SystemMetricsMonitor(run.info.run_id)

    monitor._publish([{"a": 1.0, "b": 5.0}, {"a": 3.0}])

    assert metrics_of(run.info.run_id) == {"system/a": 2.0, "system/b": 5.0}


def test_a_machine_can_have_a_name() -> None:
    mlflow.set_system_metrics_node_id("node-1")
    with mlflow.start_run(log_system_metrics=True) as run:
        pass

    assert "system/node-1/cpu_utilization_percentage" in metrics_of(run.info.run_id)


def test_a_resumed_run_counts_on() -> None:
    with mlflow.start_run(log_system_metrics=True) as run:
        pass
    before = len(steps(run.info.run_id))
    with mlflow.start_run(run_id=run.info.run_id, log_system_metrics=True):
        pass

    assert len(set(steps(run.info.run_id))) > before
    assert steps(run.info.run_id) == list(range(len(steps(run.info.run_id))))


def test_trouble_with_sampling_does_not_disturb_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(self: object) -> dict[str, float]:
        raise OSError("sensor on fire")

    monkeypatch.setattr(samplers.CpuSampler, "sample", fail)
    with mlflow.start_run(log_system_metrics=True) as run:
        time.sleep(0.15)

    assert mlflow.get_run(run.info.run_id).info.status == "FINISHED"
    assert "sensor on fire" in capsys.readouterr().err


def test_without_psutil_the_run_goes_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def missing() -> list[Any]:
        raise ImportError("No module named 'psutil'")

    monkeypatch.setattr(samplers, "samplers", missing)
    with mlflow.start_run(log_system_metrics=True) as run:
        pass

    assert mlflow.get_run(run.info.run_id).info.status == "FINISHED"
    assert "System metrics are not recorded: No module named 'psutil'" in capsys.readouterr().err


def test_defaults_come_back() -> None:
    mlflow.set_system_metrics_samples_before_logging(5)
    for setter in (
        mlflow.set_system_metrics_sampling_interval,
        mlflow.set_system_metrics_samples_before_logging,
        mlflow.set_system_metrics_node_id,
    ):
        setter(None)

    assert not [name for name in os.environ if name.startswith("MLFLOW_SYSTEM_METRICS")]
