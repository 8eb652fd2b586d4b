"""The one assertion of these tests, with a message one can work from."""

from __future__ import annotations

from collections.abc import Iterable

from tests.compat.known import Known, sort_out
from tests.compat.transcripts import Transcript, compare

SHOWN = 10


def assert_same(theirs: Transcript, ours: Transcript, known: Iterable[Known]) -> None:
    """Fail unless the transcripts differ exactly where the known differences say."""
    mismatches = compare(theirs, ours)
    unexplained, unneeded = sort_out(mismatches, known)
    lines = [str(one) for one in unexplained[:SHOWN]]
    if len(unexplained) > SHOWN:
        lines.append(f"… and {len(unexplained) - SHOWN} more")
    lines += [f"no longer so, remove it from differences.py: {one}" for one in unneeded[:SHOWN]]
    heading = f"{len(unexplained)} unexplained differences, {len(unneeded)} explanations without a difference"
    assert (unexplained, unneeded) == ([], []), "\n".join([heading, *lines])
