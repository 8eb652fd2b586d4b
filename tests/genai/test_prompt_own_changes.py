"""What was changed in this process is seen in it at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

import mlflow
from tests.faults.proxy import CuttingProxy
from tests.genai.loading import load, wait_for


@pytest.fixture
def client(proxy: CuttingProxy) -> mlflow.MlflowClient:
    """The client under test; what it asks goes through the proxy."""
    return mlflow.MlflowClient(proxy.url)


CHANGES: dict[str, tuple[Callable[[mlflow.MlflowClient, str], object], object]] = {
    "an alias moved": (lambda client, name: client.set_prompt_alias(name, "live", 2), (2, 2, "1 []")),
    "an alias removed": (lambda client, name: client.delete_prompt_alias(name, "live"), (None, 2, "1 []")),
    "a version registered": (lambda client, name: client.register_prompt(name, "3"), (1, 3, "1 ['live']")),
    "a version deleted": (lambda client, name: client.delete_prompt_version(name, 1), (None, 2, None)),
    "the newest version deleted": (lambda client, name: client.delete_prompt_version(name, 2), (1, 1, "1 ['live']")),
    "the prompt deleted": (lambda client, name: client.delete_prompt(name), (None, None, None)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_here_is_seen_here_at_once(client: mlflow.MlflowClient, prompt: str, change: str) -> None:
    addresses = (f"prompts:/{prompt}@live", prompt, f"prompts:/{prompt}/1")
    for address in addresses:
        load(client, address)
    make, expected = CHANGES[change]

    make(client, prompt)

    live, latest, first = (client.load_prompt(address, allow_missing=True) for address in addresses)
    told = f"{first.version} {first.aliases}" if first else None
    assert (live and live.version, latest and latest.version, told) == expected


def test_an_alias_rolled_back_here_is_seen_here_at_once(client: mlflow.MlflowClient, prompt: str) -> None:
    client.set_prompt_alias(prompt, "live", 2)
    assert load(client, f"prompts:/{prompt}@live").version == 2

    client.roll_back_prompt_alias(prompt, "live")

    assert load(client, f"prompts:/{prompt}@live").version == 1


def test_tags_and_settings_changed_here_are_seen_here_at_once(client: mlflow.MlflowClient, prompt: str) -> None:
    load(client, f"prompts:/{prompt}/1")

    client.set_prompt_version_tag(prompt, 1, "k", "v")
    client.set_prompt_model_config(prompt, 1, {"temperature": 0.5})

    changed = load(client, f"prompts:/{prompt}/1")
    assert (changed.tags, changed.model_config) == ({"k": "v"}, {"temperature": 0.5})


def test_an_answer_that_was_on_its_way_during_a_change_is_not_remembered(
    client: mlflow.MlflowClient, proxy: CuttingProxy, prompt: str
) -> None:
    asked, proxy.delay_seconds = proxy.answers, 1.0
    loading = threading.Thread(target=load, args=(client, f"prompts:/{prompt}/1"))
    loading.start()
    wait_for(lambda: proxy.answers > asked)
    proxy.delay_seconds = 0.0

    client.set_prompt_version_tag(prompt, 1, "k", "v")
    loading.join()

    assert load(client, f"prompts:/{prompt}/1").tags == {"k": "v"}
