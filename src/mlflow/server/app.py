"""The server application: the guard in front, the fast lane for Calls, the web application for everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from mlflow.api import Call
from mlflow.api.artifacts import ListArtifacts
from mlflow.api.model_versions import CreateModelVersion
from mlflow.api.promptlab import CreatePromptlabRun
from mlflow.server.lane import LANE, Lane
from mlflow.server.measures import Measures
from mlflow.server.paths import PathTemplates
from mlflow.server.responses import TEXT, Message, Receive, Scope, Send, respond
from mlflow.server.routing import AnEndpoint, Endpoints, Submit, endpoints
from mlflow.server.security import Guard, Verdict
from mlflow.server.settings import Settings
from mlflow.server.sources import create_model_version
from mlflow.server.streams import PATHS, STREAMS, EventStreams
from mlflow.server.webhooks import Webhooks
from mlflow.store.base import Store
from mlflow.version import MLFLOW_VERSION

if TYPE_CHECKING:
    from mlflow.server.web import Web

_PLAIN = {"/health": b"OK", "/version": MLFLOW_VERSION.encode()}
_WARM_UP_SECONDS = 1.0


class Server:
    """The ASGI application.

    A request is judged by its headers, then looked up among the Calls. What is not a Call goes to the web application.
    That one is imported a second after the start, or when first asked for: FastAPI takes longer than all the rest.
    """

    def __init__(self, settings: Settings, store: Store | None) -> None:
        self._settings = settings
        self._store = store
        self._guard = Guard(settings)
        self._prefix = settings.static_prefix.rstrip("/")
        self._measures = Measures()
        self._web: asyncio.Task[Web] | None = None
        own: dict[type[Call[Any]], Submit] = {
            ListArtifacts: self._list_artifacts,
            CreatePromptlabRun: self._create_promptlab_run,
        }
        self._endpoints: Endpoints = {}
        self._templates: PathTemplates[AnEndpoint] = PathTemplates({})
        self._webhooks: Webhooks | None = None
        if store is not None:
            self._webhooks = Webhooks(store, self._measures)
            own[CreateModelVersion] = partial(create_model_version, store)
            own.update(self._webhooks.own)
            self._endpoints, self._templates = endpoints(store, own, self._measures)
        self._streams = None if store is None else EventStreams(store, self._measures)
        self._lane = Lane(self._guard, self._endpoints, self._prefix)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the server's start and end."""
        if scope["type"] == "lifespan":
            scope.get("state", {}).update({LANE: self._lane, STREAMS: self._streams})
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        verdict = self._guard.judge(scope["method"], scope["path"], scope["headers"])
        if verdict.status is not None:
            await respond(send, verdict.status, verdict.body, verdict.headers)
            return
        path = scope["path"]
        if self._prefix and path.startswith(self._prefix + "/"):
            path = path[len(self._prefix) :]
            scope = {**scope, "path": path, "raw_path": None}
        endpoint = self._endpoints.get(path)
        if endpoint is None and (found := self._templates.find(path)):
            endpoint, scope["path_params"] = found
        if endpoint is not None and scope["method"] != "OPTIONS":
            await endpoint.answer(scope, receive, send, verdict.headers)
        elif path in PATHS and self._streams is not None:
            await self._streams.answer(scope, receive, send, verdict.headers)
        elif path in _PLAIN and scope["method"] in ("GET", "HEAD"):
            await respond(send, 200, _PLAIN[path], [*verdict.headers, TEXT])
        else:
            web = await self.web()
            await web(scope, receive, _with_headers(send, verdict))

    async def web(self) -> Web:
        """Return the web application, importing it off the event loop the first time."""
        if self._web is None:
            self._web = asyncio.create_task(asyncio.to_thread(self._make_web))
        return await asyncio.shield(self._web)

    def _make_web(self) -> Web:
        from mlflow.server.web import Web

        return Web(self._settings, self._store, self._measures)

    async def _list_artifacts(self, call: Call[Any], key: str | None, finish: Callable[[Any], bytes]) -> bytes:
        web = await self.web()
        return await web.list_artifacts(call, key, finish)

    async def _create_promptlab_run(self, call: Call[Any], key: str | None, finish: Callable[[Any], bytes]) -> bytes:
        web = await self.web()
        return await web.create_promptlab_run(call, key, finish)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        warm_up = asyncio.create_task(self._warm_up())
        if self._webhooks is not None:
            self._webhooks.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        warm_up.cancel()
        if self._web is not None:
            (await self._web).close()
        if self._streams is not None:
            self._streams.end()
            await asyncio.to_thread(self._streams.close)
        if self._webhooks is not None:
            await asyncio.to_thread(self._webhooks.close)
        if self._store is not None:
            await asyncio.to_thread(self._store.close)
        await send({"type": "lifespan.shutdown.complete"})

    async def _warm_up(self) -> None:
        await asyncio.sleep(_WARM_UP_SECONDS)
        await self.web()


def _with_headers(send: Send, verdict: Verdict) -> Send:
    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(pair for pair in verdict.headers if pair[0] not in present)]
        await send(message)

    return send_more
