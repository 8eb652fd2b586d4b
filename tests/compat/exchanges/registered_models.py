"""What only registered models do."""

from __future__ import annotations

from typing import Any

from tests.compat.wire import Wire, exchange


@exchange("a model with everything")
def _(wire: Wire) -> Any:
    tags = [{"key": "a", "value": "1"}, {"key": "b"}, {"key": "c", "value": ""}]
    name = wire.name("with everything")
    body = {"name": name, "tags": tags, "description": "d", "deployment_job_id": "j"}
    return {"made": wire.post("registered-models/create", body), "read": wire.model(name)}


@exchange("models that cannot be made")
def _(wire: Wire) -> Any:
    def make(name: str, **body: Any) -> Any:
        return wire.post("registered-models/create", {"name": name, **body})

    taken = wire.new_model("taken model")
    return {
        "taken": make(taken),
        "spaces": make("  "),
        "slash": make(wire.name("a/b")),
        "colon": make(wire.name("a:b")),
        "dots": make(".."),
        "dot": make("."),
        "many scripts": make(wire.name("模型 'a' \"b\" %41\n")),
        "256 characters": make(wire.name("").ljust(256, "x")),
        "257 characters": make(wire.name("").ljust(257, "y")),
        "tag key": make(wire.name("tag key"), tags=[{"key": "a*b", "value": "x"}]),
        "empty tag key": make(wire.name("empty tag key"), tags=[{"key": "", "value": "x"}]),
        "long tag key": make(wire.name("long tag key"), tags=[{"key": "k" * 251, "value": "x"}]),
        "long tag value": make(wire.name("long tag value"), tags=[{"key": "k", "value": "v" * 100_001}]),
        "a tag twice": make(wire.name("tag twice"), tags=[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]),
        "tags as an object": make(wire.name("tag object"), tags={"a": "b"}),
    }


@exchange("models that are not there")
def _(wire: Wire) -> Any:
    name = wire.name("nobody")
    return {
        "get": wire.model(name),
        "get with a colon": wire.model("a:b"),
        "update": wire.send("PATCH", "registered-models/update", {"name": name, "description": "x"}),
        "rename": wire.post("registered-models/rename", {"name": name, "new_name": wire.name("x")}),
        "delete": wire.send("DELETE", "registered-models/delete", {"name": name}),
        "set tag": wire.post("registered-models/set-tag", {"name": name, "key": "a", "value": "b"}),
        "delete tag": wire.send("DELETE", "registered-models/delete-tag", {"name": name, "key": "a"}),
        "latest versions": wire.post("registered-models/get-latest-versions", {"name": name}),
        "new version": wire.post("model-versions/create", {"name": name, "source": "s3://bucket/x"}),
    }


@exchange("the life of a model")
def _(wire: Wire) -> Any:
    name, other = wire.new_model("model life", description="first"), wire.new_model("other model life")
    wire.new_version(name, tags=[{"key": "a", "value": "1"}])

    def update(**body: Any) -> Any:
        return wire.send("PATCH", "registered-models/update", {"name": name, **body})

    answers = {
        "read": wire.model(name),
        "describe": update(description="second"),
        "describe empty": update(description=""),
    }
    second = wire.name("second model life")
    answers |= {
        "rename": wire.post("registered-models/rename", {"name": name, "new_name": second}),
        "rename to itself": wire.post("registered-models/rename", {"name": second, "new_name": second}),
        "rename to a taken name": wire.post("registered-models/rename", {"name": second, "new_name": other}),
        "rename to no name": wire.post("registered-models/rename", {"name": second, "new_name": "a/b"}),
        "by the old name": wire.model(name),
        "version by the new name": wire.get("model-versions/get", name=second, version="1"),
        "delete": wire.send("DELETE", "registered-models/delete", {"name": second}),
        "delete again": wire.send("DELETE", "registered-models/delete", {"name": second}),
        "version of a deleted one": wire.get("model-versions/get", name=second, version="1"),
    }
    wire.new_model("second model life")
    return {**answers, "the name again": wire.model(second)}


@exchange("updating nothing of a model")
def _(wire: Wire) -> Any:
    name = wire.new_model("nothing updated", description="stays?")
    return wire.send("PATCH", "registered-models/update", {"name": name})


@exchange("model tags")
def _(wire: Wire) -> Any:
    name = wire.new_model("model tags")

    def set_tag(key: Any, **more: Any) -> Any:
        return wire.post("registered-models/set-tag", {"name": name, "key": key, **more})

    def delete_tag(key: str) -> Any:
        return wire.send("DELETE", "registered-models/delete-tag", {"name": name, "key": key})

    return {
        "set": set_tag("a", value="1"),
        "replace": set_tag("a", value="2"),
        "empty": set_tag("b", value=""),
        "no value": set_tag("c"),
        "null": set_tag("d", value=None),
        "bad key": set_tag("a*b", value="x"),
        "long key": set_tag("k" * 251, value="x"),
        "long value": set_tag("long", value="v" * 100_001),
        "delete": delete_tag("b"),
        "delete again": delete_tag("b"),
        "delete a bad key": delete_tag("a*b"),
        "result": wire.model(name),
    }


def _sea(wire: Wire) -> str:
    """Models s0 … s4, named with a mark; the even ones have a tag, all but one a version."""

    def make() -> str:
        for number in range(5):
            tags = [{"key": "even", "value": "Yes"}] if number % 2 == 0 else []
            name = wire.new_model(f"fleet s{number}", tags=tags)
            if number != 3:
                wire.new_version(name)
        return f"name LIKE '{wire.prefix}.fleet%'"

    return str(wire.once("fleet", make))


@exchange("registered-models/search filters")
def _(wire: Wire) -> Any:
    mine = _sea(wire)
    clauses = (
        "tags.even = 'Yes'",
        "tags.even != 'Yes'",
        "tags.even != 'No'",
        "tags.even ILIKE 'y%'",
        "tags.even LIKE 'y%'",
        "tag.even = 'Yes'",
        "tags.none != 'x'",
        "attribute.name LIKE '%s1'",
        f"name = '{wire.prefix}.fleet s2'",
        f"name != '{wire.prefix}.fleet s2'",
        f"name IN ('{wire.prefix}.fleet s2', '{wire.prefix}.fleet s4', 'x')",
        f"name ILIKE '{wire.prefix.upper()}.FLEET S2'",
    )
    return {
        clause.replace(wire.prefix, "").replace(wire.prefix.upper(), ""): [
            one["name"]
            for one in wire.get("registered-models/search", filter=f"{mine} AND {clause}")
            .json()
            .get("registered_models", [])
        ]
        for clause in clauses
    }


@exchange("registered-models/search answers")
def _(wire: Wire) -> Any:
    mine = _sea(wire)
    return {
        "all": wire.get("registered-models/search", filter=mine),
        "orders": [
            wire.get("registered-models/search", filter=mine, order_by=order)
            for order in (["name DESC"], ["last_updated_timestamp", "name"], ["timestamp DESC", "name DESC"])
        ],
        "no hits": wire.get("registered-models/search", filter="name = 'nobody'"),
    }


@exchange("registered-models/search page by page")
def _(wire: Wire) -> Any:
    query = {"max_results": 2, "filter": _sea(wire), "order_by": "name DESC"}
    pages, token = [], ""
    while True:
        answer = wire.get("registered-models/search", **query, **({"page_token": token} if token else {})).json()
        token = answer.get("next_page_token", "")
        pages.append([sorted(answer), [one["name"] for one in answer["registered_models"]], bool(token)])
        if not token:
            return pages


@exchange("registered-models/search that is refused")
def _(wire: Wire) -> Any:
    nobody = "name = 'nobody'"
    filters = ("nonsense", "name", "name > 'x'", "name = 5", "metrics.a > 1", "description = 'x'", "run_id = 'x'")
    orders = (["nonsense"], ["name SIDEWAYS"], ["tags.a"], ["name", "name DESC"])
    return {
        **{text: wire.get("registered-models/search", filter=text) for text in filters},
        **{str(order): wire.get("registered-models/search", filter=nobody, order_by=order) for order in orders},
        **{
            f"max_results {value}": wire.get("registered-models/search", filter=nobody, max_results=value)
            for value in (1001, 1000, "x", 1.5, 2**40)
        },
        "page_token": wire.get("registered-models/search", filter=nobody, page_token="nonsense"),
    }
