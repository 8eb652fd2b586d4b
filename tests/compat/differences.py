"""Where clients see our server, or our SDK behaves, otherwise than MLflow on purpose: the whole list, with reasons.

Prompts are in `prompt_differences.py`; what differs on the wire alone is in `wire_differences.py`. A place that differs
and is in no list fails the tests; so does an entry that no longer happens, or happens otherwise.
"""

from __future__ import annotations

from typing import Any

from tests.compat.environments import VERSIONS
from tests.compat.known import Difference, Known, Rule, at
from tests.compat.prompt_differences import PROMPTS_OF_CLIENTS, PROMPTS_OF_SDK, PROMPTS_WITH_OUR_SERVER


def session_error(name: str, error_code: str | None) -> dict[str, Any]:
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


def _backslash_is_refused(where: str, theirs: Any, ours: Any) -> bool:
    return where.startswith("paths that lead outside") and "a\\b" in where and (ours == [] or _error(ours) is not None)


# -- What every client sees of our server's decisions.
_INVALID = session_error("RestException", "INVALID_PARAMETER_VALUE")
_INTERNAL = session_error("MlflowException", "INTERNAL_ERROR")


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
    *at(
        "unknown experiment ids",
        "an experiment id is digits and nothing else, at most what the database counts to",
        ("-1", session_error("RestException", "RESOURCE_DOES_NOT_EXIST"), _INVALID),
        ("99999999999999999999999", _INTERNAL, _INVALID),
    ),
    *at(
        "renaming an experiment",
        "a taken name is told as such, without the SQL statement",
        (
            "to a taken name",
            session_error("RestException", "BAD_REQUEST"),
            session_error("RestException", "RESOURCE_ALREADY_EXISTS"),
        ),
    ),
    Difference(
        "renaming a deleted experiment is refused", _INTERNAL, _INVALID, "a caller's mistake is not an internal error"
    ),
    *at(
        "runs that are not there",
        "a missing run is an error, not an empty history",
        ("get_metric_history", [], session_error("RestException", "RESOURCE_DOES_NOT_EXIST")),
    ),
    *at(
        "a folder of files",
        "the size of an empty file is 0, not unknown",
        ("5", ["empty.txt", False, None], ["empty.txt", False, 0]),
    ),
)
_NAMELESS_DATASETS = at(
    "dataset fields that are too long",
    "a dataset without a name or a digest cannot be told from another",
    ("empty digest", [None, 1], [_INVALID, 0]),
    ("empty name", [None, 1], [_INVALID, 0]),
)
_ALL_CLIENTS: tuple[Known, ...] = (
    *_OUR_SERVER,
    *_NAMELESS_DATASETS,
    *at(
        "a run in an experiment that is not there",
        "a run without an experiment is a missing parameter, not a broken foreign key",
        ("", session_error("RestException", "BAD_REQUEST"), _INVALID),
    ),
    Rule("an artifact path with a backslash is refused: it separates folders on Windows", _backslash_is_refused),
)
CLIENTS: dict[str, tuple[Known, ...]] = {
    version: _ALL_CLIENTS if version.startswith("2.") else (*_ALL_CLIENTS, *PROMPTS_OF_CLIENTS) for version in VERSIONS
}


# -- What our SDK does otherwise, whichever server it talks to.
_MISTAKE = session_error("MlflowException", "INVALID_PARAMETER_VALUE")
_STATUS = "an unknown status is a MlflowException, which an `except Exception` catches too"


def _texts_of_tags(where: str, theirs: Any, ours: Any) -> bool:
    places = (
        "fluent create_experiment with tags / other types",
        "a run made with everything given",
        "start_run with tags",
    )
    return where.startswith(places) and _error(theirs) == ("TypeError", None) and _error(ours) is None


def _odd_path(where: str, theirs: Any, ours: Any) -> bool:
    """Tell whether a path that could be misread was refused before anything was sent, and nothing was stored."""
    return (
        where.startswith("paths that lead outside")
        and any(sign in where for sign in ("..", "a\\b", "a#b", "%2e", "/etc"))
        and (ours == [] or ours == _MISTAKE)
    )


def _redundant_steps(where: str, theirs: Any, ours: Any) -> bool:
    """Tell whether a path with `.` or empty steps worked, where theirs failed or kept them in its answer."""
    return (
        where.startswith("paths that lead outside") and (" / ./a" in where or " / a//b" in where) and not _error(ours)
    )


_NEWER_KEYS = {"effective_trace_archival_retention", "trace_location", "workspace"}

SDK: tuple[Known, ...] = (
    *PROMPTS_OF_SDK,
    Rule(
        "RestException is for what a server said: a mistake seen before anything was sent is a MlflowException, its "
        "base class, with the same code; and what MlflowException wraps there is passed on here",
        _same_code,
    ),
    Rule("a wrong argument is a MlflowException with a code, not an accident in the wire library", _accident),
    Rule("a caller's mistake is INVALID_PARAMETER_VALUE, not INTERNAL_ERROR", _callers_mistake),
    Rule("tags become text, as in 2.22 and 3.7; 3.17 stumbles over its wire library", _texts_of_tags),
    Rule("artifact paths that could be misread are refused before anything is sent", _odd_path),
    Rule("doubled slashes and `.` steps in artifact paths mean nothing", _redundant_steps),
    Rule(
        "fields that are newer than 3.7",
        lambda where, theirs, ours: (
            where == "experiments as dictionaries and as iterables / keys" and set(theirs) - set(ours) == _NEWER_KEYS
        ),
    ),
    *at(
        "a run in an experiment that is not there",
        "a run without an experiment is a missing parameter, not a broken foreign key",
        ("", session_error("RestException", "BAD_REQUEST"), _MISTAKE),
    ),
    *at(
        "steps of every size",
        "True is a step, as in 2.22 and 3.7",
        ("True", session_error("TypeError", None), [[1.0, 1, 1]]),
    ),
    *at(
        "dataset fields that are too long",
        "a dataset without a name or a digest cannot be told from another",
        ("empty digest", [None, 1], [_MISTAKE, 0]),
        ("empty name", [None, 1], [_MISTAKE, 0]),
    ),
    *at(
        "the digest follows the data",
        "how MLflow computes digests is not documented; ours follow the data just as well",
        ("numpy", ["ebd67c81", "ebd67c81", "301ef25b"], ["9ec13b1b", "9ec13b1b", "0cc0dbac"]),
        ("pandas", ["b3842183", "b3842183", "ab950879"], ["c1d08c3c", "c1d08c3c", "46571057"]),
    ),
    Rule(
        "the objects of mlflow.types come with saving models; until then a schema is what is stored: plain data",
        lambda where, theirs, ours: (
            where.startswith("schemas are objects of mlflow.types") and _error(ours) == ("AttributeError", None)
        ),
    ),
    *at(
        "a file that is not there",
        "a folder that is not there is an error, not silence",
        ("log_artifacts", None, session_error("NotADirectoryError", None)),
    ),
    *at(
        "artifact names that are unusual",
        "`#` is refused; theirs cuts the name there",
        ("answers / hash#tag.txt", None, _MISTAKE),
        ("loaded / hash#tag.txt", "content of hash#tag.txt", _MISTAKE),
    ),
    *at("image keys and steps that are refused", "a step is a number", ("step", None, _MISTAKE)),
    *(
        Difference(where, session_error("Exception", None), session_error("MlflowException", "INTERNAL_ERROR"), _STATUS)
        for where in (
            "set_terminated with a status that is none / answer",
            "update_run with a status that is none / answer",
            "RunStatus knows its names and numbers / unknown name",
            "RunStatus knows its names and numbers / unknown number",
        )
    ),
)

_UNUSUAL = [
    [".hidden", False, 18],
    ["a'b.txt", False, 18],
    ["hash", False, 23],
    ["per\ufffdnt.txt", False, 23],
    ["plus+and&=.txt", False, 25],
    ["q", False, 21],
    ["with space.txt", False, 25],
    ["ünï çode 実験.txt", False, 33],
]


def _unusual(percent: str) -> tuple[Difference, ...]:
    """The listing of unusual names: nothing is cut off, and `hash#tag.txt` was refused."""
    named = [[{"q": "q?mark.txt", "per\ufffdnt.txt": percent}.get(str(name), name), *more] for name, *more in _UNUSUAL]
    ours = [item for item in named if item[0] != "hash"]
    return at("artifact names that are unusual", "names are escaped once and stay whole", ("listing", _UNUSUAL, ours))


SDK_WITH_OUR_SERVER: tuple[Known, ...] = (*_OUR_SERVER, *PROMPTS_WITH_OUR_SERVER, *_unusual("per%cent.txt"))
SDK_WITH_THEIR_SERVER: tuple[Known, ...] = (
    *_unusual("per\ufffdnt.txt"),  # their server decodes twice
    Difference(
        "renaming a deleted experiment is refused",
        _INTERNAL,
        session_error("RestException", "INVALID_STATE"),
        "what the server said is passed on, not wrapped",
    ),
)
