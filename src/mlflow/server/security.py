"""Who may talk to the server: the Host header, other origins, and headers that keep pages apart.

Three attacks are shut out from the start: DNS rebinding (a foreign name that resolves to this machine), requests that a
foreign page makes a browser send (cross-site request forgery), and framing.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from mlflow.server.responses import TEXT, Headers, lines_of
from mlflow.server.settings import Settings

REBINDING = b"Invalid Host header - possible DNS rebinding attack detected"
CROSS_ORIGIN = b"Cross-origin request blocked"

_OPEN_PATHS = ("/health", "/version")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_KNOWN_HOSTS_LIMIT = 1024
_PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, idempotency-key"),
    (b"access-control-max-age", b"600"),
)


@dataclass(frozen=True)
class Verdict:
    """What becomes of a request: `status` None lets it in; `headers` go onto whatever is answered."""

    headers: Headers
    status: int | None = None
    body: bytes = b""

    @cached_property
    def lines(self) -> bytes:
        """The headers as they are written."""
        return lines_of(self.headers)


class Guard:
    """Decides on each request by its headers alone."""

    def __init__(self, settings: Settings) -> None:
        self._off = settings.disable_security
        self._hosts = settings.allowed_hosts
        self._origins = {origin.rstrip("/") for origin in settings.cors_allowed_origins}
        self._known_good: set[bytes] = set()
        base: Headers = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin")]
        if settings.x_frame_options.upper() != "NONE":
            base.append((b"x-frame-options", settings.x_frame_options.upper().encode()))
        self._passed = Verdict([] if self._off else base)
        self._base = base

    def judge(self, method: str, path: str, headers: Headers) -> Verdict:
        """Let the request in, or say what to answer instead."""
        if self._off:
            return self._passed
        host = origin = site = b""
        for name, value in headers:
            if name == b"host":
                host = value
            elif name == b"origin":
                origin = value
            elif name == b"sec-fetch-site":
                site = value
        if host not in self._known_good and not self._host_may(host) and path not in _OPEN_PATHS:
            return Verdict([*self._base, TEXT], 403, REBINDING)
        if not origin:
            if site == b"cross-site" and method not in _SAFE_METHODS:
                return Verdict([*self._base, TEXT], 403, CROSS_ORIGIN)
            return self._passed
        return self._judge_origin(method, origin, host)

    def _judge_origin(self, method: str, origin: bytes, host: bytes) -> Verdict:
        allowed = "*" in self._origins or origin.decode("latin-1") in self._origins
        if not allowed:
            same = origin.partition(b"://")[2] == host and host != b""
            if same or method in ("GET", "HEAD"):
                return self._passed  # a foreign page may send it, and its browser will not let it read the answer
            return Verdict([*self._base, TEXT], 403, CROSS_ORIGIN)
        shared: Headers = [
            *self._base,
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"false" if "*" in self._origins else b"true"),
            (b"vary", b"Origin"),
        ]
        if method == "OPTIONS":
            return Verdict([*shared, *_PREFLIGHT], 204)
        return Verdict(shared)

    def _host_may(self, host: bytes) -> bool:
        name = host.decode("latin-1").lower()
        if self._hosts is None:
            allowed = _is_near(name)
        else:
            bare = _without_port(name)
            allowed = any(fnmatchcase(name, pattern) or fnmatchcase(bare, pattern) for pattern in self._hosts)
        if allowed and len(self._known_good) < _KNOWN_HOSTS_LIMIT:
            self._known_good.add(host)
        return allowed


def _without_port(name: str) -> str:
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0]


def _is_near(name: str) -> bool:
    """Tell whether a Host header names this machine or an address of a private network."""
    bare = _without_port(name)
    if bare == "localhost":
        return True
    try:
        address = ipaddress.ip_address(bare.strip("[]"))
    except ValueError:
        return False
    return address.is_loopback or address.is_private or address.is_unspecified
