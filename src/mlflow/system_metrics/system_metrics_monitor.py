"""The thread that samples the machine while a run is active."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from mlflow.entities import Metric
from mlflow.environment_variables import (
    MLFLOW_SYSTEM_METRICS_NODE_ID,
    MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING,
    MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL,
)
from mlflow.logging_utils import get_logger

if TYPE_CHECKING:
    from mlflow.client import MlflowClient
    from mlflow.system_metrics.samplers import Sampler

DEFAULT_INTERVAL_SECONDS = 10.0
FAILURES_BEFORE_GIVING_UP = 10
_FINISH_SECONDS = 10.0

_log = get_logger(__name__)


class SystemMetricsMonitor:
    """Samples CPU, memory, disk, network and GPUs and logs them as `system/…` metrics. Never disturbs the training.

    Args:
        run_id: the run to log to.
        sampling_interval: seconds between two samples; MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL wins.
        samples_before_logging: samples averaged into one point; MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING wins.
        resume_logging: count steps on from those that the run has already.
        node_id: name of this machine in the keys, `system/<node>/…`; MLFLOW_SYSTEM_METRICS_NODE_ID wins.
        tracking_uri: where the run lives; the one in force when left out.

    Raises:
        ImportError: psutil is not installed.
    """

    def __init__(
        self,
        run_id: str,
        sampling_interval: float = DEFAULT_INTERVAL_SECONDS,
        samples_before_logging: int = 1,
        resume_logging: bool = False,
        node_id: str | None = None,
        tracking_uri: str | None = None,
    ) -> None:
        from mlflow.client import MlflowClient
        from mlflow.system_metrics.samplers import samplers

        self._run_id = run_id
        self._client: MlflowClient = MlflowClient(tracking_uri)
        self._interval = MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL.get() or sampling_interval
        self._samples = max(1, MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING.get() or samples_before_logging)
        node = MLFLOW_SYSTEM_METRICS_NODE_ID.get() or node_id
        self._prefix = f"system/{node}/" if node else "system/"
        self._samplers: list[Sampler] = samplers()
        self._step = self._next_step() if resume_logging else 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="mlflow-system-metrics", daemon=True)

    def start(self) -> None:
        """Begin to sample."""
        self._thread.start()

    def finish(self) -> None:
        """Log what is left and stop; waits for a call that is under way, but not for ever."""
        self._stopping.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_FINISH_SECONDS)

    def _next_step(self) -> int:
        history = self._client.get_metric_history(self._run_id, f"{self._prefix}cpu_utilization_percentage")
        return max((point.step for point in history), default=-1) + 1

    def _work(self) -> None:
        failures = 0
        gathered: list[dict[str, float]] = []
        while True:
            stopping = self._stopping.wait(self._interval)
            try:
                gathered.append(self._sample())
                if len(gathered) >= self._samples or stopping:
                    self._publish(gathered)
                    gathered = []
                failures = 0
            except Exception as error:
                failures += 1
                gathered = []
                _log.warning("System metrics of run %s could not be logged: %s", self._run_id, error)
                if failures >= FAILURES_BEFORE_GIVING_UP:
                    _log.warning("Recording system metrics of run %s is given up.", self._run_id)
                    return
            if stopping:
                return

    def _sample(self) -> dict[str, float]:
        return {name: value for sampler in self._samplers for name, value in sampler.sample().items()}

    def _publish(self, gathered: list[dict[str, float]]) -> None:
        """Log the mean of each value."""
        from mlflow.client.base import now_ms

        now = now_ms()
        values: dict[str, list[float]] = {}
        for sample in gathered:
            for name, value in sample.items():
                values.setdefault(name, []).append(value)
        points = [
            Metric(f"{self._prefix}{name}", sum(seen) / len(seen), now, self._step) for name, seen in values.items()
        ]
        self._client.log_batch(self._run_id, metrics=points, synchronous=True)
        self._step += 1
