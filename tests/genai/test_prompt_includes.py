"""Prompts made of prompts follow the aliases through which they include."""

from __future__ import annotations

import pytest

import mlflow
from mlflow.exceptions import MlflowException
from tests.faults.proxy import CuttingProxy
from tests.genai.loading import TTL, load, wait_for


@pytest.fixture
def client(proxy: CuttingProxy) -> mlflow.MlflowClient:
    """The client under test; what it asks goes through the proxy."""
    return mlflow.MlflowClient(proxy.url)


def test_an_included_alias_that_moves_changes_the_loaded_prompt(
    client: mlflow.MlflowClient, elsewhere: mlflow.MlflowClient, prompt: str, name: str
) -> None:
    whole = f"{name}-whole"
    elsewhere.register_prompt(whole, f"[{{{{> {prompt}@live }}}}] {{{{x}}}}")
    first = load(client, whole)
    assert load(client, whole) is first

    client.set_prompt_alias(prompt, "live", 2)
    second = load(client, whole)

    assert (first.format(x="X"), second.format(x="X")) == ("[1] X", "[2] X")
    assert (first.includes, second.includes) == ([(prompt, 1)], [(prompt, 2)])
    assert load(client, whole) is second


def test_an_included_alias_that_moves_elsewhere_is_seen_after_its_ttl(
    client: mlflow.MlflowClient,
    elsewhere: mlflow.MlflowClient,
    prompt: str,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TTL, "0.2")
    elsewhere.register_prompt(f"{name}-whole", f"[{{{{> {prompt}@live }}}}]")
    address = f"prompts:/{name}-whole/1"
    assert load(client, address).format() == "[1]"

    elsewhere.set_prompt_alias(prompt, "live", 2)

    wait_for(lambda: load(client, address).format() == "[2]", seconds=3)


def test_prompts_that_include_each_other_are_refused_with_their_path(
    client: mlflow.MlflowClient, elsewhere: mlflow.MlflowClient, name: str
) -> None:
    elsewhere.register_prompt(f"{name}-a", f"{{{{> {name}-b }}}}")
    elsewhere.register_prompt(f"{name}-b", f"{{{{> {name}-c@latest }}}}")
    elsewhere.register_prompt(f"{name}-c", f"{{{{> {name}-a/1 }}}}")

    with pytest.raises(MlflowException, match=f"{name}-a → {name}-b → {name}-c → {name}-a") as refused:
        load(client, f"{name}-a")

    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("allow_missing", [False, True])
def test_an_included_prompt_that_is_not_there_is_told_by_its_name(
    client: mlflow.MlflowClient, elsewhere: mlflow.MlflowClient, name: str, allow_missing: bool
) -> None:
    elsewhere.register_prompt(name, "{{> nobody@live }}")

    with pytest.raises(MlflowException, match=f"prompts:/{name}/1 includes 'nobody@live'.*name=nobody") as refused:
        client.load_prompt(name, allow_missing=allow_missing)

    assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
