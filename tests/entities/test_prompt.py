"""A prompt without its versions, and the settings that go with one."""

from __future__ import annotations

from typing import Any

import pytest

from mlflow.entities import Prompt
from mlflow.entities.model_registry import PromptModelConfig


def test_a_prompt_holds_what_it_was_made_with() -> None:
    prompt = Prompt("qa", "Answers", 5, {"team": "eu"})

    assert (prompt.name, prompt.description, prompt.creation_timestamp) == ("qa", "Answers", 5)
    assert prompt.tags == {"team": "eu"}
    assert repr(prompt) == "Prompt(name='qa', description='Answers', tags={'team': 'eu'})"


def test_a_name_is_enough() -> None:
    prompt = Prompt("qa")

    assert (prompt.description, prompt.creation_timestamp, prompt.tags) == (None, None, {})


def test_nothing_of_a_prompt_can_be_set() -> None:
    prompt = Prompt("qa", tags={"a": "b"})
    prompt.tags["a"] = "c"

    assert prompt.tags == {"a": "b"}
    for name in ("name", "description", "creation_timestamp", "tags", "new"):
        with pytest.raises(AttributeError):
            setattr(prompt, name, "other")


def test_prompts_are_equal_when_all_they_show_is() -> None:
    assert Prompt("qa") == Prompt("qa")
    assert hash(Prompt("qa")) == hash(Prompt("qa"))
    assert Prompt("qa") != Prompt("qa", tags={"a": "b"})
    assert Prompt("qa") != "qa"


def test_settings_travel_as_one_dict_and_come_back() -> None:
    config = PromptModelConfig(provider="p", temperature=0, stop_sequences=[], extra_params={"seed": 1})

    assert config.to_dict() == {"provider": "p", "temperature": 0.0, "stop_sequences": [], "seed": 1}
    assert PromptModelConfig.from_dict(config.to_dict()) == config
    assert PromptModelConfig().to_dict() == {}


@pytest.mark.parametrize(
    "setting",
    [
        {"provider": 5},
        {"temperature": -0.1},
        {"temperature": float("nan")},
        {"max_tokens": 0},
        {"max_tokens": 1.5},
        {"top_p": -0.1},
        {"top_p": 1.1},
        {"top_k": 0},
        {"stop_sequences": "a"},
        {"extra_params": None},
    ],
)
def test_settings_out_of_range_are_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        PromptModelConfig(**setting)
