"""Webhooks: making, finding, changing and trying them, and what a real receiver is told.

The server must be allowed to send to this machine, and over http.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.compat.recorder import World, attempt, mlflow, step

_SECRET = "a long random text"
_PATIENCE_SECONDS = 20.0
_PUBLIC = "https://8.8.8.8/hook"


class _Receiver:
    """What came to a server in this process, and whether it was signed with the secret."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        found = self.told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                content = f"{self.headers['X-MLflow-Delivery-Id']}.{self.headers['X-MLflow-Timestamp']}.".encode()
                digest = hmac.new(_SECRET.encode(), content + body, hashlib.sha256).digest()
                signature = f"v1,{base64.b64encode(digest).decode()}"
                told = json.loads(body)
                told["timestamp"] = len(told["timestamp"])
                told["signed"] = {None: None, signature: True}.get(self.headers["X-MLflow-Signature"], False)
                told["content type"] = self.headers["Content-Type"]
                found.append(told)
                status = int(self.path.strip("/") or 200)
                self.send_response(status)
                self.send_header("Content-Length", "5")
                self.end_headers()
                self.wfile.write(b"noted")

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Return what came once it is so many, or what there is when patience ends; in no particular order."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while len(self.told) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return sorted(self.told, key=lambda told: json.dumps(told, sort_keys=True))


def _view(webhook: Any) -> dict[str, Any]:
    return {
        "name": webhook.name,
        "url": webhook.url,
        "events": [str(event) for event in webhook.events],
        "description": webhook.description,
        "status": str(webhook.status),
        "secret": webhook.secret,
        "updated": webhook.last_updated_timestamp > webhook.creation_timestamp,
    }


def _new(world: World, **given: Any) -> Any:
    return world.client.create_webhook(**{"name": "hook", "url": _PUBLIC, "events": ["prompt.created"], **given})


@step("a webhook can be read back")
def _(world: World) -> Any:
    events = ["prompt.created", "model_version_tag.set", "model_version_tag.deleted"]
    made = _new(world, events=events, description="tells", secret="s", status="DISABLED")
    return {"made": _view(made), "found": _view(world.client.get_webhook(made.webhook_id))}


@step("webhooks are listed newest first")
def _(world: World) -> Any:
    for number in range(3):
        _new(world, name=f"listed-{number}", status="DISABLED")
        time.sleep(0.01)
    first = world.client.list_webhooks(max_results=2)
    second = world.client.list_webhooks(max_results=1, page_token=first.token)
    return [webhook.name for webhook in (*first, *second)]


@step("a webhook can be changed")
def _(world: World) -> Any:
    made = _new(world, description="tells", status="DISABLED")
    time.sleep(0.01)
    return {
        "nothing": _view(world.client.update_webhook(made.webhook_id)),
        "everything": _view(
            world.client.update_webhook(
                made.webhook_id,
                name="other",
                description="says",
                url="https://1.1.1.1/",
                events=["prompt_alias.deleted", "prompt_alias.created"],
                secret="x",
            )
        ),
        "no description": _view(world.client.update_webhook(made.webhook_id, description="")),
        "status": _view(world.client.update_webhook(made.webhook_id, status="ACTIVE")),
        "bad name": attempt(world.client.update_webhook, made.webhook_id, name="-"),
        "bad url": attempt(world.client.update_webhook, made.webhook_id, url="nowhere"),
    }


@step("a webhook can be deleted once")
def _(world: World) -> Any:
    made = _new(world, status="DISABLED")
    return [
        attempt(function, made.webhook_id)
        for function in (
            world.client.delete_webhook,
            world.client.delete_webhook,
            world.client.get_webhook,
            world.client.update_webhook,
            world.client.test_webhook,
        )
    ]


@step("names of webhooks")
def _(world: World) -> Any:
    names = ["a", "A.b_c-9", "a" * 63, "a" * 64, "-a", "a-", "a b", "é", ""]
    return {name: attempt(lambda name=name: _view(_new(world, name=name, status="DISABLED"))) for name in names}


@step("URLs of webhooks")
def _(world: World) -> Any:
    urls = ["https://8.8.8.8", "http://8.8.8.8/a?b=c", "ftp://8.8.8.8/", "nowhere", "https://", "https://[::1"]
    return {url: attempt(lambda url=url: _view(_new(world, url=url, status="DISABLED"))) for url in urls}


@step("events of webhooks")
def _(world: World) -> Any:
    lists: dict[str, Any] = {
        "one": ["model_version_alias.created"],
        "none": [],
        "unknown": ["prompt.vanished"],
        "never happens": ["prompt.deleted"],
        "no dot": ["prompt"],
        "capitals": ["PROMPT.CREATED"],
    }
    return {
        name: attempt(lambda given=given: _view(_new(world, events=given, status="DISABLED")))
        for name, given in lists.items()
    }


@step("a webhook can be tried")
def _(world: World) -> Any:
    receiver = _Receiver()

    def tried(path: str, *event: str, **more: Any) -> Any:
        webhook = _new(world, url=receiver.url + path, **more)
        result = world.client.test_webhook(webhook.webhook_id, *event)
        world.client.delete_webhook(webhook.webhook_id)
        return {"success": result.success, "status": result.response_status, "body": result.response_body}

    return {
        "good": tried("/200", secret=_SECRET),
        "not found": tried("/404"),
        "disabled": tried("/200", status="DISABLED"),
        "of another event": tried("/200", "prompt_tag.deleted"),
        "told": [{**told, "data": sorted(told["data"])} for told in receiver.wait_for(4)],
    }


@step("what webhooks are told of models")
def _(world: World) -> Any:
    receiver, client, name = _Receiver(), world.client, world.name("told")
    events = ["registered_model.created", "model_version.created"]
    events += ["model_version_tag.set", "model_version_tag.deleted"]
    events += ["model_version_alias.created", "model_version_alias.deleted"]
    webhook = _new(world, url=receiver.url, events=events, secret=_SECRET)
    client.create_registered_model(name, tags={"a": "1"}, description="tells")
    client.create_registered_model(world.name("told-2"))
    client.create_model_version(name, "s3://bucket/model")
    client.create_model_version(name, "s3://bucket/model", tags={"k": "v"}, description="a version")
    client.set_model_version_tag(name, "1", "k", "v")
    client.delete_model_version_tag(name, "1", "k")
    client.set_registered_model_alias(name, "champion", "1")
    client.set_registered_model_alias(name, "champion", "2")
    client.delete_registered_model_alias(name, "champion")
    client.rename_registered_model(world.name("told-2"), world.name("told-3"))
    client.update_registered_model(name, "changed")
    client.delete_registered_model(world.name("told-3"))
    told = receiver.wait_for(9)
    client.delete_webhook(webhook.webhook_id)
    return told


@step("what webhooks are told of prompts")
def _(world: World) -> Any:
    receiver, client, name = _Receiver(), world.client, world.name("told-prompt")
    events = ["prompt.created", "prompt_version.created", "prompt_tag.set", "prompt_tag.deleted"]
    events += ["prompt_version_tag.set", "prompt_version_tag.deleted", "prompt_alias.created", "prompt_alias.deleted"]
    webhook = _new(world, url=receiver.url, events=events, secret=_SECRET)
    client.create_prompt(name, description="greets", tags={"team": "blue"})
    client.create_prompt(world.name("told-prompt-2"))
    client.create_prompt_version(name, "Hello {{name}}", description="first", tags={"k": "v"})
    client.create_prompt_version(name, [{"role": "user", "content": "Hello {{name}}"}])
    client.set_prompt_tag(name, "team", "red")
    client.delete_prompt_tag(name, "team")
    client.set_prompt_version_tag(name, "1", "k", "w")
    client.delete_prompt_version_tag(name, "1", "k")
    client.set_prompt_alias(name, "live", 1)
    client.delete_prompt_alias(name, "live")
    told = receiver.wait_for(10)
    client.delete_webhook(webhook.webhook_id)
    return told


@step("events and webhooks as values")
def _(world: World) -> Any:
    entities: Any = mlflow.entities
    webhooks: Any = importlib.import_module("mlflow.webhooks")  # older clients do not load it by its name
    event = entities.WebhookEvent("prompt", "created")
    return {
        "text": str(event),
        "same": event == entities.WebhookEvent.from_str("prompt.created"),
        "in a set": len({event, entities.WebhookEvent.from_str("prompt.created")}),
        "parts": [event.entity.value, event.action.value],
        "unknown": attempt(entities.WebhookEvent, "nothing", "created"),
        "never happens": attempt(entities.WebhookEvent, "prompt", "deleted"),
        "header": webhooks.WEBHOOK_SIGNATURE_HEADER,
        "payloads": {
            name: sorted(getattr(webhooks, name).example())
            for name in sorted(dir(webhooks))
            if name.endswith("Payload") and name != "WebhookPayload"
        },
    }
