"""Every field of every Call, filled with what its declaration never meant."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlflow.api import CALLS, Call
from tests.faults.forked import ForkedServer
from tests.faults.wire import Wire
from tests.search.test_properties import SENTENCES

_TEXTS = st.sampled_from(
    [
        *("", " ", "0", "1", "-1", "²", "٣", "1e5", "9" * 5000, "x" * 9000, "[" * 9000, "{"),
        *("a\x00b", "\x00", "\ud800", "a\udfff", "\U0010ffff", "NaN", "Infinity", "null", "true", "..", "../.."),
        *("%", "%%%s", "_", "\\", "'", '"', "`", "'; DROP TABLE runs; --", "ACTIVE_ONLY", "FINISHED", "s3://b/../c"),
        *("runs:/x", "mlflow.runName", "mlflow.log-model.history"),
    ]
)
_NUMBERS = st.sampled_from(
    [0, 1, -1, 3, 2**31, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**400, 0.5, -0.0, 1e308]
) | st.sampled_from([float("nan"), float("inf"), float("-inf")])
_ANYTHING = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS | st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_FILTERS = SENTENCES | st.sampled_from(
    [
        "metrics.m > 0.5 AND params.p LIKE '%a\x00%'",
        "tags.t ILIKE '%ß\\%' OR NOT dataset.name = 'd'",
        "params.p RLIKE '\\pN(?P<n>x)\\z' AND attributes.start_time > 99999999999999999999999",
        "attributes.end_time != -9223372036854775809 AND run_id IN ('\ud800')",
        "tags.`mlflow.prompt.is_prompt` = 'true' AND NOT tags.t RLIKE '[' OR name ILIKE '%ß'",
        "tags.`mlflow.prompt.is_prompt` != 'false' AND version_number > '99999999999999999999'",
    ]
)
_ORDERS = st.lists(
    st.sampled_from(["metrics.m DESC", "params.`p`", "tags.t", "start_time", "end_time ASC", "name", "nothing", ""]),
    max_size=3,
)


def _token(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


# Tokens that look like ours: a list of a digest and values, or of a point's four numbers.
_TOKENS = _TEXTS | st.lists(_NUMBERS | _TEXTS, max_size=5).flatmap(
    lambda values: st.sampled_from([_token(values), _token(["e3b0c442", values]), _token({"a": values})])
)


def _values(field: str, run_id: str) -> st.SearchStrategy[Any]:
    """Return strategies of a field by its name: mostly what leads further, now and then anything at all."""
    known: dict[str, st.SearchStrategy[Any]] = {
        "run_id": st.just(run_id),
        "run_uuid": st.just(run_id),
        "run_ids": st.just([run_id]),
        "experiment_id": st.just("0"),
        "experiment_ids": st.just(["0"]),
        "filter": _FILTERS,
        "order_by": _ORDERS,
        "page_token": _TOKENS,
        "max_results": st.sampled_from([1, 2, 100]) | _NUMBERS,
        "key": st.just("m") | _TEXTS,
        "metric_key": st.just("m") | _TEXTS,
        "metrics": st.lists(_parts("key", "value", "timestamp", "step", "model_id"), max_size=3),
        "params": st.lists(_parts("key", "value"), max_size=3),
        "tags": st.lists(_parts("key", "value"), max_size=3),
        "model_json": _TEXTS | _parts("artifact_path", "flavors", "utc_time_created", "run_id").map(json.dumps),
        "datasets": st.lists(
            st.fixed_dictionaries(
                {"dataset": _parts("name", "digest", "source_type", "source", "schema", "profile")},
                optional={"tags": st.lists(_parts("key", "value"), max_size=2)},
            ),
            max_size=2,
        ),
        "models": st.lists(_parts("model_id", "step"), max_size=2),
        "name": st.sampled_from(["m", "folder/p"]) | _TEXTS,
        "new_name": _TEXTS,
        "version": st.sampled_from([1, "1", "2"]) | _TEXTS | _NUMBERS,
        "alias": st.sampled_from(["prod", "latest"]) | _TEXTS,
        "source": st.sampled_from(["dummy-source", "s3://b/c", "models:/m/1", "models:/m@prod", "http://[", "/x"])
        | _TEXTS,
        "stage": st.sampled_from(["Staging", "none"]) | _TEXTS,
        "query": st.sampled_from(["word", '"a word" other', "NOT (", "a:* & b", "'"]) | _TEXTS,
        "path": st.sampled_from(["folder", ""]) | _TEXTS,
    }
    likely = known.get(field, _TEXTS | _NUMBERS)
    return st.integers(0, 7).flatmap(lambda die: _ANYTHING if die == 0 else likely)


def _parts(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: st.just("m") | _TEXTS | _NUMBERS for name in names})


def _requests(call: type[Call[Any]], run_id: str) -> st.SearchStrategy[dict[str, Any]]:
    names = [field.encode_name for field in msgspec.structs.fields(call)]
    required = {name: _values(name, run_id) for name in names if name in ("run_id", "experiment_id", "experiment_ids")}
    return st.fixed_dictionaries(
        required, optional={name: _values(name, run_id) for name in names if name not in required}
    )


@pytest.fixture(scope="module")
def wire(server: ForkedServer) -> Iterator[Wire]:
    opened = Wire(server.port)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def run_id(wire: Wire) -> str:
    made = wire.post("runs/create", {"experiment_id": "0"}).body["run"]["info"]["run_id"]
    for step in range(5):
        point = {"run_id": made, "key": "m", "value": step, "timestamp": step, "step": step}
        assert wire.post("runs/log-metric", point).status == 200
    is_prompt = {"key": "mlflow.prompt.is_prompt", "value": "true"}
    for name, source, tags in (("m", "s3://b/c", []), ("folder/p", "dummy-source", [is_prompt])):
        assert wire.post("registered-models/create", {"name": name, "tags": tags}).status == 200
        for version in ("1", "2"):
            assert wire.post("model-versions/create", {"name": name, "source": source, "tags": tags}).status == 200
            alias = {"name": name, "alias": "prod", "version": version}
            assert wire.post("registered-models/alias", alias).status == 200
    return str(made)


def _is_deletion(call: type[Call[Any]]) -> bool:
    """What everything is tried on must stay."""
    kept = ("DeleteRun", "DeleteExperiment", "UpdateExperiment", "DeleteRegisteredModel", "RenameRegisteredModel")
    return call.__name__ in (*kept, "DeleteModelVersion")


@pytest.mark.parametrize("call", [call for call in CALLS if not _is_deletion(call)], ids=lambda call: call.__name__)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_value_is_the_servers_fault(call: type[Call[Any]], wire: Wire, run_id: str, data: st.DataObject) -> None:
    body = data.draw(_requests(call, run_id))
    path = call.route.paths[0]

    if call.route.method == "GET":
        answer = wire.send("GET", f"{path}?{_query(body)}")
    else:
        content = json.dumps(body).encode()
        answer = wire.send(call.route.method, path, content, {"Content-Type": "application/json"})

    assert answer.status < 500, answer
    assert answer.status == 200 or set(answer.body) >= {"error_code", "message"}, answer


def _query(body: dict[str, Any]) -> str:
    pairs = [(name, item) for name, value in body.items() for item in (value if isinstance(value, list) else [value])]
    # Cut, because a server of HTTP refuses long URLs before anybody looks at them.
    return "&".join(f"{name}={quote(str(value)[:500].encode(errors='surrogatepass'))}" for name, value in pairs)
