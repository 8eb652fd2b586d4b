"""Between prompts and the registered models, versions and tags in which they travel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlflow.entities import prompt_tags
from mlflow.entities.prompt import Prompt
from mlflow.entities.prompt_settings import model_config_as_json, response_format_as_json
from mlflow.entities.prompt_version import PromptVersion, checked_template, with_settings
from mlflow.exceptions import InvalidPrompt
from mlflow.templates.chat import Template
from mlflow.templates.variables import parse_variables

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mlflow.entities.model_version import ModelVersion
    from mlflow.entities.prompt_model_config import PromptModelConfig
    from mlflow.entities.registered_model import RegisteredModel


def prompt_of(entry: RegisteredModel) -> Prompt:
    """Return the prompt that travelled as a registered model."""
    tags = {key: value for key, value in entry.tags.items() if key != prompt_tags.IS_PROMPT}
    return Prompt(entry.name, entry.description or None, entry.creation_timestamp, tags)


def prompt_version_of(entry: ModelVersion) -> PromptVersion:
    """Return the prompt's version that travelled as a model version. Its includes are not resolved.

    Raises:
        InvalidPrompt: it is no version of a prompt, or another client stored what cannot be one.
    """
    tags = entry.tags
    text = tags.get(prompt_tags.TEXT)
    if text is None:
        raise InvalidPrompt(f"'{entry.name}' version {entry.version} is a model, not a prompt.")
    chat = tags.get(prompt_tags.TYPE) == "chat"
    prompt = PromptVersion(
        entry.name,
        int(entry.version),
        _decoded(entry, tags, prompt_tags.TEXT) if chat else text,
        entry.description or None,
        entry.creation_timestamp,
        tags,
        entry.aliases,
        entry.last_updated_timestamp,
        entry.user_id,
        declared_variables=_decoded(entry, tags, prompt_tags.VARIABLES),
    )
    return with_settings(
        prompt, _decoded(entry, tags, prompt_tags.RESPONSE_FORMAT), _decoded(entry, tags, prompt_tags.MODEL_CONFIG)
    )


def tags_of(
    template: Template,
    response_format: type[BaseModel] | dict[str, Any] | None = None,
    model_config: PromptModelConfig | dict[str, Any] | None = None,
    variables: dict[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Return the tags with which a version is registered: its own, and those that carry all else.

    Args:
        template: a text or messages.
        response_format: a pydantic class or a JSON schema.
        model_config: settings of the model.
        variables: declarations of variables.
        tags: the user's; their values are turned into text.

    Raises:
        InvalidPrompt: one of them cannot be registered.
        pydantic.ValidationError: a setting in `model_config` cannot.
    """
    template = checked_template(template)
    text = template if isinstance(template, str) else _encoded(template)
    if len(text) > prompt_tags.TEMPLATE_LIMIT:
        raise InvalidPrompt(
            f"The template is {len(text)} characters long; at most {prompt_tags.TEMPLATE_LIMIT} are allowed. Put parts"
            " into prompts of their own and include them with {{> name }}."
        )
    if "\0" in text:
        raise InvalidPrompt("The template contains a NUL character, which cannot be stored. Remove it.")
    carried = {
        prompt_tags.RESPONSE_FORMAT: response_format_as_json(response_format),
        prompt_tags.MODEL_CONFIG: model_config_as_json(model_config),
        prompt_tags.VARIABLES: parse_variables(variables).as_json() if variables else None,
    }
    return {
        **{str(key): str(value) for key, value in (tags or {}).items() if key not in prompt_tags.RESERVED},
        prompt_tags.IS_PROMPT: "true",
        prompt_tags.TYPE: "text" if isinstance(template, str) else "chat",
        prompt_tags.TEXT: text,
        **{key: _encoded(value) for key, value in carried.items() if value is not None},
    }


def _encoded(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _decoded(entry: ModelVersion, tags: Mapping[str, str], key: str) -> Any:
    text = tags.get(key)
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        raise InvalidPrompt(f"'{entry.name}' version {entry.version} has a tag '{key}' that is no JSON.") from None
