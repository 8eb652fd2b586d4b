"""Loads while the registry cannot be reached: from memory, or from a fallback."""

from __future__ import annotations

import time

import pytest

import mlflow
from mlflow.client.prompts import cache
from mlflow.entities.model_registry import PromptVersion
from mlflow.exceptions import MlflowException
from tests.faults.forked import ForkedServer
from tests.genai.loading import TTL, load, wait_for

A_FEW_SECONDS = 8.0
WARNING = "cannot be reached"


@pytest.fixture(autouse=True)
def _usual_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again for minutes, as is the default: where there is something else to give, nobody should wait for that."""
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)


@pytest.fixture
def client(server: ForkedServer) -> mlflow.MlflowClient:
    return mlflow.MlflowClient(server.url)


@pytest.mark.parametrize("form", ["prompts:/{}@live", "{}"])
def test_loads_go_on_from_memory_with_one_warning_that_tells_the_age(
    client: mlflow.MlflowClient,
    server: ForkedServer,
    prompt: str,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(TTL, "0.2")
    first = load(client, form.format(prompt))
    server.kill()

    began = time.monotonic()
    longest = 0.0
    while time.monotonic() - began < 4:
        started = time.monotonic()
        assert load(client, form.format(prompt)) is first
        longest = max(longest, time.monotonic() - started)
        time.sleep(0.01)

    (warning,) = capfd.readouterr().err.splitlines()
    assert WARNING in warning
    assert f"is version {first.version}, as it was 0 seconds ago" in warning
    assert longest < 0.5


def test_an_alias_that_moved_meanwhile_is_seen_when_the_server_is_back(
    client: mlflow.MlflowClient,
    elsewhere: mlflow.MlflowClient,
    server: ForkedServer,
    prompt: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TTL, "0.2")
    address = f"prompts:/{prompt}@live"
    load(client, address)
    server.kill()
    time.sleep(0.5)
    assert load(client, address).version == 1
    server.start()
    elsewhere.set_prompt_alias(prompt, "live", 2)

    wait_for(lambda: load(client, address).version == 2, seconds=6)


def test_what_came_from_disk_is_asked_for_again_when_the_server_is_back_whatever_its_ttl(
    client: mlflow.MlflowClient,
    elsewhere: mlflow.MlflowClient,
    server: ForkedServer,
    prompt: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TTL, "inf")
    address = f"prompts:/{prompt}@live"
    load(client, address)
    cache._caches.clear()  # as a new process
    server.kill()
    assert load(client, address).version == 1
    server.start()
    elsewhere.set_prompt_alias(prompt, "live", 2)

    wait_for(lambda: load(client, address).version == 2, seconds=6)


def test_a_change_made_here_says_that_the_server_is_back(
    client: mlflow.MlflowClient, elsewhere: mlflow.MlflowClient, server: ForkedServer, prompt: str
) -> None:
    load(client, f"prompts:/{prompt}@live")
    server.kill()
    assert load(client, f"prompts:/{prompt}@live", ttl=0).version == 1
    server.start()
    elsewhere.set_prompt_alias(prompt, "live", 2)

    client.set_prompt_alias(prompt, "other", 1)

    assert load(client, f"prompts:/{prompt}@live", ttl=0).version == 2


def test_a_ttl_of_zero_gets_what_is_in_memory_while_the_server_is_away(
    client: mlflow.MlflowClient, server: ForkedServer, prompt: str, capfd: pytest.CaptureFixture[str]
) -> None:
    loaded = [load(client, f"prompts:/{prompt}@live"), load(client, f"prompts:/{prompt}/2")]
    server.kill()

    again = [load(client, f"prompts:/{prompt}{end}", ttl=0) for end in ("@live", "/2", "@live", "/2")]

    assert again == [*loaded, *loaded]
    assert capfd.readouterr().err.count(WARNING) == 2, "one for each"


def test_what_was_changed_here_last_is_known_when_the_server_goes_away(
    client: mlflow.MlflowClient, server: ForkedServer, prompt: str
) -> None:
    address = f"prompts:/{prompt}@live"
    for end in ("@live", "/2"):
        load(client, f"prompts:/{prompt}{end}")
    client.set_prompt_alias(prompt, "live", 2)
    server.kill()

    assert load(client, address).version == 2


def test_a_prompt_that_is_not_remembered_is_an_error_that_says_so(
    client: mlflow.MlflowClient, server: ForkedServer, prompt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    server.kill()

    for allow_missing in (False, True):
        with pytest.raises(MlflowException, match="connection refused") as away:
            client.load_prompt(prompt, allow_missing=allow_missing)
        assert away.value.error_code == "TEMPORARILY_UNAVAILABLE"


def test_a_load_inside_a_run_does_not_wait_for_a_server_that_is_away(
    client: mlflow.MlflowClient, server: ForkedServer, prompt: str
) -> None:
    mlflow.set_tracking_uri(server.url)
    address = f"prompts:/{prompt}@live"
    mlflow.genai.load_prompt(address)
    with mlflow.start_run() as run:
        server.kill()
        started = time.monotonic()
        assert mlflow.genai.load_prompt(address) is not None
        assert time.monotonic() - started < A_FEW_SECONDS
        server.start()
        wait_for(lambda: bool(client.list_logged_prompts(run.info.run_id)), seconds=30)

    assert [found.version for found in client.list_logged_prompts(run.info.run_id)] == [1]


def test_a_fallback_is_given_for_a_prompt_that_is_not_there(
    client: mlflow.MlflowClient, prompt: str, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    other = PromptVersion("other", 7, "instead")

    texts = [
        client.load_prompt(address, fallback="Hello {{who}}")
        for address in (f"{name}-none", f"prompts:/{prompt}/9", f"prompts:/{prompt}@none")
    ]

    assert [text.format(who="you") for text in texts if text] == ["Hello you"] * 3
    assert client.load_prompt(f"{name}-none", fallback=other) is other
    assert capfd.readouterr().err.count("its fallback is used") == 4


def test_a_fallback_is_given_within_seconds_when_the_server_is_away(
    client: mlflow.MlflowClient, server: ForkedServer, prompt: str
) -> None:
    server.kill()
    started = time.monotonic()

    found = client.load_prompt(prompt, fallback=[{"role": "user", "content": "{{q}}"}])

    assert found is not None
    assert found.format(q="Why?") == [{"role": "user", "content": "Why?"}]
    assert time.monotonic() - started < A_FEW_SECONDS


def test_what_is_remembered_is_better_than_a_fallback(
    client: mlflow.MlflowClient, server: ForkedServer, prompt: str
) -> None:
    address = f"prompts:/{prompt}@live"
    load(client, address)
    server.kill()

    found = client.load_prompt(address, cache_ttl_seconds=0, fallback="instead")

    assert found is not None
    assert found.format() == "1"


def test_a_fallback_is_not_noted_as_a_prompt_that_a_run_used(server: ForkedServer, name: str) -> None:
    mlflow.set_tracking_uri(server.url)
    with mlflow.start_run() as run:
        mlflow.genai.load_prompt(name, fallback="instead")

    assert "mlflow.linkedPrompts" not in mlflow.get_run(run.info.run_id).data.tags
