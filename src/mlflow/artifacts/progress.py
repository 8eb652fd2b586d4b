"""How far a transfer has come."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]
"""Told `(bytes done, bytes in all)`, from whichever thread moved them; the second grows while folders are listed."""


class Meter:
    """Adds up the bytes of all files of one transfer and reports them. Shared between threads."""

    def __init__(self, report: Progress | None = None, total: int = 0) -> None:
        self._report = report
        self._total = total
        self._done = 0
        self._lock = threading.Lock()

    def advance(self, count: int) -> None:
        """Count bytes that were moved; a negative number when some have to be moved again."""
        if self._report is not None:
            with self._lock:
                self._done += count
                self._total = max(self._total, self._done)
                self._report(self._done, self._total)

    def expect(self, count: int) -> None:
        """Count bytes that are still to come."""
        with self._lock:
            self._total += count


SILENT = Meter()
"""Reports to nobody."""


@contextmanager
def progress_bar(title: str) -> Iterator[Progress | None]:
    """Show a bar on the terminal while the block runs, and give the `Progress` that moves it.

    Gives None, and shows nothing, when standard error is no terminal or MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR is false.
    """
    from mlflow.environment_variables import MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR

    if not sys.stderr.isatty() or not MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.get():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total or None)
