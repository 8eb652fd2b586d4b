"""Logging in the background: callers hand over values and go on; one thread for each store sends them in batches.

Everything handed over is sent: the queue is bounded, and a caller waits when it is full; when the interpreter ends,
what is left is sent first.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from mlflow.api import Call
from mlflow.client.batches import batches
from mlflow.entities import Metric, Param, RunTag
from mlflow.environment_variables import MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS
from mlflow.exceptions import MlflowException
from mlflow.logging_utils import get_logger
from mlflow.store.registry import store_for
from mlflow.utils.async_logging.run_operations import RunOperations

QUEUE_LIMIT = 100_000
"""Values that may wait; a caller that would exceed it waits until some are sent."""

_log = get_logger(__name__)


class Entry:
    """Values of one run that were handed over together, and the future that tells how they fared."""

    __slots__ = ("future", "metrics", "params", "run_id", "tags")

    def __init__(self, run_id: str, metrics: Sequence[Metric], params: Sequence[Param], tags: Sequence[RunTag]) -> None:
        self.run_id, self.metrics, self.params, self.tags = run_id, metrics, params, tags
        self.future: Future[None] = Future()

    def __len__(self) -> int:
        return len(self.metrics) + len(self.params) + len(self.tags)


class BackgroundLog:
    """Sends entries to one store, in the order they came, many in one call.

    Args:
        send: does a Call.
    """

    def __init__(self, send: Callable[[Call[Any]], Any]) -> None:
        self._send = send
        self._waiting: deque[Entry] = deque()
        self._count = 0  # values waiting
        self._busy = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, entry: Entry) -> RunOperations:
        """Hand over values; blocks only while the queue is full."""
        with self._changed:
            while self._count and self._count + len(entry) > QUEUE_LIMIT:
                self._changed.wait()
            self._waiting.append(entry)
            self._count += len(entry)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="mlflow-background-log", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return RunOperations([entry.future])

    def flush(self) -> None:
        """Wait until everything handed over so far is sent or has failed."""
        with self._changed:
            while self._waiting or self._busy:
                self._changed.wait()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
            if pause := MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS.get():
                time.sleep(pause)
            with self._changed:
                entries = list(self._waiting)
                self._waiting.clear()
                self._count = 0
                self._busy = True
                self._changed.notify_all()
            try:
                for group in _groups(entries):
                    self._deliver(group)
            finally:
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()

    def _deliver(self, entries: list[Entry]) -> None:
        """Send entries of one run together; when that is refused, one by one, so that only the bad one fails."""
        metrics = [metric for entry in entries for metric in entry.metrics]
        params = list({param.key: param for entry in entries for param in entry.params}.values())
        tags = list({tag.key: tag for entry in entries for tag in entry.tags}.values())
        try:
            for call in batches(entries[0].run_id, metrics, params, tags):
                self._send(call)
        except Exception as error:
            if len(entries) > 1 and _is_refusal(error):
                for entry in entries:
                    self._deliver([entry])
                return
            _log.error("Run %s: values could not be logged: %s", entries[0].run_id, error)
            for entry in entries:
                entry.future.set_exception(error)
        else:
            for entry in entries:
                entry.future.set_result(None)


def _is_refusal(error: Exception) -> bool:
    return isinstance(error, MlflowException) and 400 <= error.get_http_status_code() < 500


def _groups(entries: list[Entry]) -> list[list[Entry]]:
    """Put entries of one run together; a param that comes again with another value starts a new group."""
    groups: list[list[Entry]] = []
    current: dict[str, tuple[list[Entry], dict[str, str]]] = {}
    for entry in entries:
        group, params = current.get(entry.run_id, (None, {}))
        changed = any(params.get(param.key, param.value) != param.value for param in entry.params)
        if group is None or changed:
            group, params = [], {}
            groups.append(group)
            current[entry.run_id] = (group, params)
        group.append(entry)
        params.update({param.key: param.value for param in entry.params})
    return groups


class BackgroundUploads:
    """Runs uploads one after the other on a thread of its own."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Callable[[], None], Future[None]]] = deque()
        self._busy = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, upload: Callable[[], None]) -> RunOperations:
        """Hand over an upload."""
        future: Future[None] = Future()
        with self._changed:
            self._waiting.append((upload, future))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="mlflow-background-uploads", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return RunOperations([future])

    def flush(self) -> None:
        """Wait until every upload handed over so far is done or has failed."""
        with self._changed:
            while self._waiting or self._busy:
                self._changed.wait()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                upload, future = self._waiting.popleft()
                self._busy = True
            try:
                upload()
            except Exception as error:
                _log.error("An artifact could not be uploaded: %s", error)
                future.set_exception(error)
            else:
                future.set_result(None)
            finally:
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()


_logs: dict[tuple[int, str], BackgroundLog] = {}
_uploads: dict[int, BackgroundUploads] = {}
_lock = threading.Lock()


def background_log(tracking_uri: str) -> BackgroundLog:
    """Return this process's background log for a store."""
    with _lock:
        key = (os.getpid(), tracking_uri)
        if key not in _logs:
            _logs[key] = BackgroundLog(lambda call: store_for(tracking_uri).call(call))
        return _logs[key]


def background_uploads() -> BackgroundUploads:
    """Return this process's queue of uploads."""
    with _lock:
        return _uploads.setdefault(os.getpid(), BackgroundUploads())


def flush_logs() -> None:
    """Wait until all values handed over so far are stored."""
    for (pid, _), log in list(_logs.items()):
        if pid == os.getpid():  # a parent process sends its own
            log.flush()


def flush_uploads() -> None:
    """Wait until all artifacts handed over so far are stored."""
    if queue := _uploads.get(os.getpid()):
        queue.flush()


@atexit.register
def _flush_all() -> None:
    flush_uploads()
    flush_logs()
