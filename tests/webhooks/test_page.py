"""docs/webhooks.md says what happens: its examples run, and its tables are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import mlflow
from mlflow.entities.webhook import VALID_ENTITY_ACTIONS, WebhookEvent
from mlflow.server.webhook_deliveries import FIRST_WAIT_SECONDS, GROWTH, LONGEST_WAIT_SECONDS, wait_seconds
from mlflow.webhooks import sending
from mlflow.webhooks.types import EVENT_TO_PAYLOAD_CLASS, get_example_payload_for_event, get_payload_class_for_event
from tests.servers import headrace_server
from tests.webhooks.receiving import receiver
from tests.webhooks.settings import NEAR

PAGE = (Path(__file__).parents[2] / "docs/webhooks.md").read_text()
CREATE, VERIFY = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
EVENTS = [WebhookEvent(entity, action) for entity, actions in VALID_ENTITY_ACTIONS.items() for action in actions]


def test_the_examples_create_a_webhook_and_recognise_what_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uri = f"sqlite:///{tmp_path}/registry.db"
    with receiver() as there, headrace_server(uri, tmp_path / "artifacts", env=NEAR) as url:
        code = CREATE.replace("http://127.0.0.1:5000", url).replace("https://ci.example.com", there.url)
        exec(code, {})
        assert capsys.readouterr().out == "200\n"

        mlflow.MlflowClient(url).create_prompt("greeting")
        mlflow.MlflowClient(url).create_prompt_version("greeting", "Hello {{name}}")
        example, real = there.wait_for(2, "/hooks/prompts")

    names: dict[str, Any] = {}
    exec(VERIFY, names)
    for told in (example, real):
        assert names["is_genuine"]("a long random text", told.headers, told.body)
        assert not names["is_genuine"]("another", told.headers, told.body)
        assert not names["is_genuine"]("a long random text", told.headers, told.body + b" ")
        assert not names["is_genuine"]("a long random text", told.headers | {"X-MLflow-Timestamp": "1"}, told.body)
    assert real.content["data"]["template"] == "Hello {{name}}"


@pytest.mark.parametrize("event", [event for event in EVENTS if event.entity != "budget_policy"], ids=str)
def test_the_table_of_events_is_that_of_the_payloads(event: WebhookEvent) -> None:
    rows = [line.split("|") for line in PAGE.splitlines() if line.startswith("| `")]
    [told] = [data.partition(";")[0] for _, events, data, *_ in rows if f"`{event}`" in events]

    assert told.strip().split(", ") == list(get_payload_class_for_event(event).__annotations__)


def test_the_body_on_the_page_has_the_fields_of_its_event() -> None:
    import json

    [body] = re.findall(r"^```json\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    shown = json.loads(body)

    event = WebhookEvent(shown["entity"], shown["action"])
    assert list(shown["data"]) == list(get_payload_class_for_event(event).__annotations__)
    sent = json.loads(sending.body_of(event, 1_795_461_874_537, shown["data"]))
    assert list(sent) == list(shown)
    assert sent == shown


def test_statuses_and_waits_on_the_page_are_those_of_the_code() -> None:
    [again] = re.findall(r"after the statuses ([\d, and]+): after about (?:.|\n)*?\.", PAGE)
    assert set(map(int, re.findall(r"\d+", again))) == sending._TRIED_AGAIN

    assert (FIRST_WAIT_SECONDS, GROWTH, LONGEST_WAIT_SECONDS) == (2, 8, 3600)
    for attempts, seconds in ((1, 2), (2, 16), (3, 128), (4, 1024), (5, 3600), (1000, 3600)):
        assert 0.75 * seconds <= wait_seconds(attempts) <= seconds
    assert wait_seconds(1, asked_for=60) == 60
    assert wait_seconds(1, asked_for=1e9) == 3600


@pytest.mark.parametrize("event", EVENTS, ids=str)
def test_each_event_has_a_payload_with_an_example(event: WebhookEvent) -> None:
    kind = EVENT_TO_PAYLOAD_CLASS[event.entity, event.action]

    assert list(kind.example()) == list(kind.__annotations__)
    assert kind.example() == get_example_payload_for_event(event)
    assert mlflow.entities.WebhookEvent.from_str(str(event)) == event


def test_the_public_names_are_mlflows() -> None:
    import mlflow.webhooks

    assert {name for name in mlflow.webhooks.__all__ if name.endswith("Payload")} == {
        "WebhookPayload",
        *(kind.__name__ for (entity, _), kind in EVENT_TO_PAYLOAD_CLASS.items() if entity != "budget_policy"),
    }
    assert mlflow.webhooks.WEBHOOK_SIGNATURE_HEADER == "X-MLflow-Signature"
