"""The way of Calls whose requests arrive whole: guard, endpoint, reply, without ASGI. quick.py brings them here."""

from __future__ import annotations

from mlflow.server.routing import Endpoints, Whole
from mlflow.server.security import Guard

LANE = "headrace.lane"
"""Where the application leaves its `Lane` in the state of ASGI's lifespan, for the protocol to find."""


class Lane:
    """Answers requests that have arrived whole."""

    def __init__(self, guard: Guard, endpoints: Endpoints, prefix: str) -> None:
        self._guard = guard
        self._endpoints = {start + path: endpoint for path, endpoint in endpoints.items() for start in {"", prefix}}

    def takes(self, method: str, path: str) -> bool:
        """Tell whether a request goes this way."""
        endpoint = self._endpoints.get(path)
        return endpoint is not None and endpoint.takes_whole(method)

    def answer(self, request: Whole) -> None:
        """Answer a request that goes this way; called in the event loop, and does not raise."""
        verdict = self._guard.judge(request.method, request.path, request.headers)
        if verdict.status is not None:
            request.reply(verdict.status, verdict.lines, verdict.body)
        else:
            self._endpoints[request.path].answer_whole(request, verdict.lines)
