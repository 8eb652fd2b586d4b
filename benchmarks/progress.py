"""Progress lines for whoever waits, on the error stream; the tables go to standard output."""

from __future__ import annotations

import sys
import time

_STARTED = time.monotonic()


def elapsed() -> str:
    """Time since the benchmark began, as `m:ss`."""
    seconds = int(time.monotonic() - _STARTED)
    return f"{seconds // 60}:{seconds % 60:02d}"


def say(line: str) -> None:
    """Write one progress line with the time since the start before it."""
    print(f"[{elapsed():>6}] {line}", file=sys.stderr, flush=True)
