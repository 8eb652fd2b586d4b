"""A process that loads prompts by alias hears of every change within a second, whoever made it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

import mlflow
from mlflow.client.prompts import cache
from tests.faults.forked import ForkedServer

SECOND = 1.0


@pytest.fixture(autouse=True)
def _listening(server: ForkedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HEADRACE_PROMPT_EVENTS", "true")
    monkeypatch.setenv("MLFLOW_ALIAS_PROMPT_CACHE_TTL_SECONDS", "3600")
    mlflow.set_tracking_uri(server.url)
    yield
    for known in cache._caches.values():
        if known._watch._stream is not None:
            known._watch._stream.close()


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True


def loaded(uri: str) -> str:
    version = mlflow.genai.load_prompt(uri)
    assert version is not None
    assert isinstance(version.template, str)
    return version.template


def leads_to(uri: str, template: str) -> bool:
    return loaded(uri) == template


def begin(uri: str) -> None:
    """Load, and wait until this process listens."""
    loaded(uri)
    stream = cache.cache_of(mlflow.get_tracking_uri())._watch._stream
    assert stream is not None
    assert within(10, lambda: stream.connected)


def test_an_alias_that_is_moved_elsewhere_is_followed(prompt: str, elsewhere: mlflow.MlflowClient) -> None:
    begin(f"prompts:/{prompt}@live")
    for version in (2, 1, 2):
        elsewhere.set_prompt_alias(prompt, "live", version)
        assert within(SECOND, partial(leads_to, f"prompts:/{prompt}@live", str(version)))


def test_a_version_that_is_registered_elsewhere_is_the_latest(prompt: str, elsewhere: mlflow.MlflowClient) -> None:
    begin(prompt)
    elsewhere.register_prompt(prompt, "3")
    assert within(SECOND, lambda: loaded(prompt) == "3")


def test_an_included_prompt_that_moves_is_followed(prompt: str, name: str, elsewhere: mlflow.MlflowClient) -> None:
    other = f"{name}-other"
    elsewhere.register_prompt(other, "It says {{> " + prompt + "@live }}.")
    begin(f"prompts:/{other}/1")
    assert loaded(f"prompts:/{other}/1") == "It says 1."
    elsewhere.set_prompt_alias(prompt, "live", 2)
    assert within(SECOND, lambda: loaded(f"prompts:/{other}/1") == "It says 2.")


def test_a_rollback_is_followed(prompt: str, elsewhere: mlflow.MlflowClient) -> None:
    elsewhere.set_prompt_alias(prompt, "live", 2)
    begin(f"prompts:/{prompt}@live")
    elsewhere.roll_back_prompt_alias(prompt, "live")
    assert within(SECOND, lambda: loaded(f"prompts:/{prompt}@live") == "1")


def test_a_tag_that_is_set_elsewhere_is_seen(prompt: str, elsewhere: mlflow.MlflowClient) -> None:
    begin(f"prompts:/{prompt}@live")
    elsewhere.set_prompt_version_tag(prompt, 1, "seen", "yes")

    def is_seen() -> bool:
        version = mlflow.genai.load_prompt(f"prompts:/{prompt}@live")
        return version is not None and version.tags.get("seen") == "yes"

    assert within(SECOND, is_seen)


def test_a_change_while_the_server_was_away_is_found_when_it_is_back(
    prompt: str, elsewhere: mlflow.MlflowClient, server: ForkedServer
) -> None:
    begin(f"prompts:/{prompt}@live")
    server.kill()
    assert loaded(f"prompts:/{prompt}@live") == "1"
    server.start()
    elsewhere.set_prompt_alias(prompt, "live", 2)
    assert within(15, lambda: loaded(f"prompts:/{prompt}@live") == "2")


def test_who_does_not_want_to_listen_does_not(prompt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_PROMPT_EVENTS", "false")
    loaded(f"prompts:/{prompt}@live")
    assert all(known._watch._stream is None for known in cache._caches.values())
