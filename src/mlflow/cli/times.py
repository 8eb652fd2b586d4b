"""Times as people and scripts read them."""

from __future__ import annotations

from datetime import UTC, datetime


def local_time(moment_ms: int) -> str:
    """Return milliseconds since the Unix epoch as local date and time, such as `2026-11-23 15:25:41 UTC`."""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def utc_time(moment_ms: int | None) -> str:
    """Return milliseconds since the Unix epoch as `2026-11-23 15:25:41.692+00:00`; empty for None."""
    if moment_ms is None:
        return ""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(" ", "milliseconds")
