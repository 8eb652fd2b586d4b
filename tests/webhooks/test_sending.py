"""One attempt: what goes out, what is made of the answer, and who is not trusted."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from mlflow.api.webhook_deliveries import Target
from mlflow.entities import WebhookEvent
from mlflow.webhooks.sending import READ_LIMIT, attempt, body_of
from tests.servers import free_port
from tests.webhooks.certificates import Authority
from tests.webhooks.receiving import cut, drop_by_drop, receiver, with_status
from tests.webhooks.settings import NEAR

BODY = b'{"entity": "prompt"}'


@pytest.fixture(autouse=True)
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    for name, value in NEAR.items():
        monkeypatch.setenv(name, value)


def target(url: str, **more: Any) -> Target:
    return Target("id", "name", url, **more)


def test_what_arrives_says_where_it_was_sent_to_and_is_not_signed_without_a_secret() -> None:
    with receiver() as there:
        outcome = attempt(target(f"{there.url}/a%20b?q=1"), "delivery", BODY)
        [told] = there.at("/a%20b?q=1")

    assert (outcome.status, outcome.body, outcome.error) == (200, "noted", None)
    assert (told.body, told.delivery_id) == (BODY, "delivery")
    assert told.headers["Host"] == there.url.removeprefix("http://")
    assert "X-MLflow-Signature" not in told.headers
    assert "Authorization" not in told.headers


def test_user_and_password_of_the_url_are_sent_as_basic_authentication() -> None:
    with receiver() as there:
        attempt(target(there.url.replace("//", "//us%3Aer:pass@") + "/in"), "delivery", BODY)
        [told] = there.at("/in")

    assert told.headers["Authorization"] == "Basic dXM6ZXI6cGFzcw=="
    assert "@" not in told.headers["Host"]


def test_an_empty_path_is_a_slash() -> None:
    with receiver() as there:
        assert attempt(target(there.url), "delivery", BODY).error is None
        assert len(there.at("/")) == 1


@pytest.mark.parametrize(
    ("status", "again"), [(301, False), (400, False), (404, False), (410, False), (501, False)]
    + [(status, True) for status in (408, 425, 429, 500, 502, 503, 504)],
)  # fmt: skip
def test_statuses_that_pass_by_themselves_are_worth_another_attempt(status: int, again: bool) -> None:
    with receiver() as there:
        there.answers["/"] = [with_status(status, b"why")]
        outcome = attempt(target(there.url), "delivery", BODY)

    assert (outcome.status, outcome.body, outcome.again) == (status, "why", again)
    assert outcome.error is not None


@pytest.mark.parametrize(
    ("given", "seconds"), [("7", 7.0), ("-1", 0.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0), ("1e9", 0.0), ("٣", 0.0)]
)
def test_only_seconds_are_read_of_when_to_come_again(given: str, seconds: float) -> None:
    with receiver() as there:
        there.answers["/"] = [with_status(503, Retry_After=given.encode().decode("latin-1"))]

        assert attempt(target(there.url), "delivery", BODY).wait_seconds == seconds


def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    with receiver() as there:
        there.answers["/"] = [with_status(200, b"x" * 50_000_000)]
        outcome = attempt(target(there.url), "delivery", BODY)

    assert outcome.body == "x" * READ_LIMIT


def test_an_answer_that_is_no_text_is_shown_as_far_as_it_can_be() -> None:
    with receiver() as there:
        there.answers["/"] = [with_status(200, b"\xff ok", Content_Encoding="gzip")]

        assert attempt(target(there.url), "delivery", BODY).body == "\ufffd ok"


def test_a_redirect_is_not_followed() -> None:
    with receiver() as there:
        there.answers["/"] = [with_status(307, Location="/elsewhere")]
        outcome = attempt(target(there.url), "delivery", BODY)

        assert (outcome.status, outcome.again) == (307, False)
        assert there.at("/elsewhere") == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"http://127.0.0.1:{free_port()}/", "refused"),
        ("http://nothing.invalid/", "is not known"),
    ],
    ids=["nobody listens", "no such name"],
)
def test_without_an_answer_another_attempt_is_worth_it(url: str, why: str) -> None:
    outcome = attempt(target(url), "delivery", BODY)

    assert (outcome.status, outcome.again) == (None, True)
    assert why in (outcome.error or "")


def test_a_connection_that_is_cut_is_no_answer() -> None:
    with receiver() as there:
        there.answers["/"] = [cut]
        outcome = attempt(target(there.url), "delivery", BODY)

    assert (outcome.status, outcome.again) == (None, True)


def test_an_attempt_ends_in_time_however_the_answer_trickles_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_REQUEST_TIMEOUT", "1")
    with receiver() as there:
        there.answers["/"] = [drop_by_drop]
        begun = time.monotonic()
        outcome = attempt(target(there.url), "delivery", BODY)

    assert time.monotonic() - begun < 1.5
    assert (outcome.error, outcome.again) == ("No whole answer came within 1 seconds.", True)


def test_an_attempt_ends_in_time_when_nobody_answers_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_REQUEST_TIMEOUT", "1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        outcome = attempt(target(f"http://127.0.0.1:{silent.getsockname()[1]}/"), "delivery", BODY)

    assert time.monotonic() - begun < 1.5
    assert outcome.again


def test_what_should_be_signed_is_never_sent_unsigned() -> None:
    with receiver() as there:
        outcome = attempt(target(there.url, fault="The secret cannot be read."), "delivery", BODY)

        assert (outcome.error, outcome.again) == ("The secret cannot be read.", True)
        assert there.at("/") == []


def test_where_nothing_may_be_sent_nothing_is_and_it_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", "false")
    with receiver() as there:
        outcome = attempt(target(there.url), "delivery", BODY)

        assert (outcome.status, outcome.again) == (None, False)
        assert "not one of the public internet" in (outcome.error or "")
        assert there.at("/") == []


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    with receiver() as there:
        assert attempt(target(there.url), "delivery", BODY).status == 200


def test_a_name_is_resolved_once_and_the_connection_goes_to_that_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    really = socket.getaddrinfo

    def answer_once(host: Any, *more: Any, **named: Any) -> Any:
        asked.append(host)
        return really("127.0.0.1" if host == "rebinding.example" and len(asked) == 1 else host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", answer_once)
    with receiver() as there:
        port = there.url.rpartition(":")[2]
        outcome = attempt(target(f"http://rebinding.example:{port}/"), "delivery", BODY)
        [told] = there.at("/")

    assert outcome.status == 200
    assert [host for host in asked if host != "127.0.0.1"] == ["rebinding.example"]
    assert told.headers["Host"] == f"rebinding.example:{port}"


def test_when_one_address_does_not_answer_the_next_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    really = socket.getaddrinfo

    def two(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if host != "two.example":
            return really(host, port, *more, **named)
        return [(2, 1, 6, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    with receiver() as there:  # it listens on 127.0.0.1 alone
        port = there.url.rpartition(":")[2]

        assert attempt(target(f"http://two.example:{port}/"), "delivery", BODY).status == 200


class TestHttps:
    """Certificates are those of the name, although the connection goes to an address."""

    @pytest.fixture
    def authority(self, tmp_path: Path) -> Authority:
        return Authority(tmp_path)

    @pytest.fixture
    def trusted(self, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))

    @pytest.mark.usefixtures("trusted")
    def test_a_receiver_with_a_certificate_of_its_name_is_trusted(self, authority: Authority) -> None:
        with receiver(authority.context_for("localhost")) as there:
            outcome = attempt(target(there.url, secret="s"), "delivery", BODY)

            assert (outcome.status, outcome.error) == (200, None)
            [told] = there.at("/")
        assert told.is_signed_with("s")

    def test_an_authority_may_be_named_as_for_other_python_programs(
        self, authority: Authority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.bundle))
        with receiver(authority.context_for("localhost")) as there:
            assert attempt(target(there.url), "delivery", BODY).status == 200

    @pytest.mark.usefixtures("trusted")
    def test_a_certificate_of_another_name_is_not_trusted(self, authority: Authority) -> None:
        with receiver(authority.context_for("other.example")) as there:
            outcome = attempt(target(there.url), "delivery", BODY)

            assert "its certificate is not trusted" in (outcome.error or "")
            assert there.at("/") == []

    def test_an_authority_that_nobody_knows_is_not_trusted(self, authority: Authority) -> None:
        with receiver(authority.context_for("localhost")) as there:
            outcome = attempt(target(there.url), "delivery", BODY)

            assert (outcome.status, outcome.again) == (None, True)
            assert "its certificate is not trusted" in (outcome.error or "")
            assert there.at("/") == []

    def test_who_does_not_speak_tls_is_not_sent_anything(self) -> None:
        with receiver() as there:
            outcome = attempt(target(there.url.replace("http:", "https:")), "delivery", BODY)

            assert "No answer" in (outcome.error or "")
            assert there.at("/") == []

    @pytest.mark.usefixtures("trusted")
    def test_an_attempt_over_tls_ends_in_time_too(self, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MLFLOW_WEBHOOK_REQUEST_TIMEOUT", "1")
        with receiver(authority.context_for("localhost")) as there:
            there.answers["/"] = [drop_by_drop]
            begun = time.monotonic()
            outcome = attempt(target(there.url), "delivery", BODY)

        assert time.monotonic() - begun < 1.5
        assert outcome.again


def test_the_body_is_the_same_in_each_attempt_and_says_when_it_happened() -> None:
    event = WebhookEvent("prompt_alias", "deleted")

    bodies = {body_of(event, 1_700_000_000_123, {"name": "greeting", "alias": "live"}) for _ in range(2)}

    assert bodies == {
        b'{"entity":"prompt_alias","action":"deleted","timestamp":"2023-11-14T22:13:20.123000+00:00",'
        b'"data":{"name":"greeting","alias":"live"}}'
    }


def test_the_time_of_a_whole_second_is_written_like_any_other() -> None:
    assert b'"timestamp":"2023-11-14T22:13:20.000000+00:00"' in body_of(
        WebhookEvent("prompt", "created"), 1_700_000_000_000, {}
    )
