"""What the server counts about itself, in Prometheus's format at `/metrics`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from mlflow.version import MLFLOW_VERSION, VERSION

CONTENT_TYPE = CONTENT_TYPE_LATEST
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds


class Clock:
    """How long one Call takes; used by the event loop alone, so it needs none of prometheus-client's locks."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(_BUCKETS) + 1)
        self.seconds = 0.0

    def observe(self, seconds: float) -> None:
        """Count one answer."""
        self.counts[bisect_left(_BUCKETS, seconds)] += 1
        self.seconds += seconds


class _Clocks(Collector):
    def __init__(self) -> None:
        self.of: dict[str, Clock] = {}

    def collect(self) -> Iterator[HistogramMetricFamily]:
        found = HistogramMetricFamily(
            "headrace_call_duration_seconds",
            "Time from the request's last byte to the answer, by Call.",
            labels=["call"],
        )
        for call, clock in self.of.items():
            below, buckets = 0, []
            for bound, count in zip((*map(float, _BUCKETS), "+Inf"), clock.counts, strict=True):
                below += count
                buckets.append((str(bound), float(below)))
            if below:
                found.add_metric([call], buckets, clock.seconds)
        yield found


class Measures:
    """Counters of one server process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        info = Gauge("headrace_info", "Version of this server.", ["version", "mlflow_version"], registry=self._registry)
        info.labels(VERSION, MLFLOW_VERSION).set(1)
        self._clocks = _Clocks()
        self._registry.register(self._clocks)
        self._errors = Counter(
            "headrace_call_errors_total",
            "Answers that were errors, by Call and status.",
            ["call", "status"],
            registry=self._registry,
        )
        self._deliveries = Counter(
            "headrace_webhook_deliveries_total",
            "Attempts to tell a webhook something, by what came of them.",
            ["outcome"],
            registry=self._registry,
        )

    def watch_listeners(self, count: Callable[[], int]) -> None:
        """Show how many listen to events."""
        Gauge("headrace_event_listeners", "Open streams of events.", registry=self._registry).set_function(count)

    def of(self, call: str) -> Clock:
        """Return the clock of one Call."""
        return self._clocks.of.setdefault(call, Clock())

    def count_error(self, call: str, status: int) -> None:
        """Count an error that was answered."""
        self._errors.labels(call, str(status)).inc()

    def count_delivery(self, outcome: str) -> None:
        """Count an attempt to tell a webhook something: it arrived, was postponed, or failed for good."""
        self._deliveries.labels(outcome).inc()

    def text(self) -> bytes:
        """Return everything in Prometheus's text format."""
        return generate_latest(self._registry)
