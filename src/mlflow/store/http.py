"""Talking HTTP to a server: pooled connections, credentials, retries, and errors that say what to do.

One client serves Calls (`store/rest.py`) and artifact bytes (`mlflow.artifacts`). It may be shared between threads and
used after a fork: each process has connections of its own.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import ssl
import time
import urllib.request
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import urlencode, urlsplit, urlunsplit

from mlflow import environment_variables as env
from mlflow.exceptions import InvalidParameter, InvalidUrlException, Unavailable
from mlflow.logging_utils import get_logger
from mlflow.store.credentials import authorization
from mlflow.version import MLFLOW_VERSION, VERSION

if TYPE_CHECKING:
    import urllib3

RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
LONGEST_WAIT_SECONDS = 120.0
MAX_REDIRECTS = 10
USER_AGENT = f"mlflow-python-client/{MLFLOW_VERSION} headrace/{VERSION}"

Body = bytes | str | IO[bytes] | Iterable[bytes]
Query = Mapping[str, Any]

_log = get_logger(__name__)


class HttpClient:
    """Sends requests to one server.

    Args:
        base_url: `http(s)://[user:password@]host[:port][/prefix]`; credentials in it win over those of the
            environment, and are never shown or logged.

    Raises:
        InvalidUrlException: the URL has no host, or is not http(s).
    """

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidUrlException(f"{base_url!r} is not the address of a server. Write http://host:port.")
        self._user, self._password = parts.username, parts.password
        host = parts.netloc.rpartition("@")[2]
        self.base_url = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        self._pools: dict[tuple[Any, ...], urllib3.PoolManager] = {}

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
        timeout_seconds: float | None = None,
        tries: int | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """Send a request, again where that helps, and return the answer whatever its status.

        Args:
            method: GET, POST, PUT, PATCH, DELETE or HEAD.
            path: path under the base URL, or a full URL (credentials go to the server's own host only).
            query: parameters of the query string; a list is repeated, None is left out.
            body: bytes, text, an open binary file (sent again from where it stood) or pieces of bytes (sent once).
            headers: added to ours.
            stream: leave the answer's body unread: read it in pieces, then call `release_conn()`.
            timeout_seconds: patience for connecting and for each read; MLFLOW_HTTP_REQUEST_TIMEOUT otherwise.
            tries: how often at most; one more than MLFLOW_HTTP_REQUEST_MAX_RETRIES otherwise.

        Raises:
            Unavailable: no answer came, after all tries.
            InvalidParameter: TLS settings that contradict each other or name files that cannot be read.
        """
        url = self._url(path, query)
        sent = {"User-Agent": USER_AGENT, **self._authorization(url), **(headers or {})}
        return _Sending(self._pool(url), method, url, body, sent, stream, timeout_seconds, tries).run()

    def close(self) -> None:
        """Let go of all connections."""
        for pool in list(self._pools.values()):
            pool.clear()
        self._pools.clear()

    def _url(self, path: str, query: Query | None) -> str:
        url = path if path.startswith(("http://", "https://")) else f"{self.base_url}/{path.lstrip('/')}"
        pairs = [
            (name, _query_text(item))
            for name, value in (query or {}).items()
            if value is not None
            for item in (value if isinstance(value, list | tuple) else [value])
        ]
        return f"{url}?{urlencode(pairs)}" if pairs else url

    def _authorization(self, url: str) -> dict[str, str]:
        if _origin(url) != _origin(self.base_url):
            return {}  # a presigned URL of an object store carries its own rights; ours are not its business
        header = authorization(self._user, self._password)
        return {"Authorization": header} if header else {}

    def _pool(self, url: str) -> urllib3.PoolManager:
        proxy = _proxy_of(url)
        key = (os.getpid(), proxy, _tls_settings())
        # Without a lock, which a fork may copy while another thread holds it: of two new ones the first is kept.
        return self._pools.get(key) or self._pools.setdefault(key, _new_pool(proxy))


class _Sending:
    """One request on its way, with its tries."""

    def __init__(
        self,
        pool: urllib3.PoolManager,
        method: str,
        url: str,
        body: Body | None,
        headers: dict[str, str],
        stream: bool,
        timeout_seconds: float | None,
        tries: int | None,
    ) -> None:
        self.pool, self.method, self.url, self.body, self.headers = pool, method, url, body, headers
        self.stream = stream
        self.timeout = timeout_seconds or env.MLFLOW_HTTP_REQUEST_TIMEOUT.get()
        self.start_of_body = _position(body)
        repeatable = body is None or isinstance(body, bytes | str) or self.start_of_body is not None
        self.tries = tries or 1 + (max(0, env.MLFLOW_HTTP_REQUEST_MAX_RETRIES.get()) if repeatable else 0)

    def run(self) -> urllib3.BaseHTTPResponse:
        from urllib3.exceptions import HTTPError

        started = time.monotonic()
        for number in range(1, self.tries + 1):
            try:
                answer = self._send()
            except HTTPError as error:
                cause = _root_cause(error)
                if number == self.tries or isinstance(cause, ssl.SSLCertVerificationError):
                    # Without urllib3's own layers, which would bury the message under pages of frames.
                    raise self._no_answer(cause, number, time.monotonic() - started) from cause.with_traceback(None)
                self._pause(number, None, _say(cause), loudly=isinstance(cause, ConnectionRefusedError))
            else:
                if number == self.tries or answer.status not in RETRIED_STATUSES:
                    return answer
                retry_after = answer.headers.get("Retry-After")
                answer.drain_conn()
                self._pause(number, retry_after, f"status {answer.status}")
        raise AssertionError("the last try returns or raises")

    def _send(self) -> urllib3.BaseHTTPResponse:
        from urllib3 import Retry
        from urllib3.exceptions import ProtocolError

        if self.start_of_body is not None:
            cast("IO[bytes]", self.body).seek(self.start_of_body)
        follow = env.MLFLOW_ALLOW_HTTP_REDIRECTS.get()
        answer = self.pool.request(
            self.method,
            self.url,
            body=cast("Any", self.body),
            headers=self.headers,
            timeout=self.timeout,
            preload_content=not self.stream,
            redirect=follow,
            # Only redirects are left to urllib3: our own loop tells the user what it is waiting for.
            retries=Retry(total=None, connect=0, read=0, status=0, other=0, redirect=MAX_REDIRECTS if follow else 0),
        )
        if not self.stream and answer.status == 200 and self.method != "HEAD" and not answer.data:
            told = answer.headers
            # A connection cut among the headers reads as an empty answer that ended where it should.
            if "Content-Length" not in told and "Transfer-Encoding" not in told:
                raise ProtocolError("the connection was cut in the middle of the answer")
        return answer

    def _pause(self, number: int, retry_after: str | None, why: str, loudly: bool = False) -> None:
        seconds = _wait_seconds(number, retry_after)
        # A first broken answer is routine (a kept-alive connection that was closed); the user should know of a second
        # one, and of a server that cannot even be reached: training stands still meanwhile.
        level = logging.WARNING if number > 1 or loudly else logging.DEBUG
        _log.log(
            level,
            "%s: %s; try %d of %d in %.1f s",
            _without_query(self.url),
            why,
            number + 1,
            self.tries,
            seconds,
        )
        time.sleep(seconds)

    def _no_answer(self, cause: BaseException, tries: int, seconds: float) -> Unavailable:
        return Unavailable(
            f"No answer from {_without_query(self.url)}: {_say(cause)} "
            f"({tries} {'try' if tries == 1 else 'tries'} in {seconds:.0f} s).\n\nhint: {_hint(cause, self.url)}"
        )


def _wait_seconds(number: int, retry_after: str | None) -> float:
    """Return how long to wait after try `number` (from 1): what the server asked for, else a growing time."""
    if retry_after and env.MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER.get():
        from urllib3 import Retry
        from urllib3.exceptions import HTTPError

        try:
            return min(Retry().parse_retry_after(retry_after), LONGEST_WAIT_SECONDS)
        except HTTPError:
            pass  # neither seconds nor a date
    # The first repetition comes at once: mostly a kept-alive connection that the server had just closed.
    grown = env.MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR.get() * 2 ** (number - 1) if number > 1 else 0
    jitter = random.random() * env.MLFLOW_HTTP_REQUEST_BACKOFF_JITTER.get()
    return min(grown + jitter, LONGEST_WAIT_SECONDS)


def _root_cause(error: BaseException) -> BaseException:
    """Unwrap urllib3's layers down to what the operating system or TLS said."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError

    while True:
        if isinstance(error, ConnectTimeoutError | ReadTimeoutError) and not isinstance(error, NewConnectionError):
            return error
        inner = getattr(error, "reason", None) or error.__cause__
        if isinstance(inner, BaseException) and inner is not error:
            error = inner
            continue
        wrapped = next((argument for argument in error.args if isinstance(argument, BaseException)), None)
        if wrapped is None:
            return error
        error = wrapped


def _say(cause: BaseException) -> str:
    from urllib3.exceptions import ConnectTimeoutError, ReadTimeoutError

    if isinstance(cause, ConnectionRefusedError):
        return "connection refused"
    if isinstance(cause, socket.gaierror):
        return "the host name is not known"
    if isinstance(cause, ConnectTimeoutError):
        return "connecting took too long"
    if isinstance(cause, ReadTimeoutError):
        return "the server did not answer in time"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted ({cause.verify_message})"
    return str(cause) or type(cause).__name__


def _hint(cause: BaseException, url: str) -> str:
    if isinstance(cause, ConnectionRefusedError):
        port = urlsplit(url).port or (443 if url.startswith("https") else 80)
        return (
            f"nothing listens there. Start a server with `mlflow server --port {port}`, or name another one with "
            "MLFLOW_TRACKING_URI or mlflow.set_tracking_uri()."
        )
    if isinstance(cause, socket.gaierror):
        return "check the spelling in MLFLOW_TRACKING_URI or mlflow.set_tracking_uri(), and your network."
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "name the bundle of its certificate authority in MLFLOW_TRACKING_SERVER_CERT_PATH."
    if isinstance(cause, ssl.SSLError):
        return "if the server speaks plain HTTP, write http:// instead of https://."
    return "check that the server runs and is reachable; MLFLOW_HTTP_REQUEST_TIMEOUT sets the patience in seconds."


def _query_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _position(body: Body | None) -> int | None:
    """Return where an open file stands, or None for what cannot be sent twice."""
    if body is None or isinstance(body, bytes | str) or not hasattr(body, "seek"):
        return None
    try:
        return cast("IO[bytes]", body).tell()
    except OSError:
        return None


def _without_query(url: str) -> str:
    return url.partition("?")[0]


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


_PROXY_VARIABLES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "REQUEST_METHOD")


def _proxy_of(url: str) -> str | None:
    parts = urlsplit(url)
    return _proxy(parts.scheme, parts.netloc.rpartition("@")[2], tuple(map(os.environ.get, _PROXY_VARIABLES)))


# The standard library reads the whole environment each time, which would be a tenth of the cost of a small request.
@lru_cache(maxsize=64)
def _proxy(scheme: str, host: str, variables: tuple[str | None, ...]) -> str | None:
    proxies = urllib.request.getproxies()
    return None if not proxies or urllib.request.proxy_bypass(host) else proxies.get(scheme)


def _tls_settings() -> tuple[bool, str | None, str | None]:
    """Return (trust anything, bundle of certificate authorities, client certificate)."""
    insecure = env.MLFLOW_TRACKING_INSECURE_TLS.get()
    bundle = env.MLFLOW_TRACKING_SERVER_CERT_PATH.get()
    if insecure and bundle:
        raise InvalidParameter(
            "MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH are both set and contradict each other. "
            "Unset MLFLOW_TRACKING_INSECURE_TLS to have the server's certificate checked."
        )
    bundle = bundle or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    certificate = env.MLFLOW_TRACKING_CLIENT_CERT_PATH.get()
    for path in (bundle, certificate):
        if path and not os.path.exists(path):
            raise InvalidParameter(f"The certificate file {path!r} does not exist.")
    return insecure, bundle, certificate


def _new_pool(proxy: str | None) -> urllib3.PoolManager:
    import urllib3

    insecure, bundle, certificate = _tls_settings()
    settings: dict[str, Any] = {
        "num_pools": env.MLFLOW_HTTP_POOL_CONNECTIONS.get(),
        "maxsize": env.MLFLOW_HTTP_POOL_MAXSIZE.get(),
        "cert_reqs": "CERT_NONE" if insecure else "CERT_REQUIRED",
        "cert_file": certificate,
        "socket_options": _socket_options(),
    }
    if bundle:
        settings["ca_cert_dir" if os.path.isdir(bundle) else "ca_certs"] = bundle
    return urllib3.ProxyManager(proxy, **settings) if proxy else urllib3.PoolManager(**settings)


def _socket_options() -> list[tuple[int, int, int]]:
    """Keep idle connections alive, so that firewalls between do not drop them silently."""
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    if not env.MLFLOW_HTTP_TCP_KEEPALIVE.get():
        return options
    options.append((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
    wanted = {
        "TCP_KEEPIDLE": env.MLFLOW_HTTP_TCP_KEEPALIVE_IDLE.get(),
        "TCP_KEEPINTVL": env.MLFLOW_HTTP_TCP_KEEPALIVE_INTERVAL.get(),
        "TCP_KEEPCNT": env.MLFLOW_HTTP_TCP_KEEPALIVE_COUNT.get(),
    }
    # Not every operating system has all of them.
    options += [
        (socket.IPPROTO_TCP, getattr(socket, name), value) for name, value in wanted.items() if hasattr(socket, name)
    ]
    return options
