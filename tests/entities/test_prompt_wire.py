"""How prompts travel: as registered models and model versions with tags that MLflow's clients know."""

from __future__ import annotations

from typing import Any

import pytest

from mlflow.entities.model_registry import (
    ModelVersion,
    ModelVersionTag,
    PromptModelConfig,
    RegisteredModel,
    RegisteredModelTag,
)
from mlflow.entities.prompt_wire import prompt_of, prompt_version_of, tags_of
from mlflow.exceptions import InvalidPrompt

CHAT = [{"role": "user", "content": "Wörd {{q}}"}]


def travelled(tags: dict[str, str], **more: Any) -> ModelVersion:
    return ModelVersion(
        name="qa",
        version="3",
        creation_timestamp=5,
        tags=[ModelVersionTag(key, value) for key, value in tags.items()],  # type: ignore[call-arg]  # its public name
        **more,
    )


def test_a_text_travels_in_the_tags_that_mlflow_writes() -> None:
    assert tags_of("Hi {{name}}", tags={"team": "eu", "n": 1}) == {
        "team": "eu",
        "n": "1",
        "mlflow.prompt.is_prompt": "true",
        "_mlflow_prompt_type": "text",
        "mlflow.prompt.text": "Hi {{name}}",
    }


def test_messages_and_settings_travel_as_json() -> None:
    tags = tags_of(CHAT, {"type": "object"}, PromptModelConfig(temperature=0.5), {"q": {"type": "string"}})

    assert tags == {
        "mlflow.prompt.is_prompt": "true",
        "_mlflow_prompt_type": "chat",
        "mlflow.prompt.text": '[{"role": "user", "content": "Wörd {{q}}"}]',
        "_mlflow_prompt_response_format": '{"type": "object"}',
        "_mlflow_prompt_model_config": '{"temperature": 0.5}',
        "headrace.prompt.variables": '{"q": {"type": "string"}}',
    }


def test_nobody_s_own_tags_stand_for_the_prompt() -> None:
    own = {"mlflow.prompt.text": "other", "_mlflow_prompt_type": "chat", "_mlflow_prompt_response_format": "{}"}

    assert tags_of("Hi", tags=own) == tags_of("Hi")


@pytest.mark.parametrize("template", ["Hi {{name}}", CHAT, "{% if a %}{% endif %}", ""])
def test_what_was_sent_comes_back(template: Any) -> None:
    declared = {"name": {"type": "string", "default": "x"}}
    tags = tags_of(template, {"type": "object"}, {"temperature": 0.5, "seed": 1}, declared, {"team": "eu"})

    version = prompt_version_of(travelled(tags, description="first", aliases=["prod"], user_id="ada"))

    assert (version.name, version.version, version.template) == ("qa", 3, template)
    assert version.response_format == {"type": "object"}
    assert version.model_config == {"temperature": 0.5, "seed": 1}
    assert version.declared_variables == declared
    assert version.tags == {"team": "eu"}
    assert (version.commit_message, version.description) == ("first", "first")
    assert (version.aliases, version.user_id, version.creation_timestamp) == (["prod"], "ada", 5)


def test_settings_that_other_clients_stored_are_not_judged_when_they_are_loaded() -> None:
    tags = {**tags_of("x"), "_mlflow_prompt_model_config": '{"temperature": -1}'}

    assert prompt_version_of(travelled(tags)).model_config == {"temperature": -1}


def test_a_version_without_type_is_text() -> None:
    assert prompt_version_of(travelled({"mlflow.prompt.text": "[]"})).template == "[]"


def test_a_version_of_a_model_is_no_prompt() -> None:
    with pytest.raises(InvalidPrompt, match="'qa' version 3 is a model, not a prompt"):
        prompt_version_of(travelled({}))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("mlflow.prompt.text", "no json", "'mlflow.prompt.text' that is no JSON"),
        ("mlflow.prompt.text", "[1]", "list of messages"),
        ("_mlflow_prompt_response_format", "{", "'_mlflow_prompt_response_format' that is no JSON"),
        ("headrace.prompt.variables", '{"a": 1}', "Variables are declared as"),
    ],
)
def test_what_cannot_be_read_is_an_error_and_no_crash(key: str, value: str, said: str) -> None:
    with pytest.raises(InvalidPrompt, match=said):
        prompt_version_of(travelled({**tags_of(CHAT), key: value}))


def test_a_template_may_have_a_hundred_thousand_characters() -> None:
    assert len(tags_of("x" * 100_000)["mlflow.prompt.text"]) == 100_000

    with pytest.raises(InvalidPrompt, match="100001 characters long; at most 100000 are allowed"):
        tags_of("x" * 100_001)
    with pytest.raises(InvalidPrompt, match="characters long; at most 100000 are allowed"):
        tags_of([{"role": "user", "content": "x" * 100_000}])


def test_a_prompt_comes_from_a_registered_model() -> None:
    entry_tags = [RegisteredModelTag("mlflow.prompt.is_prompt", "true"), RegisteredModelTag("team", "eu")]
    entry = RegisteredModel(
        name="qa",
        creation_timestamp=5,
        description="Answers",
        tags=entry_tags,  # type: ignore[call-arg]  # its public name
    )

    prompt = prompt_of(entry)

    assert (prompt.name, prompt.description, prompt.creation_timestamp) == ("qa", "Answers", 5)
    assert prompt.tags == {"team": "eu"}


def test_no_description_is_none_as_in_mlflow() -> None:
    assert prompt_of(RegisteredModel(name="qa")).description is None
