"""Limits and name rules that several Calls share; numbers and rules are those of MLflow (its REST documentation)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache

from mlflow.entities import Metric, Param, RunStatus, ViewType
from mlflow.entities.base import NAN, WireFloat
from mlflow.environment_variables import MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH, MLFLOW_TRUNCATE_LONG_VALUES
from mlflow.exceptions import InvalidParameter

KEY_LIMIT = 250
PARAM_VALUE_LIMIT = 6000
TAG_VALUE_LIMIT = 8000
EXPERIMENT_NAME_LIMIT = 500
EXPERIMENT_TAG_VALUE_LIMIT = 20_000
BATCH_METRICS_LIMIT = 1000
BATCH_PARAMS_LIMIT = 100
BATCH_TAGS_LIMIT = 100
BATCH_TOTAL_LIMIT = 1000
SEARCH_LIMIT = 50_000
INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)
LARGEST_FLOAT = 1.7976931348623157e308

_KEY = re.compile(r"[/\w.\- :]*")
_RUN_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}")
_STATUS_NAMES = {
    given: name
    for number in RunStatus.all_status()
    for name in [RunStatus.to_string(number)]
    for given in (name, str(number))
}


@lru_cache(maxsize=16_384)
def key_fault(key: str) -> str | None:
    """Say what is wrong with a metric, param or tag key, or None. Cached: the same few keys come again and again."""
    if key == "":
        return "it is empty"
    if len(key) > KEY_LIMIT:
        return f"it is {len(key)} characters long; at most {KEY_LIMIT} are allowed"
    if not _KEY.fullmatch(key):
        return "names may only contain letters, digits, underscores, dashes, periods, spaces, colons and slashes"
    if key.startswith("/") or key.endswith("/") or any(part in ("", ".", "..") for part in key.split("/")):
        return "it must be a normal relative path: no leading, trailing or double slash, no '.' or '..' step"
    return None


def check_key(kind: str, key: str) -> None:
    """Refuse a metric, param or tag key that breaks the rules."""
    if fault := key_fault(key):
        shown = key if len(key) <= 80 else key[:80] + "…"
        raise InvalidParameter(f"Invalid {kind} name: {shown!r}: {fault}.")


def fit_value(kind: str, key: str, value: str, limit: int) -> str:
    """Return the value cut to `limit` characters, or refuse it when MLFLOW_TRUNCATE_LONG_VALUES is false."""
    if len(value) <= limit:
        return value
    if MLFLOW_TRUNCATE_LONG_VALUES.get():
        return value[:limit]
    raise InvalidParameter(
        f"The value of {kind} {key!r} is {len(value)} characters long; at most {limit} are allowed. "
        "Shorten it, or set MLFLOW_TRUNCATE_LONG_VALUES=true to have it cut."
    )


def fit_metric_value(value: float) -> float:
    """Return the value as it is stored: NaN in its travelling form, ±infinity as the largest float (as MLflow does)."""
    if math.isnan(value):
        return NAN
    if math.isinf(value):
        return LARGEST_FLOAT if value > 0 else -LARGEST_FLOAT
    if type(value) is WireFloat:
        return float(value)
    return value


def check_point(key: str, timestamp: int, step: int) -> None:
    """Refuse a metric point with a bad key, time or step."""
    if key_fault(key):
        check_key("metric", key)
    if timestamp < 0 or timestamp > INT64_MAX:
        raise InvalidParameter(
            f"The timestamp of metric {key!r} is {timestamp}; it must be milliseconds since the Unix epoch, 0 or more."
        )
    if not INT64_MIN <= step <= INT64_MAX:
        raise InvalidParameter(f"The step of metric {key!r} is {step}; it must fit into 64 bits.")


def check_time(name: str, value: int | None) -> None:
    """Refuse a time that does not fit into 64 bits."""
    if value is not None and not INT64_MIN <= value <= INT64_MAX:
        raise InvalidParameter(f"Invalid value {value} for parameter '{name}': it must fit into 64 bits.")


def check_batch(metrics: list[Metric], params: list[Param], tag_count: int) -> None:
    """Refuse a batch that is too large, or that names a param twice."""
    counts = (
        ("metrics", len(metrics), BATCH_METRICS_LIMIT),
        ("params", len(params), BATCH_PARAMS_LIMIT),
        ("tags", tag_count, BATCH_TAGS_LIMIT),
        ("metrics, params and tags", len(metrics) + len(params) + tag_count, BATCH_TOTAL_LIMIT),
    )
    for what, count, limit in counts:
        if count > limit:
            raise InvalidParameter(
                f"A batch logging request can contain at most {limit} {what}. Got {count}. Please split up {what} "
                "across multiple requests and try again."
            )
    keys = [param.key for param in params]
    if len(set(keys)) < len(keys):
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise InvalidParameter(f"Duplicate parameter keys have been submitted: {twice}. Each may be given once.")


def check_run_id(run_id: str) -> None:
    """Refuse what can never be a run's id."""
    if run_id == "":
        raise InvalidParameter("Missing value for required parameter 'run_id'.")
    if not _RUN_ID.fullmatch(run_id):
        raise InvalidParameter(f"Invalid run ID: {run_id[:80]!r}. Run ids are letters, digits, dashes and underscores.")


def check_experiment_name(name: str, parameter: str) -> None:
    """Refuse an experiment name that is empty or too long."""
    if name.strip() == "":
        raise InvalidParameter(f"Missing value for required parameter '{parameter}': an experiment needs a name.")
    if len(name) > EXPERIMENT_NAME_LIMIT:
        raise InvalidParameter(
            f"Invalid value for parameter '{parameter}': the name is {len(name)} characters long; "
            f"at most {EXPERIMENT_NAME_LIMIT} are allowed."
        )


def check_artifact_location(location: str) -> None:
    """Refuse an artifact location that cannot be a place for artifacts."""
    limit = MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH.get()
    if len(location) > limit:
        raise InvalidParameter(
            f"Invalid artifact location: it is {len(location)} characters long; at most {limit} are allowed."
        )
    if "#" in location or location.startswith("runs:/") or any(ord(char) < 32 for char in location):
        raise InvalidParameter(
            f"Invalid artifact location {location!r}: it may not contain '#', control characters, or be a runs:/ URI."
        )
    if ".." in re.split(r"[/\\?&=]|%2[fF]|%5[cC]", re.sub("%2[eE]", ".", location)):
        raise InvalidParameter(f"Invalid artifact location {location!r}: it may not contain '..' steps.")


def check_max_results(value: int, limit: int) -> None:
    """Refuse a page size outside 1..limit."""
    if not 1 <= value <= limit:
        raise InvalidParameter(
            f"Invalid value {value} for parameter 'max_results': it must be a positive integer, at most {limit}."
        )


def status_name(status: str | int) -> str:
    """Return the name of a run status given by name or number."""
    text = str(status)[:80]
    if text in _STATUS_NAMES:
        return _STATUS_NAMES[text]
    valid = ", ".join(name for name in _STATUS_NAMES if not name.isdigit())
    raise InvalidParameter(f"Invalid value {text!r} for parameter 'status'. Valid: {valid}.")


def view_number(parameter: str, view: str | int) -> int:
    """Return the number of a view type given by name or number."""
    text = str(view)[:80]
    names = {"ACTIVE_ONLY": ViewType.ACTIVE_ONLY, "DELETED_ONLY": ViewType.DELETED_ONLY, "ALL": ViewType.ALL}
    numbers = {str(number): number for number in names.values()}
    if text in names or text in numbers:
        return names.get(text) or numbers[text]
    raise InvalidParameter(f"Invalid value {text!r} for parameter '{parameter}'. Valid: {', '.join(names)}.")


def check_no_repeats(parameter: str, items: Iterable[str]) -> None:
    """Refuse a list that names something twice."""
    seen: set[str] = set()
    for item in items:
        if item in seen:
            raise InvalidParameter(f"Invalid value for parameter '{parameter}': {item!r} is given more than once.")
        seen.add(item)
