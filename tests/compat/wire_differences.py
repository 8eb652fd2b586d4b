"""Where our server answers requests otherwise than MLflow's on purpose: the whole list, with reasons."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.compat.known import Difference, Known, Rule, at
from tests.compat.transcripts import ABSENT


def error_answer(status: int, error_code: str) -> dict[str, Any]:
    """The answer every refused request gets from us."""
    return {"status": status, "type": "application/json", "body": {"error_code": error_code, "message": "<text>"}}


def _ok(body: Any) -> dict[str, Any]:
    return {"status": 200, "type": "application/json", "body": body}


def _html(status: int) -> dict[str, Any]:
    return {"status": status, "type": "text/html", "body": "<html>"}


REFUSED = error_answer(400, "INVALID_PARAMETER_VALUE")
_TAKEN = error_answer(400, "RESOURCE_ALREADY_EXISTS")
_BROKEN_CONSTRAINT = error_answer(400, "BAD_REQUEST")
_NOT_FOUND = error_answer(404, "RESOURCE_DOES_NOT_EXIST")


def _is_our_error(ours: Any, *statuses: int) -> bool:
    """Tell whether an answer is an error in the documented shape, with one of the statuses."""
    return (
        isinstance(ours, dict)
        and ours.get("status") in statuses
        and ours.get("type") == "application/json"
        and isinstance(ours.get("body"), dict)
        and {"error_code", "message"} <= set(ours["body"])
    )


def _is_html(theirs: Any, status: int) -> bool:
    return isinstance(theirs, dict) and theirs.get("status") == status and theirs.get("type") == "text/html"


def _status(answer: Any) -> Any:
    return answer.get("status") if isinstance(answer, dict) else None


def _with_empty_outputs(where: str, theirs: Any, ours: Any) -> bool:
    """Tell whether our new run differs by `"outputs": {}` only."""
    if _status(theirs) != 200 or _status(ours) != 200 or set(ours["body"]) != {"run"}:
        return False
    run = {key: value for key, value in ours["body"]["run"].items() if key != "outputs" or value}
    return bool(theirs["body"] == {"run": run})


def _with_size_of_empty_files(where: str, theirs: Any, ours: Any) -> bool:
    """Tell whether the listings differ by `"file_size": 0` only."""
    if _status(theirs) != 200 or _status(ours) != 200 or "files" not in ours["body"]:
        return False
    files = [
        {key: value for key, value in file.items() if (key, value) != ("file_size", 0)}
        for file in ours["body"]["files"]
    ]
    return bool({**ours["body"], "files": files} == theirs["body"])


# Values that they drop, cut or store as something else without a word.
_SILENTLY_CHANGED = re.compile(
    r"POST runs/[\w-]+: wrong types / (start_time|end_time|max_results|step|timestamp) is (a fraction|true)"
    r"|POST runs/create: wrong types / user_id is (a fraction|a list|a number|an object|true)"
    r"|POST runs/update: wrong types / status is (a fraction|text|true)"
    r"|POST runs/log-metric: wrong types / value is true"
    r"|experiments/search by stage / (0|9|True|BOGUS|active_only|GET |GET BOGUS)"
    r"|experiments/search limits / page_token eyJvZmZzZXQiOiAtMX0="
    r"|start times in many spellings / (77\.5|9223372036854775808|True)"
    r"|tags of new runs / (not an object|value is a number|without key)"
    r"|statuses in many spellings / (''|'BOGUS'|'finished'|True) / 0"
    r"|runs/update / fractional end time"
    r"|metric (values|times|steps) in many spellings / (True|False|12\.7|9223372036854775808) / [01]"
    r"|log-batch items / (metric with a fractional time|param with a number) / (answer|data / (metrics|params))"
    r"|log-inputs items / (a text|tag without key|(without|empty) [\w ]+|\w+ is a number) / (0|1 / dataset_inputs)"
)


def _refused_instead_of_ignored(where: str, theirs: Any, ours: Any) -> bool:
    """Tell whether such a value was refused by us, and nothing of it stored."""
    return bool(_SILENTLY_CHANGED.fullmatch(where)) and (ours == REFUSED or ours in (None, ABSENT))


def _statuses(prefix: str, reason: str, theirs: int, ours: int, *places: str) -> tuple[Difference, ...]:
    return at(prefix, reason, *((place, theirs, ours) for place in places))


def _is_refused(step: str, reason: str) -> Rule:
    """A rule for everything that is 200 for them and refused by us, in the places that start with `step`."""
    return Rule(
        reason, lambda where, theirs, ours: where.startswith(step) and _status(theirs) == 200 and ours == REFUSED
    )


WIRE: tuple[Known, ...] = (
    # -- decisions that show in many places
    Rule(
        "a wrong method is answered in the documented error shape, not with an HTML page",
        lambda where, theirs, ours: _is_html(theirs, 405) and _is_our_error(ours, 405),
    ),
    Rule(
        "a body that is JSON but not an object is the caller's mistake, not an internal error",
        lambda where, theirs, ours: _is_html(theirs, 500) and _is_our_error(ours, 400),
    ),
    Rule(
        "null means that a field is not given, also where it makes them fail",
        lambda where, theirs, ours: _is_html(theirs, 500) and "null" in where and _status(ours) == 200,
    ),
    Rule(
        "media types are compared without regard to case",
        lambda where, theirs, ours: where.endswith("upper case content type") and _status(ours) == 200,
    ),
    Rule(
        "camelCase is read everywhere, in query strings and for every field",
        lambda where, theirs, ours: where.endswith("camelCase") and (_status(theirs), _status(ours)) == (400, 200),
    ),
    Rule(
        "a run without an experiment is a missing parameter, not a broken foreign key",
        lambda where, theirs, ours: (
            where.startswith("POST runs/create") and theirs == _BROKEN_CONSTRAINT and ours == REFUSED
        ),
    ),
    Rule("a new run carries an empty `outputs`, as every other run does", _with_empty_outputs),
    Rule("a value of a wrong type is refused, never dropped or cut in silence", _refused_instead_of_ignored),
    Rule("the size of an empty file is 0, not unknown", _with_size_of_empty_files),
    _is_refused("POST runs/search: bodies", "a body that cannot be read is refused, also where nothing is required"),
    # -- experiments
    *at(
        "POST experiments/update: wrong types",
        "a taken name is told as such, without the SQL statement",
        ("new_name is text", _BROKEN_CONSTRAINT, _TAKEN),
    ),
    *at(
        "the life of an experiment",
        "a taken name is told as such, and renaming what is deleted is the caller's mistake",
        ("rename to a taken name", _BROKEN_CONSTRAINT, _TAKEN),
        ("rename deleted", error_answer(500, "INVALID_STATE"), REFUSED),
    ),
    *at(
        "experiments that cannot be made",
        "of a tag given twice the later one counts, everywhere",
        ("a tag twice", _TAKEN, _ok({"experiment_id": "exp-1"})),
    ),
    _is_refused(
        "experiments that cannot be made / location of dots", "a location may not lead out of the artifact root"
    ),
    _is_refused("experiments that cannot be made / name of spaces", "a name of nothing but spaces cannot be seen"),
    _is_refused("experiment ids that cannot be", "an experiment id is digits and nothing else"),
    *at(
        "experiment ids that cannot be",
        "an experiment id is digits and nothing else, at most what the database counts to",
        ("-1", _NOT_FOUND, REFUSED),
        ("1" * 30, error_answer(500, "INTERNAL_ERROR"), REFUSED),
    ),
    *at(
        "experiments/search filters that are refused",
        "the filter language has OR",
        ("name = 'a' OR name = 'b'", REFUSED, _ok({})),
    ),
    # -- runs
    Rule(
        "of a tag given twice the later one counts, everywhere",
        lambda where, theirs, ours: (
            where == "tags of new runs / twice" and theirs == _BROKEN_CONSTRAINT and _status(ours) == 200
        ),
    ),
    *at(
        "runs in experiments that are not there",
        "an experiment id is digits and nothing else",
        ("-1", _NOT_FOUND, REFUSED),
    ),
    *at(
        "run_uuid instead of run_id",
        "run_uuid is read for every call on a run",
        ("delete", _NOT_FOUND, _ok({})),
        ("restore", _NOT_FOUND, _ok({})),
        ("delete-tag", _NOT_FOUND, REFUSED),
    ),
    Rule(
        "runUuid is read, so the run is renamed",
        lambda where, theirs, ours: (
            where == "run_uuid instead of run_id / afterwards" and ours["body"]["run"]["info"]["run_name"] == "x"
        ),
    ),
    *at(
        "runs that are not there",
        "a missing run is an error, not an empty history; an id that no run can have is refused",
        ("get-history", _ok({}), _NOT_FOUND),
        ("long id", _NOT_FOUND, REFUSED),
        ("odd id", _NOT_FOUND, REFUSED),
        ("path", _NOT_FOUND, REFUSED),
    ),
    _is_refused("runs/search whole answers / a number", "an experiment id is text"),
    *at(
        "runs/search fields in many spellings",
        "what cannot be meant is refused, as everywhere; null means not given",
        ("max_results 1.5", [["runs"], ["n4", "n3", "n2", "n1", "n0"]], REFUSED),
        ("view 0", [["runs"], ["n4", "n3", "n2", "n1", "n0"]], REFUSED),
        ("view BOGUS", [["runs"], ["n4", "n3", "n2", "n1", "n0"]], REFUSED),
        ("order twice", error_answer(500, "INTERNAL_ERROR"), REFUSED),
        ("max_results None", _html(500), [["runs"], ["n4", "n3", "n2", "n1", "n0"]]),
    ),
    Rule(
        "a logged model is kept as it was sent",
        lambda where, theirs, ours: (
            where == "runs/log-model / tags / 0 / value"
            and json.loads(theirs)[0].items() >= json.loads(ours)[0].items()
        ),
    ),
    # -- metrics
    *at(
        "metric values in many spellings",
        "Python's spellings of NaN and infinity are read; they store 0 at time 0",
        ("'nan' / 1 / 0 / timestamp", 0, 1),
        ("'nan' / 1 / 0 / value", 0.0, "NaN"),
        ("inf / 1 / 0 / timestamp", 0, 1),
        ("inf / 1 / 0 / value", 0.0, 1.7976931348623157e308),
    ),
    *at(
        "bare NaN and Infinity in the body",
        "what Python's json module writes is read; they store 0",
        ("NaN / 1 / 0 / value", 0.0, "NaN"),
        ("Infinity / 1 / 0 / value", 0.0, 1.7976931348623157e308),
        ("-Infinity / 1 / 0 / value", 0.0, -1.7976931348623157e308),
    ),
    _is_refused("metrics/get-history / max_results ", "a limit that is no number is refused"),
    _is_refused("metrics/get-history-bulk / limit of zero", "a limit of zero is refused, as in get-history"),
    # -- inputs
    *at(
        "log-inputs items", "a tag given twice is the caller's mistake", ("tag twice / 0", _BROKEN_CONSTRAINT, REFUSED)
    ),
    # -- artifacts
    Rule(
        "listed paths have no `.` steps",
        lambda where, theirs, ours: (
            where.startswith("artifacts/list of paths that lead outside")
            and _status(theirs) == _status(ours) == 200
            and "./" in json.dumps(theirs)
            and "./" not in json.dumps(ours)
        ),
    ),
    _is_refused("artifacts/list of paths that lead outside", "backslashes separate folders on Windows"),
    *at(
        "the proxy stores and returns files",
        "every error has the documented shape",
        ("get a folder", {"status": 400, "type": "application/json", "body": {"detail": "<opaque>"}}, REFUSED),
    ),
    *_statuses(
        "the proxy refuses paths that lead outside",
        "a path with backslashes, NUL or a drive letter is refused in every method",
        200,
        400,
        *(f"{path} / {method}" for path in ("..%5cx", "a%00b", "a%5cb", "c:%5cx") for method in ("put", "delete")),
    ),
    *_statuses(
        "the proxy refuses paths that lead outside",
        "a path with backslashes, NUL or a drive letter is refused in every method",
        404,
        400,
        *(f"{path} / get" for path in ("..%5cx", "a%00b", "a%5cb")),
    ),
    *_statuses(
        "the proxy refuses paths that lead outside",
        "inside a folder, doubled slashes and `.` steps mean nothing",
        500,
        200,
        *(f"{path} / put" for path in ("%2fetc%2fpasswd", "./x", "/etc/passwd", "file:%2f%2f%2fetc%2fpasswd")),
    ),
    *at("get-artifact", "a missing parameter is a bad request", ("no run", 404, 400)),
    *at(
        "multipart uploads where the store has none",
        "uploads in parts work for folders too",
        (
            "create",
            error_answer(501, "NOT_IMPLEMENTED"),
            _ok(
                {
                    "upload_id": "<opaque>",
                    "credentials": [{"url": "<opaque>", "part_number": part, "headers": {}} for part in (1, 2)],
                }
            ),
        ),
        ("complete", error_answer(501, "NOT_IMPLEMENTED"), _NOT_FOUND),
        ("abort", error_answer(501, "NOT_IMPLEMENTED"), _ok({})),
    ),
    # -- routes
    *at(
        "unknown routes by POST", "no redirects: a POST would lose its body", ("/api/2.0/mlflow//runs/create", 308, 404)
    ),
    *at("methods that only ask", "a Call has one method", ("HEAD runs/get", 400, 405), ("OPTIONS runs/get", 204, 404)),
)
