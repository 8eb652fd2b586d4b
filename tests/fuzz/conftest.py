"""A server on each database, the same as for the tests of faults."""

from __future__ import annotations

from tests.faults.conftest import server, uri

__all__ = ["server", "uri"]
