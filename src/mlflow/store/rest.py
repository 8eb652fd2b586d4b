"""The store that is a server: every Call travels as its declaration says."""

from __future__ import annotations

import uuid
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import msgspec

from mlflow.api import Call
from mlflow.entities.base import encoder
from mlflow.exceptions import InvalidParameter, MlflowException, RestException, error_code_of_status
from mlflow.store.base import Store
from mlflow.store.http import HttpClient

if TYPE_CHECKING:
    import urllib3

R = TypeVar("R")

KEY_HEADER = "Idempotency-Key"
_SHOWN_OF_A_STRANGE_ANSWER = 300


class RestStore(Store):
    """Sends Calls to a server that speaks the MLflow REST API (Headrace, or MLflow 2.22 and newer).

    Args:
        uri: the server's address; see `HttpClient`.
    """

    def __init__(self, uri: str) -> None:
        self.http = HttpClient(uri)

    def call(self, call: Call[R], key: str | None = None) -> R:
        """Send the Call and return the server's reply.

        A Call that must not be done twice travels with a key, the same in every repetition: when only the answer
        was lost, the server gives it again instead of doing the work again.

        Raises:
            RestException: the server refused, with its own error code.
            Unavailable: the server did not answer.
        """
        return self._send(call, key, {})

    def call_soon(self, call: Call[R], within_seconds: float) -> R:
        """Send the Call once, and wait for connection and answer no longer than that each."""
        return self._send(call, None, {"timeout_seconds": within_seconds, "tries": 1})

    def _send(self, call: Call[R], key: str | None, how: dict[str, Any]) -> R:
        call.check()
        headers = {}
        if key or call.once:
            headers[KEY_HEADER] = key or uuid.uuid4().hex
        try:
            answer = self._answer(call, headers, how)
        except UnicodeEncodeError as error:  # half a sign, which no database could hold either
            raise InvalidParameter(f"A value cannot be stored: {error}.") from None
        if not 200 <= answer.status < 300:
            raise error_of(answer, f"{call.route.method} {self.http.base_url}{_path_of(call)}")
        reply: R = self._reply(call, answer.data)
        return reply

    def _answer(self, call: Call[Any], headers: dict[str, str], how: dict[str, Any]) -> urllib3.BaseHTTPResponse:
        route, path = call.route, _path_of(call)
        if route.method == "GET":
            query = {name: value for name, value in msgspec.to_builtins(call).items() if name not in route.parameters}
            return self.http.request("GET", path, query=query, headers=headers, **how)
        headers["Content-Type"] = "application/json"
        return self.http.request(route.method, path, body=encoder.encode(call), headers=headers, **how)

    def _reply(self, call: Call[Any], body: bytes) -> Any:
        if call.reply_type is None:
            return None
        try:
            return _decoder(call.reply_type).decode(body)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise MlflowException(
                f"{self.http.base_url}{call.route.paths[0]} answered what cannot be read: {error}. "
                f"It began: {_excerpt(body)!r}.\n\nhint: is this the address of an MLflow server, and not of a login "
                "page or proxy in front of it?"
            ) from error

    def close(self) -> None:
        """Let go of the connections."""
        self.closed = True
        self.http.close()


def _path_of(call: Call[Any]) -> str:
    path = call.route.paths[0]
    for name in call.route.parameters:
        path = path.replace(f"{{{name}}}", quote(getattr(call, name), safe=""))
    return path


@cache
def _decoder(reply_type: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(reply_type, strict=False)


def error_of(answer: urllib3.BaseHTTPResponse, what: str) -> RestException:
    """Turn an answer with an error status into the exception to raise.

    Args:
        answer: the answer, its body unread or read.
        what: method and URL, for the message.
    """
    body = answer.data
    try:
        content = msgspec.json.decode(body)
    except msgspec.DecodeError:
        content = None
    if isinstance(content, dict) and "error_code" in content:
        return RestException(content)
    code = error_code_of_status(answer.status)
    message = f"{what} answered with status {answer.status}: {_excerpt(body)}"
    if hint := _HINTS.get(answer.status):
        message += f"\n\nhint: {hint}"
    return RestException({"error_code": code, "message": message})


_HINTS = {
    401: "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.",
    403: "ask an administrator of the server for the right, or check that its allowed hosts include this address.",
    404: "is this the address of an MLflow server? An older one may not offer this yet.",
}


def _excerpt(body: bytes) -> str:
    text = " ".join(body.decode(errors="replace").split())
    return text if len(text) <= _SHOWN_OF_A_STRANGE_ANSWER else text[:_SHOWN_OF_A_STRANGE_ANSWER] + "…"
