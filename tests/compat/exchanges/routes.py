"""Routes that exist, routes that do not, and everything around them."""

from __future__ import annotations

from typing import Any

from tests.compat.wire import Wire, exchange


@exchange("unknown routes")
def _(wire: Wire) -> Any:
    paths = (
        "/api/2.0/mlflow/nonsense",
        "/api/2.0/mlflow/runs/nonsense",
        "/api/9.0/mlflow/runs/get",
        "/api",
        "/ajax-api/2.0/nonsense",
        "/nonsense",
    )
    return {path: wire.send("GET", path).status for path in paths}


@exchange("unknown routes by POST")
def _(wire: Wire) -> Any:
    paths = ("/api/2.0/mlflow/nonsense", "/api/2.0/mlflow/runs/create/", "/api/2.0/mlflow//runs/create")
    return {path: wire.post(path, {}).status for path in paths}


@exchange("health and version")
def _(wire: Wire) -> Any:
    health, version = wire.send("GET", "/health"), wire.send("GET", "/version")
    return {"health": [health.status, health.body.decode()], "version": version.status}


@exchange("methods that only ask")
def _(wire: Wire) -> Any:
    return {
        "HEAD /health": wire.send("HEAD", "/health").status,
        "HEAD runs/get": wire.send("HEAD", "runs/get", query=[("run_id", wire.new_run())]).status,
        "OPTIONS runs/get": wire.send("OPTIONS", "runs/get").status,
    }


@exchange("query parameters given twice")
def _(wire: Wire) -> Any:
    first, second = wire.new_run(run_name="first"), wire.new_run(run_name="second")
    answer = wire.send("GET", "runs/get", query=[("run_id", first), ("run_id", second)])
    return answer.json()["run"]["info"]["run_name"] if answer.status == 200 else answer


@exchange("a GET with a body")
def _(wire: Wire) -> Any:
    run_id = wire.new_run()
    return {
        "body only": wire.send("GET", "runs/get", {"run_id": run_id}).status,
        "both": wire.send("GET", "runs/get", {"run_id": "x"}, query=[("run_id", run_id)]).status,
    }


@exchange("a POST with a query and no body")
def _(wire: Wire) -> Any:
    return wire.send("POST", "runs/delete", query=[("run_id", wire.new_run())])
