"""Addresses of prompts: names, versions, aliases and folders."""

from __future__ import annotations

import pytest

from mlflow.exceptions import InvalidPrompt
from mlflow.templates.uris import PromptAddress, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("prompts:/qa/2", PromptAddress("qa", 2)),
        ("prompts:/qa/02", PromptAddress("qa", 2)),
        ("prompts:/qa@production", PromptAddress("qa", alias="production")),
        ("prompts:/qa@latest", PromptAddress("qa")),
        ("prompts:/qa@LATEST", PromptAddress("qa")),
        (" prompts:/qa/2 ", PromptAddress("qa", 2)),
        ("qa", PromptAddress("qa")),
        ("q.a-1_B", PromptAddress("q.a-1_B")),
        ("7", PromptAddress("7")),
    ],
)
def test_addresses_of_mlflow_mean_what_they_mean_there(text: str, address: PromptAddress) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("prompts:/team/qa/2", PromptAddress("team/qa", 2)),
        ("prompts:/team/eu/qa@prod", PromptAddress("team/eu/qa", alias="prod")),
        ("team/qa", PromptAddress("team/qa")),
        ("qa/2", PromptAddress("qa", 2)),
        ("qa@prod", PromptAddress("qa", alias="prod")),
        ("team/qa@latest", PromptAddress("team/qa")),
    ],
)
def test_prompts_may_lie_in_folders_and_the_scheme_may_be_left_out(text: str, address: PromptAddress) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("uri", ["prompts:/qa", "prompts:/team/qa", "prompts:/qa/latest"])
def test_a_uri_without_version_is_refused_with_what_to_write(uri: str) -> None:
    with pytest.raises(InvalidPrompt, match=f"'{uri}' has no version. Write '{uri}/1', '{uri}@latest'") as caught:
        parse_address(uri)

    assert caught.value.error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "prompts:/",
        "prompts:/@prod",
        "prompts:/qa/",
        "prompts:/qa@",
        "prompts:/qa@a@b",
        "prompts:/qa@a b",
        "prompts:/qa/1@prod",
        "prompts:/qa/1/2",
        "prompts:/a/1/2@x",
        "prompts://qa/1",
        "prompts:qa/1",
        "models:/qa/1",
        "prompts:/q a/1",
        "prompts:/ä/1",
        "prompts:/qa/１",
        "prompts:/qa/1?x=2",
        "prompts:/qa/9999999999999999999",
        "/qa",
        "qa//b",
        "a/" * 500 + "b",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidPrompt, match=r"is no address of a prompt. Write 'prompts:/name/2'"):
        parse_address(text)


@pytest.mark.parametrize("thing", [None, 5, ["qa"]])
def test_what_is_no_text_is_refused(thing: object) -> None:
    with pytest.raises(InvalidPrompt, match="addressed by text"):
        parse_address(thing)  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("uri", ["prompts:/qa/2", "prompts:/team/qa@prod", "prompts:/qa@latest"])
def test_an_address_can_be_written_as_its_uri(uri: str) -> None:
    assert parse_address(uri).uri == uri
    assert parse_address(str(parse_address(uri))) == parse_address(uri)
