"""Where webhooks may be sent to: which schemes, and no address inside our own networks.

A name is resolved once, every address it has is looked at, and the connection goes to one of these very addresses: what
the name means a moment later is of no consequence (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlsplit

from mlflow.api.webhooks import check_url
from mlflow.environment_variables import MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS, MLFLOW_WEBHOOK_ALLOWED_SCHEMES
from mlflow.exceptions import InvalidParameter

_PORTS = {"http": 80, "https": 443}

# The IPv6 internet, as far as it is given out, and what of it is not hosts of others: Teredo and the like, examples,
# 6to4 (which carries IPv4 addresses), documentation.
_INTERNET = ipaddress.ip_network("2000::/3")
_NOT_HOSTS = tuple(map(ipaddress.ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Of IPv4 what not every Python knows: addresses for protocols, relays of 6to4.
_NOT_HOSTS_EITHER = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24")))

_MAY_STAND = "/%:=@!$&'()*+,;~?"  # in a path or query as they are


class Unresolved(InvalidParameter):
    """The host's name has no address, now or ever."""


class Destination(NamedTuple):
    """A place that may be sent to."""

    scheme: str
    host: str  # as in the URL, in ASCII
    port: int
    addresses: tuple[str, ...]
    target: str  # path and query
    user: str | None  # "user:password"

    @property
    def host_header(self) -> str:
        """What the request says it was sent to."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def destination(url: str) -> Destination:
    """Return where a webhook's URL leads. This asks the DNS, which may take seconds.

    Raises:
        Unresolved: the host is not known.
        InvalidParameter: nothing may be sent there; the message says what an operator can do about it.
    """
    check_url(url)
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    allowed = [one for one in MLFLOW_WEBHOOK_ALLOWED_SCHEMES.get() if one in _PORTS]
    if scheme not in allowed:
        raise InvalidParameter(
            f"Invalid webhook URL scheme {parts.scheme[:20]!r}. Allowed: {', '.join(allowed)}. The server's variable "
            f"{MLFLOW_WEBHOOK_ALLOWED_SCHEMES} says so."
        )
    host = (parts.hostname or "").encode("idna").decode().rstrip(".")
    port = parts.port or _PORTS[scheme]
    addresses = _resolve(host, port)
    if not MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS.get():
        for address in addresses:
            if not is_public(address):
                raise InvalidParameter(
                    f"Webhooks cannot be sent to {host}: its address {address} is not one of the public internet. The "
                    f"server's operator may allow that with {MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS}=true."
                )
    target = quote(parts.path or "/", safe=_MAY_STAND)
    if parts.query:
        target += f"?{quote(parts.query, safe=_MAY_STAND)}"
    return Destination(scheme, host, port, addresses, target, _user(parts))


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to a host of the public internet."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found in _NAT64:  # an IPv4 host, for networks that have no IPv4
            return _is_public_ipv4(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF))
        return found in _INTERNET and not any(found in network for network in _NOT_HOSTS)
    return _is_public_ipv4(found)


def _is_public_ipv4(address: ipaddress.IPv4Address) -> bool:
    unfit = address.is_multicast or address.is_reserved or any(address in network for network in _NOT_HOSTS_EITHER)
    return address.is_global and not unfit


def _user(parts: SplitResult) -> str | None:
    if parts.username is None:
        return None
    return f"{unquote(parts.username)}:{unquote(parts.password or '')}"


def _resolve(host: str, port: int) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolved(f"The host {host!r} of the webhook's URL is not known: {error}.") from error
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))
