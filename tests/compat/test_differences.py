"""The list of differences is honest: it explains only what it says."""

from __future__ import annotations

from tests.compat.known import Difference, Rule, sort_out
from tests.compat.transcripts import ABSENT, Mismatch, Transcript, compare


def test_a_difference_explains_only_its_own_place_and_answers() -> None:
    known = Difference("step / key", 500, 400, "the caller's mistake")
    other_place, other_answer = Mismatch("step / other", 500, 400), Mismatch("step / key", 500, 404)

    unexplained, _ = sort_out([Mismatch("step / key", 500, 400), other_place, other_answer], [known])

    assert unexplained == [other_place, other_answer]


def test_an_explanation_that_nothing_needs_is_reported() -> None:
    needed, unneeded = Rule("numbers", lambda where, theirs, ours: ours == 1), Difference("gone", 1, 2, "was so once")

    _, left_over = sort_out([Mismatch("step", 0, 1)], [needed, unneeded])

    assert left_over == [unneeded]


def test_transcripts_are_compared_place_by_place() -> None:
    theirs: Transcript = [{"step": "a", "result": {"x": 1, "y": {"z": 2}}}, {"step": "b", "result": None}]
    ours: Transcript = [{"step": "a", "result": {"x": 1.0, "y": {"z": 3}}}, {"step": "c", "result": True}]

    found = compare(theirs, ours)

    assert found == [
        Mismatch("a / x", 1, 1.0),
        Mismatch("a / y / z", 2, 3),
        Mismatch("b", None, ABSENT),
        Mismatch("c", ABSENT, True),
    ]


def test_an_answer_is_one_place() -> None:
    theirs = {"status": 500, "type": "text/html", "body": "<html>"}
    ours = {"status": 400, "type": "application/json", "body": {"error_code": "BAD_REQUEST", "message": "<text>"}}

    found = compare([{"step": "a", "result": {"x": theirs}}], [{"step": "a", "result": {"x": ours}}])

    assert found == [Mismatch("a / x", theirs, ours)]
