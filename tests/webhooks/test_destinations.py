"""Where webhooks may lead: the public internet, whatever the address is written like."""

from __future__ import annotations

import socket

import pytest

from mlflow.exceptions import InvalidParameter
from mlflow.webhooks.destinations import Unresolved, destination, is_public

PUBLIC = [
    *("8.8.8.8", "1.1.1.1", "93.184.215.14", "172.15.255.255", "172.32.0.0", "192.167.255.255", "100.63.255.255"),
    *("2606:4700:4700::1111", "2a00:1450:4001::1", "64:ff9b::8.8.8.8"),
]
NOT_PUBLIC = {
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1"],
    "shared by customers of a provider": ["100.64.0.1", "100.127.255.254"],
    "link-local, of clouds' metadata too": ["169.254.169.254", "fe80::1", "fe80::1%lo"],
    "site-local": ["fec0::1"],
    "unspecified": ["0.0.0.0", "0.1.2.3", "::"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "255.255.255.255", "4000::1", "f000::1", "100::1"],
    "documentation and tests": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "2001:db8::1", "3fff::1"],
    "protocols and relays": ["192.0.0.1", "192.0.0.9", "192.88.99.1", "5f00::1"],
    "IPv4 inside IPv6": ["::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1"],
    "NAT64": ["64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1"],
    "6to4": ["2002:7f00:1::", "2002:0a00:1::1", "2002:808:808::1"],
    "Teredo": ["2001::1", "2001:0:53aa:64c:0:0:80ff:fffe"],
}
# Other spellings of 127.0.0.1 that the operating system understands, and a name for it.
DISGUISES = ["localhost", "LOCALHOST", "localhost.", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "127.1", "0"]


@pytest.mark.parametrize("address", PUBLIC)
def test_hosts_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address", [pytest.param(one, id=f"{kind} {one}") for kind in NOT_PUBLIC for one in NOT_PUBLIC[kind]]
)
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("host", [*DISGUISES, "127.0.0.1", "[::1]", "[::ffff:7f00:1]", "１２７.0.0.1", "①②⑦.0.0.1"])
def test_a_host_that_turns_out_to_be_this_machine_is_refused(host: str) -> None:
    with pytest.raises(InvalidParameter, match="not one of the public internet"):
        destination(f"https://{host}/hook")
    with pytest.raises(InvalidParameter, match="not one of the public internet"):
        destination(f"https://user:password@{host}:8443/hook?a=b")


def test_a_name_is_refused_when_one_of_its_addresses_is_not_public(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(2, 1, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)

    with pytest.raises(InvalidParameter, match=r"its address 10\.0\.0\.1 is not"):
        destination("https://two.example.com/")


def test_an_operator_may_allow_addresses_of_the_own_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", "true")

    assert "127.0.0.1" in destination("https://localhost/").addresses


def test_a_name_that_nobody_has_is_not_known() -> None:
    with pytest.raises(Unresolved, match=r"nothing\.invalid.*is not known"):
        destination("https://nothing.invalid/")


@pytest.mark.parametrize("scheme", ["http", "HTTP", "ftp", "file", "gopher", "javascript"])
def test_only_https_is_allowed_from_the_start(scheme: str) -> None:
    with pytest.raises(InvalidParameter, match="Allowed: https"):
        destination(f"{scheme}://8.8.8.8/")


def test_an_operator_may_allow_http_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", " HTTP, https,ftp")

    assert destination("http://8.8.8.8/").scheme == "http"
    with pytest.raises(InvalidParameter, match="Allowed: http, https"):
        destination("ftp://8.8.8.8/")


def test_a_url_is_taken_apart_into_what_is_sent() -> None:
    place = destination("https://us%40er:pass%3Aword@8.8.8.8:8443/a%20b/ü?q=1&r=ü#part")

    assert (place.scheme, place.host, place.port, place.addresses) == ("https", "8.8.8.8", 8443, ("8.8.8.8",))
    assert place.target == "/a%20b/%C3%BC?q=1&r=%C3%BC"
    assert place.user == "us@er:pass:word"
    assert place.host_header == "8.8.8.8:8443"


@pytest.mark.parametrize(
    ("url", "header"),
    [
        ("https://8.8.8.8", "8.8.8.8"),
        ("https://8.8.8.8:443/", "8.8.8.8"),
        ("https://[2606:4700:4700::1111]:444/", "[2606:4700:4700::1111]:444"),
    ],
)
def test_the_usual_port_is_left_out_of_the_host_header(url: str, header: str) -> None:
    assert destination(url).host_header == header
    assert destination(url).target == "/"
