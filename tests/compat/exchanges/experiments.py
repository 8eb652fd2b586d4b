"""What only experiments do."""

from __future__ import annotations

from typing import Any

from tests.compat.wire import Wire, exchange

UNKNOWN = "999999999"


@exchange("an experiment with tags")
def _(wire: Wire) -> Any:
    tags = [{"key": "a", "value": "1"}, {"key": "b"}, {"key": "c", "value": ""}]
    made = wire.new_experiment("tagged", tags=tags)
    return wire.get("experiments/get", experiment_id=made)


@exchange("the default experiment")
def _(wire: Wire) -> Any:
    return wire.get("experiments/get", experiment_id="0").json()["experiment"]["name"]


@exchange("experiments that cannot be made")
def _(wire: Wire) -> Any:
    def make(**body: Any) -> Any:
        return wire.post("experiments/create", body)

    name = wire.name("cannot")
    wire.new_experiment("taken")
    return {
        "taken": make(name=wire.name("taken")),
        "501 characters": make(name="x" * 501),
        "location with a fragment": make(name=name, artifact_location="s3://b/x#y"),
        "location of a run": make(name=name, artifact_location="runs:/a/b"),
        "location of 2049 characters": make(name=name, artifact_location="s3://b/" + "x" * 2042),
        "location with a query": make(name=name, artifact_location="s3://b/x?y=.."),
        "location of dots": make(name=name, artifact_location="mlflow-artifacts:/../../x"),
        "tag key": make(name=wire.name("tag key"), tags=[{"key": "a*b", "value": "x"}]),
        "tag without key": make(name=wire.name("no key"), tags=[{"value": "x"}]),
        "tags as an object": make(name=wire.name("tag object"), tags={"a": "b"}),
        "a tag twice": make(name=wire.name("tag twice"), tags=[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]),
        "name of spaces": make(name="   "),
    }


@exchange("experiments that are not there")
def _(wire: Wire) -> Any:
    return {
        "get": wire.get("experiments/get", experiment_id=UNKNOWN),
        "get by name": wire.get("experiments/get-by-name", experiment_name=wire.name("nobody")),
        "delete": wire.post("experiments/delete", {"experiment_id": UNKNOWN}),
        "restore": wire.post("experiments/restore", {"experiment_id": UNKNOWN}),
        "update": wire.post("experiments/update", {"experiment_id": UNKNOWN, "new_name": wire.name("x")}),
        "set tag": wire.post("experiments/set-experiment-tag", {"experiment_id": UNKNOWN, "key": "a", "value": "b"}),
        "delete tag": wire.post("experiments/delete-experiment-tag", {"experiment_id": UNKNOWN, "key": "a"}),
    }


@exchange("experiment ids that cannot be")
def _(wire: Wire) -> Any:
    ids = ("abc", "-1", "1.5", " 1", "1 ", "0x1", "1" * 30, "00", "+1", "%31", "x" * 70, "é")
    return {text: wire.get("experiments/get", experiment_id=text) for text in ids}


@exchange("the life of an experiment")
def _(wire: Wire) -> Any:
    made = {"experiment_id": wire.new_experiment("life")}
    other = {"experiment_id": wire.new_experiment("other life")}
    return {
        "rename": wire.post("experiments/update", {**made, "new_name": wire.name("second life")}),
        "rename to a taken name": wire.post("experiments/update", {**other, "new_name": wire.name("second life")}),
        "by the old name": wire.get("experiments/get-by-name", experiment_name=wire.name("life")),
        "by the new name": wire.get("experiments/get-by-name", experiment_name=wire.name("second life")),
        "delete": wire.post("experiments/delete", made),
        "delete again": wire.post("experiments/delete", made),
        "get": wire.get("experiments/get", **made),
        "rename deleted": wire.post("experiments/update", {**made, "new_name": wire.name("third life")}),
        "tag deleted": wire.post("experiments/set-experiment-tag", {**made, "key": "a", "value": "b"}),
        "delete tag of deleted": wire.post("experiments/delete-experiment-tag", {**made, "key": "a"}),
        "run in deleted": wire.post("runs/create", {**made, "start_time": 1}),
        "same name again": wire.post("experiments/create", {"name": wire.name("second life")}),
        "restore": wire.post("experiments/restore", made),
        "restore again": wire.post("experiments/restore", made),
    }


@exchange("experiment tags")
def _(wire: Wire) -> Any:
    made = {"experiment_id": wire.new_experiment("tags")}

    def set_tag(key: Any, **more: Any) -> Any:
        return wire.post("experiments/set-experiment-tag", {**made, "key": key, **more})

    return {
        "set": set_tag("a", value="1"),
        "replace": set_tag("a", value="2"),
        "empty": set_tag("b", value=""),
        "no value": set_tag("c"),
        "null": set_tag("d", value=None),
        "bad key": set_tag("a*b", value="x"),
        "long key": set_tag("k" * 251, value="x"),
        "long value": set_tag("long", value="v" * 20001),
        "delete": wire.post("experiments/delete-experiment-tag", {**made, "key": "b"}),
        "delete again": wire.post("experiments/delete-experiment-tag", {**made, "key": "b"}),
        "result": wire.get("experiments/get", **made),
    }


def _sea(wire: Wire) -> Any:
    return wire.once("sea", lambda: [wire.new_experiment(f"sea {number}") for number in range(5)])


@exchange("experiments/search in both methods")
def _(wire: Wire) -> Any:
    _sea(wire)
    mine = f"name LIKE '{wire.prefix}.sea%'"
    query = [("max_results", 2), ("filter", mine), ("order_by", "name DESC"), ("order_by", "creation_time")]
    body = {"max_results": 2, "filter": mine, "order_by": ["name DESC"]}
    return {
        "GET": wire.send("GET", "experiments/search", query=query),
        "POST": wire.post("experiments/search", body),
        "POST, numbers as text": wire.post("experiments/search", {**body, "max_results": "2"}),
        "POST, camelCase": wire.post("experiments/search", {"maxResults": 2, "filter": mine, "orderBy": ["name"]}),
        "POST, a text as order": wire.post("experiments/search", {**body, "order_by": "name"}),
        "no hits": wire.post("experiments/search", {"max_results": 2, "filter": "name = 'nobody'"}),
    }


@exchange("experiments/search by stage")
def _(wire: Wire) -> Any:
    deleted = wire.new_experiment("tide gone")
    wire.new_experiment("tide here")
    wire.post("experiments/delete", {"experiment_id": deleted})
    body = {"max_results": 9, "filter": f"name LIKE '{wire.prefix}.tide%'", "order_by": ["name"]}
    views: tuple[Any, ...] = (
        "ACTIVE_ONLY",
        "DELETED_ONLY",
        "ALL",
        1,
        2,
        3,
        0,
        9,
        "3",
        "active_only",
        "BOGUS",
        None,
        [],
        True,
    )
    answers = {str(view): wire.post("experiments/search", {**body, "view_type": view}) for view in views}
    query = [(name, one) for name, one in (("max_results", 9), ("filter", body["filter"]), ("order_by", "name"))]
    for view in ("ALL", "2", "BOGUS", ""):
        answers[f"GET {view}"] = wire.send("GET", "experiments/search", query=[*query, ("view_type", view)])
    return answers


@exchange("experiments/search page by page")
def _(wire: Wire) -> Any:
    _sea(wire)
    body = {"max_results": 2, "filter": f"name LIKE '{wire.prefix}.sea%'", "order_by": ["name"]}
    pages, token = [], ""
    while True:
        answer = wire.post("experiments/search", {**body, **({"page_token": token} if token else {})}).json()
        token = answer.get("next_page_token", "")
        pages.append([sorted(answer), [one["name"] for one in answer["experiments"]], bool(token)])
        if not token:
            return pages


@exchange("experiments/search limits")
def _(wire: Wire) -> Any:
    values = (0, -1, 50_001, 50_000, "x", 1.5, 2**40, True)
    found = {
        f"max_results {value}": wire.post("experiments/search", {"max_results": value, "filter": "name = 'nobody'"})
        for value in values
    }
    tokens = ("nonsense", "", "eyJvZmZzZXQiOiAwfQ==", "eyJvZmZzZXQiOiAtMX0=", "e30=", 5)
    for token in tokens:
        body = {"max_results": 1, "filter": "name = 'nobody'", "page_token": token}
        found[f"page_token {token}"] = wire.post("experiments/search", body)
    return found


@exchange("experiments/search filters that are refused")
def _(wire: Wire) -> Any:
    filters = (
        "nonsense",
        "name",
        "name = ",
        "name > 'x'",
        "name = 5",
        "metrics.a > 1",
        "a = 'b'",
        "name = 'a' OR name = 'b'",
    )
    return {text: wire.post("experiments/search", {"max_results": 1, "filter": text}) for text in filters}


@exchange("experiments/search orders that are refused")
def _(wire: Wire) -> Any:
    orders = ("nonsense", "name SIDEWAYS", "tags.a", "", "name ASC DESC")
    return {text: wire.post("experiments/search", {"max_results": 1, "order_by": [text]}) for text in orders}


@exchange("search-datasets")
def _(wire: Wire) -> Any:
    made = wire.new_experiment("datasets")
    run_id = wire.new_run(experiment_id=made)
    dataset = {"name": "n", "digest": "d", "source_type": "local", "source": "{}"}
    tags = [{"key": "mlflow.data.context", "value": "train"}]
    wire.post("runs/log-inputs", {"run_id": run_id, "datasets": [{"tags": tags, "dataset": dataset}]})
    path = "/ajax-api/2.0/mlflow/experiments/search-datasets"
    return {
        "one": wire.post(path, {"experiment_ids": [made]}),
        "none given": wire.post(path, {"experiment_ids": []}),
        "nothing given": wire.post(path, {}),
        "without datasets": wire.post(path, {"experiment_ids": [wire.experiment_id]}),
        "unknown": wire.post(path, {"experiment_ids": [UNKNOWN]}),
        "21": wire.post(path, {"experiment_ids": [made] * 21}),
        "a text": wire.post(path, {"experiment_ids": made}),
    }
