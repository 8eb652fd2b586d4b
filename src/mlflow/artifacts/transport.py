"""How requests for artifacts reach a server, and what its answers mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import msgspec

from mlflow.environment_variables import (
    MLFLOW_ARTIFACT_UPLOAD_DOWNLOAD_TIMEOUT,
    MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR,
    MLFLOW_HTTP_REQUEST_MAX_RETRIES,
)
from mlflow.exceptions import MlflowException, NotFound, RestException, error_code_of_status

if TYPE_CHECKING:
    import urllib3

_LONGEST_PAUSE = 30.0  # seconds
_LONGEST_ERROR = 1024 * 1024  # bytes


class Transport(Protocol):
    """Sends requests with credentials and retries; `mlflow.store.http.HttpClient` is one. Shared between threads."""

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: bytes | str | IO[bytes] | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
        timeout_seconds: float | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """Send to `path`, a full URL, and return the answer whatever its status.

        A file body is sent from where it stands; to send it again it is wound back with `seek`. With `stream` the
        answer's body is left unread.

        Raises:
            Unavailable: no answer came.
        """


def transport_for(base_url: str, tracking_uri: str | None) -> Transport:
    """Return a transport for the artifact server at `base_url`.

    Our credentials go to the host of the tracking server only, on any port: where artifacts lie is written in the
    run, and whoever wrote it must not be able to collect passwords.
    """
    from mlflow.store.http import HttpClient

    if tracking_uri and is_http(tracking_uri):
        tracking, artifacts = urlsplit(tracking_uri), urlsplit(base_url)
        if (tracking.hostname, tracking.scheme) != (artifacts.hostname, artifacts.scheme):
            return HttpClient(tracking_uri)
        if "@" in tracking.netloc and "@" not in artifacts.netloc:
            login = tracking.netloc.rpartition("@")[0]
            return HttpClient(f"{artifacts.scheme}://{login}@{artifacts.netloc}")
    return HttpClient(base_url)


def without_login(url: str) -> str:
    """Return a URL without the user and password in it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def is_http(uri: str) -> bool:
    """Tell whether a URI is one of an HTTP server."""
    return uri.lower().startswith(("http://", "https://"))


def patience() -> float | None:
    """Return the seconds that one transfer may be silent; None means the transport's own default."""
    return MLFLOW_ARTIFACT_UPLOAD_DOWNLOAD_TIMEOUT.get()


def pauses() -> Iterator[float]:
    """Yield the seconds to wait before each further attempt at a transfer that broke in the middle."""
    factor = MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR.get()
    for attempt in range(MLFLOW_HTTP_REQUEST_MAX_RETRIES.get()):
        yield min(factor * 2.0 ** (attempt - 1), _LONGEST_PAUSE) if attempt else 0.0


def checked(response: urllib3.BaseHTTPResponse, what: str) -> urllib3.BaseHTTPResponse:
    """Return an answer below 400, and raise what any other says.

    Args:
        response: the answer; the body of an error is read.
        what: names the request in the error, as in `PUT of 'a/b.txt'`.

    Raises:
        NotFound: 404.
        RestException: the server's own error.
        MlflowException: an answer that is not in the shape of MLflow's errors.
    """
    if response.status < 400:
        return response
    try:
        body = response.read(_LONGEST_ERROR, decode_content=True) or response.data
    finally:
        response.release_conn()
    try:
        said: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = None
    if isinstance(said, dict) and "error_code" in said:
        raise NotFound(str(said.get("message", ""))) if response.status == 404 else RestException(said)
    text = str(said["detail"]) if isinstance(said, dict) and "detail" in said else body[:500].decode(errors="replace")
    if response.status == 404:
        raise NotFound(f"{what} was answered with 404: {text}")
    raise MlflowException(
        f"{what} was answered with HTTP status {response.status}: {text}", error_code_of_status(response.status)
    )
