"""The server application: the guard in front, the fast lane for Calls, FastAPI for everything else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from mlflow.api import Call
from mlflow.api.artifacts import ArtifactsPage, ListArtifacts
from mlflow.api.runs import GetRun
from mlflow.artifacts.local import local_path_of
from mlflow.artifacts.registry import scheme_of
from mlflow.exceptions import BadRequest, EndpointNotFound, MethodNotAllowed, MlflowException, Unavailable
from mlflow.server import measures as measuring
from mlflow.server.artifacts import ArtifactService, ArtifactSettings, add_artifact_routes
from mlflow.server.openapi import document
from mlflow.server.pages import reference_page, start_page
from mlflow.server.responses import Message, Receive, Scope, Send, error_answer, respond
from mlflow.server.routing import Submit, endpoints
from mlflow.server.security import Guard, Verdict
from mlflow.server.settings import Settings
from mlflow.store.base import Store
from mlflow.version import MLFLOW_VERSION


class Server:
    """The ASGI application.

    A request is judged by its headers, then looked up among the Calls; what is not a Call goes to the FastAPI
    application, where pages, artifacts and plugins live.
    """

    def __init__(self, settings: Settings, store: Store | None) -> None:
        self._guard = Guard(settings)
        self._prefix = settings.static_prefix.rstrip("/")
        self.measures = measuring.Measures()
        own: dict[type[Call[Any]], Submit] = {}
        self.web = _web(settings, store, self.measures, own)
        self._endpoints = endpoints(store.submit, own, self.measures) if store is not None else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on the life of the server."""
        if scope["type"] != "http":
            await self.web(scope, receive, send)
            return
        verdict = self._guard.judge(scope)
        if verdict.status is not None:
            await respond(send, verdict.status, verdict.body, verdict.headers)
            return
        path = scope["path"]
        if self._prefix and path.startswith(self._prefix + "/"):
            path = path[len(self._prefix) :]
            scope = {**scope, "path": path, "raw_path": None}
        endpoint = self._endpoints.get(path)
        if endpoint is not None and scope["method"] != "OPTIONS":
            await endpoint.answer(scope, receive, send, verdict.headers)
        else:
            await self.web(scope, receive, _with_headers(send, verdict))


def _with_headers(send: Send, verdict: Verdict) -> Send:
    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(pair for pair in verdict.headers if pair[0] not in present)]
        await send(message)

    return send_more


def _web(
    settings: Settings, store: Store | None, measures: measuring.Measures, own: dict[type[Call[Any]], Submit]
) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()
        if store is not None:
            await asyncio.to_thread(store.close)

    web = FastAPI(title="Headrace", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    web.add_exception_handler(Exception, _error)
    web.add_exception_handler(MlflowException, _error)
    web.add_exception_handler(HTTPException, _http_error)
    _add_pages(web, settings, measures)
    service = _add_artifacts(web, settings, store, own)
    return web


def _add_pages(web: FastAPI, settings: Settings, measures: measuring.Measures) -> None:
    prefix = settings.static_prefix.rstrip("/")

    @web.head("/health", include_in_schema=False)  # what load balancers ask
    @web.get("/health")
    async def health() -> Response:
        return Response("OK", media_type="text/plain")

    @web.get("/version")
    async def version() -> Response:
        return Response(MLFLOW_VERSION, media_type="text/plain")

    @web.get("/metrics")
    async def metrics() -> Response:
        return Response(measures.text(), headers={"content-type": measuring.CONTENT_TYPE})

    @web.get("/api/3.0/mlflow/server-info")
    @web.get("/ajax-api/3.0/mlflow/server-info")
    async def server_info() -> Response:
        info = {
            "store_type": None if settings.artifacts_only else "SqlStore",
            "workspaces_enabled": False,
            "trace_archival_enabled": False,
            "multipart_uploads_enabled": settings.serve_artifacts,
            "multipart_downloads_enabled": False,
            "presigned_upload_run_id_supported": False,
            "presigned_upload_model_id_supported": False,
            "features_enabled": {"gateway": False},
        }
        return Response(json.dumps(info), media_type="application/json")

    @web.get("/openapi.json")
    async def openapi() -> Response:
        return Response(json.dumps(document()), media_type="application/json")

    @web.get("/docs")
    async def docs() -> Response:
        return Response(reference_page(prefix), media_type="text/html")

    @web.get("/")
    async def start(request: Request) -> Response:
        return Response(start_page(str(request.base_url).rstrip("/") + prefix, prefix), media_type="text/html")


def _add_artifacts(
    web: FastAPI, settings: Settings, store: Store | None, own: dict[type[Call[Any]], Submit]
) -> ArtifactService:
    async def uri_of_run(run_id: str) -> str:
        if store is None:
            raise Unavailable("This server stores artifacts only; it knows no runs.")
        call = GetRun(run_id=run_id)
        return await store.submit(call, None, lambda reply: reply.run.info.artifact_uri or "")

    service = add_artifact_routes(
        web,
        ArtifactSettings(
            destination=settings.artifacts_destination,
            serve=settings.serve_artifacts or settings.artifacts_only,
            static_prefix=settings.static_prefix.rstrip("/"),
            artifact_uri_of_run=uri_of_run,
            local_roots=_local_roots(settings),
        ),
    )

    async def list_artifacts(call: Call[Any], key: str | None, finish: Callable[[Any], bytes]) -> bytes:
        assert isinstance(call, ListArtifacts)  # noqa: S101 - registered for this class alone
        call.check()
        root = await uri_of_run(call.run_id)
        files = await asyncio.to_thread(service.list_run_artifacts, root, call.path)
        return finish(ArtifactsPage(root, files))

    own[ListArtifacts] = list_artifacts
    return service


def _local_roots(settings: Settings) -> tuple[str, ...]:
    """Return the folders artifacts may be shown from: an experiment's location is whatever its creator wrote."""
    roots = (settings.artifact_root, settings.artifacts_destination, "./mlruns")
    return tuple(local_path_of(root) for root in roots if scheme_of(root) in ("", "file"))


def _error(request: Request, error: Exception) -> Response:
    status, body = error_answer(error, request.url.path)
    return Response(body, status, media_type="application/json")


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    known: MlflowException
    if error.status_code == 404:
        known = EndpointNotFound(f"There is nothing at {request.url.path}. The REST API is described at /docs.")
    elif error.status_code == 405:
        known = MethodNotAllowed(f"{request.url.path} does not take {request.method}.")
    else:
        known = BadRequest(str(error.detail))
    status, body = error_answer(known, request.url.path)
    return Response(body, max(status, error.status_code), headers=error.headers, media_type="application/json")
