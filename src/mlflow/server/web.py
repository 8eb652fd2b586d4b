"""Everything on the server that is not a Call: pages, artifacts, and the FastAPI application they live in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from mlflow.api import Call
from mlflow.api.artifacts import ArtifactsPage, ListArtifacts
from mlflow.api.promptlab import CreatePromptlabRun
from mlflow.api.runs import GetRun
from mlflow.artifacts.local import local_path_of
from mlflow.artifacts.registry import scheme_of
from mlflow.exceptions import BadRequest, EndpointNotFound, MethodNotAllowed, MlflowException, Unavailable
from mlflow.server import measures as measuring
from mlflow.server.artifacts import ArtifactSettings, add_artifact_routes
from mlflow.server.openapi import document
from mlflow.server.pages import reference_page, start_page
from mlflow.server.promptlab import create_promptlab_run
from mlflow.server.responses import Receive, Scope, Send, error_answer
from mlflow.server.settings import Settings
from mlflow.store.base import Store


class Web:
    """The FastAPI application and the artifact service behind it."""

    def __init__(self, settings: Settings, store: Store | None, measures: measuring.Measures) -> None:
        self._store = store
        self.app = FastAPI(title="Headrace", openapi_url=None, docs_url=None, redoc_url=None)
        self.app.add_exception_handler(Exception, _error)
        self.app.add_exception_handler(MlflowException, _error)
        self.app.add_exception_handler(HTTPException, _http_error)
        _add_pages(self.app, settings, measures)
        self._artifacts = add_artifact_routes(
            self.app,
            ArtifactSettings(
                destination=settings.artifacts_destination,
                serve=settings.serve_artifacts or settings.artifacts_only,
                static_prefix=settings.static_prefix.rstrip("/"),
                artifact_uri_of_run=self._uri_of_run,
                local_roots=_local_roots(settings),
            ),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self.app(scope, receive, send)

    async def list_artifacts(self, call: Call[Any], key: str | None, finish: Callable[[Any], bytes]) -> bytes:
        """Answer the Call that lists a run's artifacts: the store knows where they are, not what they are."""
        assert isinstance(call, ListArtifacts)  # noqa: S101 - registered for this class alone
        call.check()
        root = await self._uri_of_run(call.run_id)
        files = await asyncio.to_thread(self._artifacts.list_run_artifacts, root, call.path)
        return finish(ArtifactsPage(root, files))

    async def create_promptlab_run(self, call: Call[Any], key: str | None, finish: Callable[[Any], bytes]) -> bytes:
        """Answer the Call that keeps a trial of a prompt: a run in the store, with an artifact."""
        assert isinstance(call, CreatePromptlabRun)  # noqa: S101 - registered for this class alone
        assert self._store is not None  # noqa: S101 - Calls are answered where there is a store
        call.check()

        def upload(artifact_uri: str, local_file: str) -> None:
            repository, path = self._artifacts.locate(artifact_uri)
            repository.log_artifact(local_file, path or None)

        return finish(await asyncio.to_thread(create_promptlab_run, self._store, upload, call))

    def close(self) -> None:
        """Let go of the threads."""
        self._artifacts.close()

    async def _uri_of_run(self, run_id: str) -> str:
        if self._store is None:
            raise Unavailable("This server stores artifacts only; it knows no runs.")
        call = GetRun(run_id=run_id)
        return await self._store.submit(call, None, lambda reply: reply.run.info.artifact_uri or "")


def _add_pages(web: FastAPI, settings: Settings, measures: measuring.Measures) -> None:
    prefix = settings.static_prefix.rstrip("/")

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
