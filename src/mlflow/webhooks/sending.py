"""One attempt to tell a webhook something: a signed POST, within a bounded time, that follows nobody elsewhere."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mlflow.entities.webhook import WebhookEvent
from mlflow.environment_variables import MLFLOW_WEBHOOK_REQUEST_TIMEOUT
from mlflow.exceptions import MlflowException
from mlflow.version import VERSION
from mlflow.webhooks.constants import (
    WEBHOOK_DELIVERY_ID_HEADER,
    WEBHOOK_SIGNATURE_HEADER,
    WEBHOOK_SIGNATURE_VERSION,
    WEBHOOK_TIMESTAMP_HEADER,
)
from mlflow.webhooks.destinations import Destination, Unresolved, destination

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection

    from mlflow.api.webhook_deliveries import Target

READ_LIMIT = 8 * 1024
"""How much of an answer's body is read, in bytes."""

CONNECT_SECONDS = 10.0
_TRIED_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class Outcome(NamedTuple):
    """What came of an attempt: a status, or an error that says why there is none.

    Args:
        status: of the answer.
        body: of the answer, at most READ_LIMIT bytes of it.
        error: why it counts as not arrived; None when it arrived.
        again: whether a later attempt may fare better.
        wait_seconds: how long the other side asked to be left alone.
    """

    status: int | None = None
    body: str | None = None
    error: str | None = None
    again: bool = False
    wait_seconds: float = 0.0


def body_of(event: WebhookEvent, time_ms: int, data: object) -> bytes:
    """Return what is sent, the same in each attempt; `time_ms` is when it happened, `data` its payload."""
    happened = datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="microseconds")
    entity, action = event.entity.value, event.action.value
    return msgspec.json.encode({"entity": entity, "action": action, "timestamp": happened, "data": data})


def attempt(target: Target, delivery_id: str, body: bytes) -> Outcome:
    """Send a body to a webhook once; what goes wrong is in the outcome."""
    seconds = max(1, MLFLOW_WEBHOOK_REQUEST_TIMEOUT.get())
    deadline = time.monotonic() + seconds
    if target.fault is not None:  # never unsigned what should be signed
        return Outcome(error=target.fault, again=True)
    try:
        place = destination(target.url)
    except Unresolved as error:
        return Outcome(error=error.message, again=True)
    except MlflowException as error:
        return Outcome(error=error.message)
    headers = {
        "Host": place.host_header,
        "Content-Type": "application/json",
        "User-Agent": f"headrace/{VERSION}",
        **_signed(target.secret, delivery_id, body),
    }
    if place.user is not None:
        headers["Authorization"] = f"Basic {base64.b64encode(place.user.encode()).decode()}"
    try:
        return _post(place, headers, body, deadline)
    except Exception as error:
        if time.monotonic() >= deadline:
            return Outcome(error=f"No whole answer came within {seconds} seconds.", again=True)
        return Outcome(error=f"No answer: {_reason(error)}", again=True)


def _signed(secret: str | None, delivery_id: str, body: bytes) -> dict[str, str]:
    now = str(int(time.time()))
    headers = {WEBHOOK_DELIVERY_ID_HEADER: delivery_id, WEBHOOK_TIMESTAMP_HEADER: now}
    if secret is not None:
        content = f"{delivery_id}.{now}.".encode() + body
        digest = hmac.new(secret.encode(), content, hashlib.sha256).digest()
        headers[WEBHOOK_SIGNATURE_HEADER] = f"{WEBHOOK_SIGNATURE_VERSION},{base64.b64encode(digest).decode()}"
    return headers


def _post(place: Destination, headers: dict[str, str], body: bytes, deadline: float) -> Outcome:
    from urllib3.exceptions import HTTPError

    connection = _connect(place, deadline)
    try:
        with _cut_at(connection, deadline):
            connection.request("POST", place.target, body, headers, preload_content=False)
            answer = connection.getresponse()
            if time.monotonic() >= deadline:  # headers that we have cut look as if they had ended
                raise TimeoutError
            read = b""
            with contextlib.suppress(HTTPError, OSError):  # the status says whether it arrived, whatever else follows
                read = answer.read(READ_LIMIT, decode_content=False)
            return _outcome(answer.status, read.decode(errors="replace"), answer.headers.get("Retry-After"))
    finally:
        connection.close()


def _connect(place: Destination, deadline: float) -> HTTPConnection:
    """Connect to the first address that takes the connection.

    Raises:
        Exception: what the last of them said.
    """
    last: Exception = TimeoutError()
    for address in place.addresses:
        if (left := deadline - time.monotonic()) <= 0:
            break
        connection = _connection(place, address, min(left, CONNECT_SECONDS))
        try:
            connection.connect()
        except Exception as error:
            connection.close()
            last = error
        else:
            return connection
    raise last


def _connection(place: Destination, address: str, seconds: float) -> HTTPConnection:
    from urllib3.connection import HTTPConnection, HTTPSConnection

    if place.scheme == "http":
        return HTTPConnection(address, place.port, timeout=seconds)
    # The certificate is that of the name, although the connection goes to the address.
    return HTTPSConnection(
        address,
        place.port,
        timeout=seconds,
        server_hostname=place.host,
        cert_reqs="CERT_REQUIRED",
        ca_certs=os.environ.get("REQUESTS_CA_BUNDLE"),
    )


@contextmanager
def _cut_at(connection: HTTPConnection, deadline: float) -> Iterator[None]:
    """Cut the connection at the deadline: a timeout of the socket begins anew with every byte that trickles in."""
    open_socket = connection.sock
    left = max(0.0, deadline - time.monotonic())
    open_socket.settimeout(left or 0.001)

    def cut() -> None:
        with contextlib.suppress(OSError):
            # That of plain sockets: TLS would wait for its own goodbye.
            socket.socket.shutdown(open_socket, socket.SHUT_RDWR)

    timer = threading.Timer(left, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _outcome(status: int, body: str, retry_after: str | None) -> Outcome:
    if 200 <= status < 300:
        return Outcome(status, body)
    if 300 <= status < 400:
        return Outcome(status, body, "It redirects elsewhere, which is not followed. Give the webhook the final URL.")
    wait = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else 0.0
    return Outcome(status, body, f"It answered with status {status}.", status in _TRIED_AGAIN, wait)


def _reason(error: BaseException) -> str:
    """Return what the operating system or TLS said, without the layers around it."""
    import ssl

    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
        return "connecting took too long"
    while isinstance(inner := error.__cause__ or (error.args[0] if error.args else None), BaseException):
        error = inner
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    return (str(error) or type(error).__name__)[:300]
