"""What only versions of models do."""

from __future__ import annotations

from typing import Any

from tests.compat.wire import Wire, exchange


def _create(wire: Wire, name: str, source: str, **more: Any) -> Any:
    return wire.post("model-versions/create", {"name": name, "source": source, **more})


@exchange("a version with everything")
def _(wire: Wire) -> Any:
    name = wire.new_model("version with everything")
    tags = [{"key": "a", "value": "1"}, {"key": "b"}, {"key": "a", "value": "2"}]
    body = {"run_id": "abc", "run_link": "http://elsewhere/run", "description": "d", "tags": tags}
    return {
        "made": _create(wire, name, "s3://bucket/x", **body),
        "read": wire.get("model-versions/get", name=name, version="1"),
        "with nothing": _create(wire, name, "s3://bucket/y"),
        "model": wire.model(name),
    }


@exchange("sources of versions")
def _(wire: Wire) -> Any:
    name, run = wire.new_model("sources"), wire.new_run()
    root = wire.run(run).json()["run"]["info"]["artifact_uri"]

    def create(source: str, run_id: str | None = None) -> Any:
        return _create(wire, name, source, **({"run_id": run_id} if run_id else {}))

    return {
        "of the run": create(f"{root}/model", run),
        "the run's root": create(root, run),
        "of the run, without it": create(f"{root}/model"),
        "of another place": create("mlflow-artifacts:/other/place", run),
        "out of the run": create(f"{root}/../../x", run),
        "out of the run, encoded": create(f"{root}/%2e%2e/x", run),
        "runs:/": create(f"runs:/{run}/model", run),
        "runs:/ without it": create(f"runs:/{run}/model"),
        "runs:/ of another": create(f"runs:/{run}/model", "0" * 32),
        "a local path": create("/etc/secrets", run),
        "a local URI": create("file:///etc/secrets", run),
        "a relative path": create("some/model"),
        "elsewhere by http": create("http://elsewhere/model", run),
        "a bucket": create("s3://bucket/x"),
        "a bucket, up": create("s3://bucket/../x"),
        "a bucket, up, encoded": create("s3://bucket/%2e%2e/x"),
        "a bucket with a query": create("s3://bucket/x?y=.."),
        "a bucket with a fragment": create("s3://bucket/x#y"),
        "dbfs": create("dbfs:/x"),
        "a prompt's": create("dummy-source"),
        "a run that is not there": create("s3://bucket/x", "0" * 32),
        "a logged model that is not there": _create(wire, name, "s3://bucket/x", model_id="m-" + "0" * 32),
    }


@exchange("versions of versions")
def _(wire: Wire) -> Any:
    name, copies = wire.new_model("originals"), wire.new_model("copies")
    wire.new_version(name, "s3://bucket/one", run_id="abc")
    wire.new_version(name, "s3://bucket/two")
    wire.post("registered-models/alias", {"name": name, "alias": "prod", "version": "1"})
    suffixes = ("/1", "/2", "/latest", "/Latest", "@prod", "@nobody", "/9", "/None", "/1/2", "")
    answers = {suffix: _create(wire, copies, f"models:/{name}{suffix}") for suffix in suffixes}
    return {
        **answers,
        "of nobody": _create(wire, copies, f"models:/{wire.name('nobody')}/1"),
        "the same run": _create(wire, copies, f"models:/{name}/1", run_id="abc"),
        "another run": _create(wire, copies, f"models:/{name}/1", run_id="other"),
        "a copy": _create(wire, copies, f"models:/{copies}/1"),
        "where they lie": [
            wire.get("model-versions/get-download-uri", name=copies, version=str(number)) for number in range(1, 8)
        ],
    }


@exchange("numbers of versions")
def _(wire: Wire) -> Any:
    name = wire.new_model("numbers")
    wire.new_version(name)
    numbers = ("1", "01", "1.0", "x", "-1", "0", "99", " 1", "²")
    answers = {text: wire.get("model-versions/get", name=name, version=text) for text in numbers}
    for _ in range(2):
        wire.new_version(name)
    return {
        **answers,
        "delete": wire.send("DELETE", "model-versions/delete", {"name": name, "version": "3"}),
        "delete again": wire.send("DELETE", "model-versions/delete", {"name": name, "version": "3"}),
        "get": wire.get("model-versions/get", name=name, version="3"),
        "next": _create(wire, name, "s3://bucket/x"),
        "model": wire.model(name),
    }


@exchange("versions that are not there")
def _(wire: Wire) -> Any:
    name = wire.new_model("no versions")
    one = {"name": name, "version": "7"}
    return {
        "get": wire.get("model-versions/get", **one),
        "update": wire.send("PATCH", "model-versions/update", {**one, "description": "x"}),
        "delete": wire.send("DELETE", "model-versions/delete", one),
        "download uri": wire.get("model-versions/get-download-uri", **one),
        "stage": wire.post("model-versions/transition-stage", {**one, "stage": "Staging"}),
        "set tag": wire.post("model-versions/set-tag", {**one, "key": "a", "value": "b"}),
        "delete tag": wire.send("DELETE", "model-versions/delete-tag", {**one, "key": "a"}),
        "alias": wire.post("registered-models/alias", {**one, "alias": "prod"}),
        "of nobody": wire.get("model-versions/get", name=wire.name("nobody"), version="1"),
        "latest": wire.get("registered-models/alias", name=name, alias="latest"),
        "latest versions": wire.post("registered-models/get-latest-versions", {"name": name}),
    }


@exchange("changing a version")
def _(wire: Wire) -> Any:
    name = wire.new_model("changing a version")
    one = {"name": name, "version": wire.new_version(name, description="first")}

    def set_tag(key: Any, **more: Any) -> Any:
        return wire.post("model-versions/set-tag", {**one, "key": key, **more})

    def delete_tag(key: str) -> Any:
        return wire.send("DELETE", "model-versions/delete-tag", {**one, "key": key})

    return {
        "describe": wire.send("PATCH", "model-versions/update", {**one, "description": "second"}),
        "describe empty": wire.send("PATCH", "model-versions/update", {**one, "description": ""}),
        "set": set_tag("a", value="1"),
        "replace": set_tag("a", value="2"),
        "no value": set_tag("c"),
        "bad key": set_tag("a*b", value="x"),
        "long key": set_tag("k" * 251, value="x"),
        "long value": set_tag("long", value="v" * 100_001),
        "delete": delete_tag("c"),
        "delete again": delete_tag("c"),
        "result": wire.get("model-versions/get", **one),
    }


@exchange("updating nothing of a version")
def _(wire: Wire) -> Any:
    name = wire.new_model("nothing updated of a version")
    one = {"name": name, "version": wire.new_version(name, description="stays?")}
    return wire.send("PATCH", "model-versions/update", one)


@exchange("stages")
def _(wire: Wire) -> Any:
    name = wire.new_model("stages")
    for _ in range(4):
        wire.new_version(name)

    def move(version: str, stage: Any, **more: Any) -> Any:
        return wire.post("model-versions/transition-stage", {"name": name, "version": version, "stage": stage, **more})

    def latest(*stages: str) -> Any:
        return wire.post("registered-models/get-latest-versions", {"name": name, "stages": list(stages)})

    return {
        "lower case": move("1", "production"),
        "capitals": move("2", "PRODUCTION"),
        "archive": move("3", "Production", archive_existing_versions=True),
        "the archived": wire.get("model-versions/get", name=name, version="1"),
        "none": move("3", "None"),
        "no stage": move("4", "soon"),
        "archive for none": move("4", "None", archive_existing_versions=True),
        "latest archived": latest("Archived"),
        "latest in any case": latest("none", "production"),
        "latest in no stage": latest("soon"),
        "latest by GET": wire.get("registered-models/get-latest-versions", name=name, stages=["Archived"]),
    }


def _school(wire: Wire) -> str:
    def make() -> str:
        for letter in "ab":
            wire.new_model(f"school {letter}")
        a, b = wire.name("school a"), wire.name("school b")
        wire.new_version(a, "s3://bucket/x", run_id="r1", tags=[{"key": "size", "value": "Big"}])
        wire.new_version(a, "s3://bucket/y", run_id="r2")
        wire.new_version(b, "s3://bucket/x", run_id="r2", tags=[{"key": "size", "value": "small"}])
        return f"name LIKE '{wire.prefix}.school%'"

    return str(wire.once("school", make))


@exchange("model-versions/search")
def _(wire: Wire) -> Any:
    mine = _school(wire)
    clauses = (
        "run_id = 'r2'",
        "run_id LIKE 'r%'",
        "run_id IN ('r1', 'r9')",
        "source_path = 's3://bucket/x'",
        "source_path ILIKE '%Y'",
        "version_number > 1",
        "version_number != '1'",
        "version_number <= 1",
        "tags.size ILIKE 'big'",
        "tags.size != 'small'",
        f"name = '{wire.prefix}.school b'",
        f"name IN ('{wire.prefix}.school b', 'x')",
    )
    found = {
        clause.replace(wire.prefix, ""): wire.get(
            "model-versions/search", filter=f"{mine} AND {clause}", order_by=["name", "version_number"]
        )
        for clause in clauses
    }
    orders = (["name"], ["version_number DESC"], ["name DESC", "version_number"])
    return {
        **found,
        **{str(order): wire.get("model-versions/search", filter=mine, order_by=order) for order in orders},
        "no hits": wire.get("model-versions/search", filter="name = 'nobody'"),
    }


@exchange("model-versions/search page by page")
def _(wire: Wire) -> Any:
    query = {"max_results": 2, "filter": _school(wire), "order_by": "name"}
    pages, token = [], ""
    while True:
        answer = wire.get("model-versions/search", **query, **({"page_token": token} if token else {})).json()
        token = answer.get("next_page_token", "")
        pages.append([sorted(answer), [one["version"] for one in answer["model_versions"]], bool(token)])
        if not token:
            return pages


@exchange("model-versions/search that is refused")
def _(wire: Wire) -> Any:
    nobody = "name = 'nobody'"
    filters = ("nonsense", "current_stage = 'None'", "status = 'READY'", "version_number = 'x'", "source = 'x'")
    orders = (["nonsense"], ["run_id"], ["tags.a"], ["timestamp"])
    return {
        **{text: wire.get("model-versions/search", filter=text) for text in filters},
        **{str(order): wire.get("model-versions/search", filter=nobody, order_by=order) for order in orders},
        **{
            f"max_results {value}": wire.get("model-versions/search", filter=nobody, max_results=value)
            for value in (0, -1, 200_001, 200_000, "x")
        },
        "page_token": wire.get("model-versions/search", filter=nobody, page_token="nonsense"),
    }
