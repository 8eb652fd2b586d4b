"""Calls on webhooks as a server answers them: paths with ids in them, where webhooks may lead, and trying one."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mlflow import MlflowClient
from mlflow.api.webhooks import GetWebhook
from mlflow.exceptions import InvalidParameter, MlflowException, RestException
from mlflow.server import Settings, make_server
from mlflow.server.openapi import document
from mlflow.server.paths import PathTemplates
from mlflow.store.rest import _path_of
from tests.servers import free_port, headrace_server
from tests.webhooks.receiving import Receiver, drop_by_drop, receiver, with_status
from tests.webhooks.settings import NEAR
from tests.webhooks.test_destinations import DISGUISES

PREFIX = "/api/2.0/mlflow/webhooks"
HOOK = {"name": "hook", "url": "https://8.8.8.8/", "events": [{"entity": "BUDGET_POLICY", "action": "EXCEEDED"}]}


class Answer(NamedTuple):
    status: int
    headers: Any
    body: Any


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server as it is from the start: https, and nothing of one's own network."""
    folder: Path = tmp_path_factory.mktemp("strict")
    with headrace_server(
        f"sqlite:///{folder}/registry.db", folder / "artifacts", "--static-prefix", "/mlops"
    ) as address:
        yield address


@pytest.fixture(scope="module")
def near(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that may send to this machine."""
    folder: Path = tmp_path_factory.mktemp("near")
    with headrace_server(f"sqlite:///{folder}/registry.db", folder / "artifacts", env=NEAR) as address:
        yield address


@pytest.fixture(scope="module")
def there() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def send(
    server: str, method: str, path: str, body: Any = None, content_type: str | None = "application/json"
) -> Answer:
    connection = http.client.HTTPConnection(server.removeprefix("http://"), timeout=30)
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": content_type} if data is not None and content_type else {}
    connection.request(method, path, data, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return Answer(answer.status, answer.headers, json.loads(content) if content else None)


def created(server: str, **more: Any) -> str:
    answer = send(server, "POST", PREFIX, HOOK | more)
    assert answer.status == 200, answer
    return str(answer.body["webhook"]["webhook_id"])


@pytest.mark.parametrize("prefix", ["/api", "/ajax-api", "/mlops/api", "/mlops/ajax-api"])
def test_a_path_names_a_webhook(strict: str, prefix: str) -> None:
    webhook_id = created(strict)

    answer = send(strict, "GET", f"{prefix}/2.0/mlflow/webhooks/{webhook_id}")

    assert (answer.status, answer.body["webhook"]["webhook_id"]) == (200, webhook_id)


def test_the_path_counts_and_not_what_else_names_a_webhook(strict: str) -> None:
    webhook_id = created(strict)

    asked = send(strict, "GET", f"{PREFIX}/{webhook_id}?webhook_id=other")
    changed = send(strict, "PATCH", f"{PREFIX}/{webhook_id}", {"webhook_id": "other", "name": "renamed"})

    assert asked.body["webhook"]["webhook_id"] == webhook_id
    assert changed.body["webhook"] == asked.body["webhook"] | {
        "name": "renamed",
        "last_updated_timestamp": changed.body["webhook"]["last_updated_timestamp"],
    }


def test_a_webhook_is_deleted_without_a_body(strict: str) -> None:
    webhook_id = created(strict)

    assert send(strict, "DELETE", f"{PREFIX}/{webhook_id}")[::2] == (200, {})
    assert send(strict, "DELETE", f"{PREFIX}/{webhook_id}").status == 404


def test_what_creates_must_still_say_that_it_is_json(strict: str) -> None:
    answer = send(strict, "POST", PREFIX, HOOK, content_type="text/plain")

    assert (answer.status, answer.body["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("path", ["nope", "%2e%2e", "%00", "%ff", "a%2Fb", "{webhook_id}", "x" * 3000])
def test_an_id_that_leads_nowhere_is_not_found(strict: str, path: str) -> None:
    answer = send(strict, "GET", f"{PREFIX}/{path}")

    assert answer.status == 404
    assert answer.body["error_code"] in ("RESOURCE_DOES_NOT_EXIST", "ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize("path", ["/", "/a/b", "/a/test/b", "//test"])
def test_a_path_that_is_no_template_is_no_endpoint(strict: str, path: str) -> None:
    answer = send(strict, "GET", f"{PREFIX}{path}")

    assert (answer.status, answer.body["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


def test_a_method_that_a_path_does_not_have_is_refused_with_those_it_has(strict: str) -> None:
    answer = send(strict, "PUT", f"{PREFIX}/{created(strict)}", {})

    assert answer.status == 405
    assert sorted(answer.headers["Allow"].split(", ")) == ["DELETE", "GET", "PATCH"]


def test_the_most_literal_path_is_found() -> None:
    templates = PathTemplates({"/a/{x}": 1, "/a/{x}/b": 2, "/c/{x}/{y}": 3})

    assert templates.find("/a/1") == (1, {"x": "1"})
    assert templates.find("/a/1/b") == (2, {"x": "1"})
    assert templates.find("/c/1/2") == (3, {"x": "1", "y": "2"})
    assert [templates.find(path) for path in ("/a/", "/a", "/a/1/c", "/b/1", "", "/")] == [None] * 6


def test_a_client_writes_ids_into_paths_so_that_they_stay_one_part() -> None:
    assert _path_of(GetWebhook(webhook_id="a/../b?c=d#e%2f")) == f"{PREFIX}/a%2F..%2Fb%3Fc%3Dd%23e%252f"


def test_the_document_names_ids_in_paths_as_what_they_are() -> None:
    paths = document()["paths"]
    change = paths[f"{PREFIX}/{{webhook_id}}"]["patch"]

    assert change["parameters"] == [
        {"name": "webhook_id", "in": "path", "required": True, "schema": {"type": "string"}}
    ]
    assert "requestBody" in change
    assert "requestBody" not in paths[f"{PREFIX}/{{webhook_id}}"]["delete"]
    listing = paths["/api/3.0/headrace/webhooks/{webhook_id}/deliveries"]["get"]
    assert {(one["name"], one["in"]) for one in listing["parameters"]} == {
        ("webhook_id", "path"),
        ("max_results", "query"),
        ("page_token", "query"),
    }


@pytest.mark.parametrize(
    "url",
    [
        *(f"https://{host}/" for host in DISGUISES),
        *("http://8.8.8.8/", "https://169.254.169.254/latest/meta-data", "https://[::1]/", "https://nothing.invalid/"),
    ],
)
def test_a_url_that_leads_where_nothing_may_be_sent_is_refused_from_the_start(strict: str, url: str) -> None:
    webhook_id = created(strict)

    made = send(strict, "POST", PREFIX, HOOK | {"url": url})
    changed = send(strict, "PATCH", f"{PREFIX}/{webhook_id}", {"url": url})

    for answer in (made, changed):
        assert (answer.status, answer.body["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert send(strict, "GET", f"{PREFIX}/{webhook_id}").body["webhook"]["url"] == HOOK["url"]


def test_in_ones_own_process_the_same_is_refused(tmp_path: Path) -> None:
    client = MlflowClient(f"sqlite:///{tmp_path}/registry.db")

    with pytest.raises(MlflowException, match="not one of the public internet"):
        client.create_webhook("hook", "https://localhost/", ["prompt.created"])
    webhook = client.create_webhook("hook", "https://8.8.8.8/", ["prompt.created"])
    with pytest.raises(MlflowException, match="Allowed: https"):
        client.update_webhook(webhook.webhook_id, url="http://8.8.8.8/")


class TestTrying:
    """`test_webhook`, on a server and in one's own process."""

    @pytest.fixture(params=["server", "own process"])
    def client(
        self, request: pytest.FixtureRequest, near: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> MlflowClient:
        for name, value in NEAR.items():
            monkeypatch.setenv(name, value)
        return MlflowClient(near if request.param == "server" else f"sqlite:///{tmp_path}/registry.db")

    def test_an_example_of_the_first_event_is_sent_and_the_answer_returned(
        self, client: MlflowClient, there: Receiver
    ) -> None:
        path, events = f"/{uuid.uuid4().hex}", ["prompt_alias.created", "model_version.created"]
        webhook = client.create_webhook("hook", there.url + path, events, secret="s")

        result = client.test_webhook(webhook.webhook_id)

        [told] = there.at(path)
        assert (result.success, result.response_status, result.response_body) == (True, 200, "noted")
        assert result.error_message is None
        assert told.is_signed_with("s")
        assert (told.content["entity"], told.content["action"]) == ("model_version", "created")
        assert set(told.content["data"]) == {"name", "version", "source", "run_id", "tags", "description"}

    def test_an_example_of_any_event_may_be_asked_for_even_when_it_is_disabled(
        self, client: MlflowClient, there: Receiver
    ) -> None:
        path = f"/{uuid.uuid4().hex}"
        webhook = client.create_webhook("hook", there.url + path, ["prompt.created"], status="DISABLED")

        assert client.test_webhook(webhook.webhook_id, "prompt_tag.deleted").success

        [told] = there.at(path)
        assert told.content["data"] == {"name": "example_prompt", "key": "example_key"}

    def test_a_bad_answer_is_a_result_and_no_error_and_comes_at_once(
        self, client: MlflowClient, there: Receiver
    ) -> None:
        there.answers["/down"] = [with_status(503, b"later")]
        webhook = client.create_webhook("hook", f"{there.url}/down", ["prompt.created"])
        begun = time.monotonic()

        result = client.test_webhook(webhook.webhook_id)

        assert (result.success, result.response_status, result.response_body) == (False, 503, "later")
        assert time.monotonic() - begun < 1.5

    def test_no_answer_is_a_result_that_says_why(self, client: MlflowClient) -> None:
        webhook = client.create_webhook("hook", f"http://127.0.0.1:{free_port()}/", ["prompt.created"])

        result = client.test_webhook(webhook.webhook_id)

        assert (result.success, result.response_status) == (False, None)
        assert "refused" in (result.error_message or "")

    def test_a_webhook_that_is_not_there_is_an_error(self, client: MlflowClient) -> None:
        with pytest.raises(MlflowException, match="not found") as caught:
            client.test_webhook("nope")
        assert caught.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_many_who_try_slow_webhooks_do_not_slow_the_server(near: str, there: Receiver) -> None:
    there.answers["/drops"] = [drop_by_drop]
    webhook_id = created(near, url=f"{there.url}/drops")
    statuses: list[int] = []

    def try_it() -> None:
        statuses.append(send(near, "POST", f"{PREFIX}/{webhook_id}/test", {}).status)

    trying = [threading.Thread(target=try_it) for _ in range(24)]
    for thread in trying:
        thread.start()
    until = time.monotonic() + 2
    slowest = 0.0
    while time.monotonic() < until:
        begun = time.monotonic()
        assert send(near, "GET", f"{PREFIX}/{webhook_id}").status == 200
        slowest = max(slowest, time.monotonic() - begun)
    assert slowest < 0.5
    assert statuses.count(503) >= 1, "more waited than should"
    for thread in trying:
        thread.join()
    assert set(statuses) == {200, 503}


def test_an_event_that_there_is_not_is_refused(near: str) -> None:
    webhook_id = created(near)

    for event in (
        {},
        {"entity": "PROMPT"},
        {"entity": "PROMPT", "action": "DELETED"},
        {"entity": "x" * 9000, "action": 1},
    ):
        answer = send(near, "POST", f"{PREFIX}/{webhook_id}/test", {"event": event})
        assert (answer.status, answer.body["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), event
        assert len(answer.body["message"]) < 500


def test_events_travel_by_name_or_number(near: str) -> None:
    webhook_id = created(near, events=[{"entity": 5, "action": 1}, {"entity": "MODEL_VERSION", "action": "CREATED"}])

    assert send(near, "GET", f"{PREFIX}/{webhook_id}").body["webhook"]["events"] == [
        {"entity": "MODEL_VERSION", "action": "CREATED"},
        {"entity": "PROMPT", "action": "CREATED"},
    ]


def test_a_server_does_not_start_with_a_key_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", "not a key")

    with pytest.raises(InvalidParameter, match="is no key") as caught:
        make_server(Settings(backend_store_uri=f"sqlite:///{tmp_path}/registry.db"))
    assert "not a key" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", "perhaps"),
        ("MLFLOW_WEBHOOK_REQUEST_TIMEOUT", "long"),
        ("MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES", ""),
        ("MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS", "1.5"),
    ],
)
def test_nor_with_settings_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(InvalidParameter, match=name):
        make_server(Settings(backend_store_uri=f"sqlite:///{tmp_path}/registry.db"))


class TestTheClient:
    """What the client makes of what it is given."""

    @pytest.mark.parametrize(
        "events",
        ["prompt.created", [], ["prompt"], ["prompt.vanished"], ["PROMPT.CREATED"], [{"entity": "prompt"}], [5]],
    )
    def test_events_that_are_none_are_refused_before_anything_is_sent(self, events: Any) -> None:
        client = MlflowClient(f"http://127.0.0.1:{free_port()}")

        with pytest.raises(InvalidParameter, match="event"):
            client.create_webhook("hook", "https://8.8.8.8/", events)

    def test_pages_go_on_by_their_token(self, near: str) -> None:
        client = MlflowClient(near)
        made = [client.create_webhook("hook", "https://8.8.8.8/", ["budget_policy.exceeded"]) for _ in range(3)]

        first = client.list_webhooks(max_results=2)
        second = client.list_webhooks(max_results=1, page_token=first.token)

        assert [one.webhook_id for one in (*first, *second)] == [one.webhook_id for one in made[::-1]]

    def test_an_update_with_nothing_changes_nothing_but_the_time(self, near: str) -> None:
        client = MlflowClient(near)
        webhook = client.create_webhook("hook", "https://8.8.8.8/", ["budget_policy.exceeded"], "tells")

        updated = client.update_webhook(webhook.webhook_id)

        assert (updated.name, updated.description, updated.events) == ("hook", "tells", webhook.events)

    def test_an_id_with_a_slash_stays_one_id(self, near: str) -> None:
        with pytest.raises(MlflowException, match="not found"):
            MlflowClient(near).get_webhook("a/../b")

    def test_what_the_server_refuses_is_raised_with_its_code(self, strict: str) -> None:
        with pytest.raises(RestException, match="Allowed: https") as caught:
            MlflowClient(strict).create_webhook("hook", "http://8.8.8.8/", ["prompt.created"])
        assert caught.value.error_code == "INVALID_PARAMETER_VALUE"
