"""The OpenAPI document, made from the Calls; nothing is written twice."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

from mlflow.api import CALLS, Call
from mlflow.server.streams import PATHS as STREAM_PATHS
from mlflow.version import VERSION

_ERROR = {
    "type": "object",
    "required": ["error_code", "message"],
    "properties": {"error_code": {"type": "string"}, "message": {"type": "string"}},
}

_REFUSED = {
    "description": "The request cannot be done; the message says why.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of every Call, and of the stream of events."""
    types: list[Any] = [*CALLS, *(call.reply_type for call in CALLS if call.reply_type is not None)]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    named = dict(zip((id(kind) for kind in types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for call in CALLS:
        for path in call.route.paths:
            for method in call.route.methods:
                operation = _operation(call, method, path, named, components)
                paths.setdefault(path, {})[method.lower()] = operation
    for path in STREAM_PATHS:
        paths[path] = {"get": _stream(path)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Headrace",
            "version": VERSION,
            "description": "The MLflow REST API, served by Headrace.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": {**components, "Error": _ERROR}},
    }


def _stream(path: str) -> dict[str, Any]:
    """Describe the stream of events, which is no Call: its answer has no end."""
    text = {"type": "string"}
    place = "Go on behind the event with this id."
    return {
        "operationId": "StreamEvents" + ("Ajax" if path.startswith("/ajax") else ""),
        "tags": ["events"],
        "summary": "Hear what is changed in the registry, at once, as server-sent events.",
        "description": "Each event has the id, the kind (`prompt_alias.created`) and, as JSON data, the Event that "
        "`events/list` gives; a long one comes without its own `data`. The event `missed` says that others were lost: "
        "whatever is kept must be read anew.",
        "x-needs": "READ",
        "parameters": [
            {
                "name": "entities",
                "in": "query",
                "description": "Only of these, such as `prompt_alias`; may be given several times.",
                "schema": {"type": "array", "items": text},
            },
            {"name": "last_event_id", "in": "query", "description": place, "schema": text},
            {"name": "Last-Event-ID", "in": "header", "description": place, "schema": text},
        ],
        "responses": {
            "200": {
                "description": "Events, until one side hangs up.",
                "content": {"text/event-stream": {"schema": text}},
            },
            "4XX": _REFUSED,
        },
    }


def _operation(
    call: type[Call[Any]], method: str, path: str, named: dict[int, Any], components: dict[str, Any]
) -> dict[str, Any]:
    summary, _, description = inspect.cleandoc(call.__doc__ or "").partition("\n\n")
    suffix = ("Ajax" if path.startswith("/ajax") else "") + (method.capitalize() if len(call.route.methods) > 1 else "")
    reply = {"type": "object"} if call.reply_type is None else named[id(call.reply_type)]
    operation: dict[str, Any] = {
        "operationId": call.__name__ + suffix,
        "tags": [call.__module__.rpartition(".")[2]],
        "summary": " ".join(summary.split()),
        "description": description,
        "x-needs": call.needs.permission,
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": reply}}},
            "4XX": _REFUSED,
        },
    }
    schema = components[call.__name__]
    in_path, required = call.route.parameters, schema.get("required", [])
    operation["parameters"] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in in_path
    ]
    if method == "GET":
        operation["parameters"] += [
            {"name": name, "in": "query", "required": name in required, "schema": kind}
            for name, kind in schema["properties"].items()
            if name not in in_path
        ]
    elif method != "DELETE" or set(schema["properties"]) - set(in_path):
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": named[id(call)]}}}
    return operation
