"""What the server counts about itself, in Prometheus's format at `/metrics`."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from mlflow.version import MLFLOW_VERSION, VERSION

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Measures:
    """Counters of one server process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        info = Gauge("headrace_info", "Version of this server.", ["version", "mlflow_version"], registry=self._registry)
        info.labels(VERSION, MLFLOW_VERSION).set(1)
        self._seconds = Histogram(
            "headrace_call_duration_seconds",
            "Time from the request's last byte to the answer, by Call.",
            ["call"],
            buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self._registry,
        )
        self._errors = Counter(
            "headrace_call_errors_total",
            "Answers that were errors, by Call and status.",
            ["call", "status"],
            registry=self._registry,
        )

    def of(self, call: str) -> Histogram:
        """Return the clock of one Call."""
        return self._seconds.labels(call)

    def count_error(self, call: str, status: int) -> None:
        """Count an error that was answered."""
        self._errors.labels(call, str(status)).inc()

    def text(self) -> bytes:
        """Return everything in Prometheus's text format."""
        return generate_latest(self._registry)
