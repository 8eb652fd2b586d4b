"""Where we answer otherwise than MLflow on purpose: the whole list, with reasons.

A place that differs and is not here fails the tests; so does an entry that no longer happens, or happens otherwise.
"""

from __future__ import annotations

import json
from typing import Any

from tests.compat.environments import VERSIONS
from tests.compat.known import Difference, Known, Rule
from tests.compat.transcripts import ABSENT


def error_answer(status: int, error_code: str) -> dict[str, Any]:
    """The answer every refused request gets from us."""
    return {"status": status, "type": "application/json", "body": {"error_code": error_code, "message": "<text>"}}


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


def _refused_instead_of_ignored(where: str, theirs: Any, ours: Any) -> bool:
    """Tell whether a value of a wrong type was silently dropped or cut by them, and is refused by us."""
    return (
        _status(theirs) == 200
        and ours == error_answer(400, "INVALID_PARAMETER_VALUE")
        and any(word in where for word in _ODD_TYPES)
    )


_ODD_TYPES = (
    "wrong types", "many spellings", "log-inputs items", "log-batch items", "params are written once", "limits",
    "by stage", "fractional end time", "tags of new runs",
)  # fmt: skip


def _nothing_stored(where: str, theirs: Any, ours: Any) -> bool:
    return any(word in where for word in _ODD_TYPES) and isinstance(theirs, list) and ours in (None, ABSENT)


def _with_size_of_empty_files(where: str, theirs: Any, ours: Any) -> bool:
    """Tell whether the listings differ by `"file_size": 0` only."""
    if _status(theirs) != 200 or _status(ours) != 200 or "files" not in ours["body"]:
        return False
    files = [
        {key: value for key, value in file.items() if (key, value) != ("file_size", 0)}
        for file in ours["body"]["files"]
    ]
    return bool({**ours["body"], "files": files} == theirs["body"])


def _ok(body: Any) -> dict[str, Any]:
    return {"status": 200, "type": "application/json", "body": body}


def _html(status: int) -> dict[str, Any]:
    return {"status": status, "type": "text/html", "body": "<html>"}


def _session_error(name: str, error_code: str | None) -> dict[str, Any]:
    return {"error": {"class": name, "error_code": error_code}}


def _error(value: Any) -> tuple[str, str | None] | None:
    """Class and code of an error in a session's transcript; None when it is something else."""
    if isinstance(value, dict) and set(value) == {"error"}:
        return value["error"]["class"], value["error"]["error_code"]
    return None


_OURS = ("MlflowException", "RestException")


def _same_code(where: str, theirs: Any, ours: Any) -> bool:
    left, right = _error(theirs), _error(ours)
    return bool(left and right and left[0] in _OURS and right[0] in _OURS and left[1] == right[1])


def _accident(where: str, theirs: Any, ours: Any) -> bool:
    left = _error(theirs)
    accidental = left is not None and left[0] in ("TypeError", "ValueError", "OverflowError", "OSError", "Exception")
    return accidental and _error(ours) == ("MlflowException", "INVALID_PARAMETER_VALUE")


def _callers_mistake(where: str, theirs: Any, ours: Any) -> bool:
    return _error(theirs) == ("MlflowException", "INTERNAL_ERROR") and _error(ours) == (
        "MlflowException",
        "INVALID_PARAMETER_VALUE",
    )


REFUSED = error_answer(400, "INVALID_PARAMETER_VALUE")
_TAKEN = error_answer(400, "RESOURCE_ALREADY_EXISTS")
_BROKEN_CONSTRAINT = error_answer(400, "BAD_REQUEST")
_NOT_FOUND = error_answer(404, "RESOURCE_DOES_NOT_EXIST")


def _at(prefix: str, reason: str, *places: tuple[str, Any, Any]) -> tuple[Difference, ...]:
    """Several differences of one reason, inside one step."""
    return tuple(Difference(f"{prefix} / {where}", theirs, ours, reason) for where, theirs, ours in places)


def _statuses(prefix: str, reason: str, theirs: int, ours: int, *places: str) -> tuple[Difference, ...]:
    return _at(prefix, reason, *((place, theirs, ours) for place in places))


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
    Rule("what was refused was not stored", _nothing_stored),
    Rule("the size of an empty file is 0, not unknown", _with_size_of_empty_files),
    _is_refused("POST runs/search: bodies", "a body that cannot be read is refused, also where nothing is required"),
    # -- experiments
    *_at(
        "POST experiments/update: wrong types",
        "a taken name is told as such, without the SQL statement",
        ("new_name is text", _BROKEN_CONSTRAINT, _TAKEN),
    ),
    *_at(
        "the life of an experiment",
        "a taken name is told as such, and renaming what is deleted is the caller's mistake",
        ("rename to a taken name", _BROKEN_CONSTRAINT, _TAKEN),
        ("rename deleted", error_answer(500, "INVALID_STATE"), REFUSED),
    ),
    *_at(
        "experiments that cannot be made",
        "of a tag given twice the later one counts, everywhere",
        ("a tag twice", _TAKEN, _ok({"experiment_id": "exp-1"})),
    ),
    *_at(
        "experiments that cannot be made",
        "the query of a location is not a path",
        ("location with a query", REFUSED, _ok({"experiment_id": "exp-1"})),
    ),
    _is_refused(
        "experiments that cannot be made / location of dots", "a location may not lead out of the artifact root"
    ),
    _is_refused("experiments that cannot be made / name of spaces", "a name of nothing but spaces cannot be seen"),
    _is_refused("experiment ids that cannot be", "an experiment id is digits and nothing else"),
    *_at(
        "experiment ids that cannot be",
        "an experiment id is digits and nothing else, at most what the database counts to",
        ("-1", _NOT_FOUND, REFUSED),
        ("1" * 30, error_answer(500, "INTERNAL_ERROR"), REFUSED),
    ),
    *_at(
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
    *_at(
        "runs in experiments that are not there",
        "an experiment id is digits and nothing else",
        ("-1", _NOT_FOUND, REFUSED),
    ),
    *_at(
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
    *_at(
        "runs that are not there",
        "a missing run is an error, not an empty history; an id that no run can have is refused",
        ("get-history", _ok({}), _NOT_FOUND),
        ("long id", _NOT_FOUND, REFUSED),
        ("odd id", _NOT_FOUND, REFUSED),
        ("path", _NOT_FOUND, REFUSED),
    ),
    _is_refused("runs/search whole answers / a number", "an experiment id is text"),
    *_at(
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
    *_at(
        "metric values in many spellings",
        "Python's spellings of NaN and infinity are read; they store 0 at time 0",
        ("'nan' / 1 / 0 / timestamp", 0, 1),
        ("'nan' / 1 / 0 / value", 0.0, "NaN"),
        ("inf / 1 / 0 / timestamp", 0, 1),
        ("inf / 1 / 0 / value", 0.0, 1.7976931348623157e308),
    ),
    *_at(
        "bare NaN and Infinity in the body",
        "what Python's json module writes is read; they store 0",
        ("NaN / 1 / 0 / value", 0.0, "NaN"),
        ("Infinity / 1 / 0 / value", 0.0, 1.7976931348623157e308),
        ("-Infinity / 1 / 0 / value", 0.0, -1.7976931348623157e308),
    ),
    _is_refused("metrics/get-history / max_results ", "a limit that is no number is refused"),
    _is_refused("metrics/get-history-bulk / limit of zero", "a limit of zero is refused, as in get-history"),
    # -- inputs
    *_at(
        "log-inputs items",
        "a tag given twice is no broken constraint; the first stays, as when the dataset is logged again",
        ("tag twice / 0", _BROKEN_CONSTRAINT, _ok({})),
        (
            "tag twice / 1 / dataset_inputs",
            ABSENT,
            [
                {
                    "dataset": {"name": "n", "digest": "d", "source_type": "local", "source": "{}"},
                    "tags": [{"key": "a", "value": "1"}],
                }
            ],
        ),
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
    *_at(
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
    *_at("get-artifact", "a missing parameter is a bad request", ("no run", 404, 400)),
    *_at(
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
    *_at(
        "unknown routes by POST", "no redirects: a POST would lose its body", ("/api/2.0/mlflow//runs/create", 308, 404)
    ),
    *_at("methods that only ask", "a Call has one method", ("HEAD runs/get", 400, 405), ("OPTIONS runs/get", 204, 404)),
    *_at("a GET with a body", "a GET has no body", ("body only", 200, 400)),
)


# -- What every client sees of our server's decisions.
_INVALID = _session_error("RestException", "INVALID_PARAMETER_VALUE")
_INTERNAL = _session_error("MlflowException", "INTERNAL_ERROR")


def _understood(*steps: tuple[str, list[str]]) -> tuple[Difference, ...]:
    return tuple(
        Difference(step, _INVALID, found, "the filter language of runs and experiments takes more than MLflow's")
        for step, found in steps
    )


SEARCHES: tuple[Known, ...] = (
    *_understood(
        ("search_experiments: attributes.name = 'P.sea alpha'", ["sea alpha"]),
        ("search_experiments: attr.name = 'P.sea alpha'", ["sea alpha"]),
        ("search_experiments: experiment_id = ID", ["sea Beta"]),
        ("search_experiments: name IN ('P.sea alpha')", ["sea alpha"]),
        ("search_runs: params.size IN ('1', '2')", ["one", "two"]),
        ("search_runs: tags.colour IN ('red')", ["five", "one", "three"]),
        ("search_runs: tags.colour RLIKE 'r.*'", ["five", "one", "three"]),
        ("search_runs: status IN ('FAILED')", ["three"]),
        ("search_runs: run_name IN ('two')", ["two"]),
        ("search_runs: params.size = '3' OR params.size = '2'", ["three", "two"]),
        ("search_runs: NOT params.size = '3'", ["five", "four", "one", "two"]),
        ("search_runs: (params.size = '3')", ["three"]),
        ("search_runs:    ", ["five", "four", "one", "three", "two"]),
        ("search_runs: metrics.acc IS NULL", ["five"]),
        ("search_runs: tags.colour NOT LIKE 'r%'", ["four", "two"]),
        ("search_runs ordered by `run name` DESC", ["two", "three", "one", "four", "five"]),
        ("search_runs ordered by attributes.`Run Name`", ["five", "four", "one", "three", "two"]),
    ),
    Difference("search_runs: params. = '3'", [], _INVALID, "a param without a name is a slip"),
    Difference(
        "search_runs ordered by metrics.",
        ["five", "four", "three", "two", "one"],
        _INVALID,
        "so is a metric without one",
    ),
    *(
        Difference(
            f"search_runs ordered by {order}", _INTERNAL, _INVALID, "a caller's mistake is not an internal error"
        )
        for order in ("metrics.acc | metrics.acc DESC", "run_name | run_name")
    ),
)
_OUR_SERVER: tuple[Known, ...] = (
    *SEARCHES,
    *_at(
        "unknown experiment ids",
        "an experiment id is digits and nothing else, at most what the database counts to",
        ("-1", _session_error("RestException", "RESOURCE_DOES_NOT_EXIST"), _INVALID),
        ("99999999999999999999999", _INTERNAL, _INVALID),
    ),
    *_at(
        "renaming an experiment",
        "a taken name is told as such, without the SQL statement",
        (
            "to a taken name",
            _session_error("RestException", "BAD_REQUEST"),
            _session_error("RestException", "RESOURCE_ALREADY_EXISTS"),
        ),
    ),
    Difference(
        "renaming a deleted experiment is refused", _INTERNAL, _INVALID, "a caller's mistake is not an internal error"
    ),
    *_at(
        "runs that are not there",
        "a missing run is an error, not an empty history",
        ("get_metric_history", [], _session_error("RestException", "RESOURCE_DOES_NOT_EXIST")),
    ),
    *_at(
        "a folder of files",
        "the size of an empty file is 0, not unknown",
        ("5", ["empty.txt", False, None], ["empty.txt", False, 0]),
    ),
)
_NAMELESS_DATASETS = _at(
    "dataset fields that are too long",
    "a dataset without a name or a digest cannot be told from another",
    ("empty digest", [None, 1], [_INVALID, 0]),
    ("empty name", [None, 1], [_INVALID, 0]),
)
_ALL_CLIENTS: tuple[Known, ...] = (
    *_OUR_SERVER,
    *_NAMELESS_DATASETS,
    *_at(
        "a run in an experiment that is not there",
        "a run without an experiment is a missing parameter, not a broken foreign key",
        ("", _session_error("RestException", "BAD_REQUEST"), _INVALID),
    ),
    Rule(
        "odd artifact paths end otherwise: backslashes are refused, doubled slashes and `.` steps mean nothing",
        lambda where, theirs, ours: (
            where.startswith("paths that lead outside / ")
            and where.endswith((" / a\\b", " / a//b", " / ./a", " / a#b", " / kept"))
        ),
    ),
)
CLIENTS: dict[str, tuple[Known, ...]] = dict.fromkeys(VERSIONS, _ALL_CLIENTS)


# -- What our SDK does otherwise, whichever server it talks to.
SDK: tuple[Known, ...] = (
    Rule(
        "RestException is for what a server said: a mistake seen before anything was sent is a MlflowException, its "
        "base class, with the same code; and what MlflowException wraps there is passed on here",
        _same_code,
    ),
    Rule("a wrong argument is a MlflowException with a code, not an accident in the wire library", _accident),
    Rule("a caller's mistake is INVALID_PARAMETER_VALUE, not INTERNAL_ERROR", _callers_mistake),
)
SDK_WITH_OUR_SERVER: tuple[Known, ...] = ()
SDK_WITH_THEIR_SERVER: tuple[Known, ...] = ()
