"""What goes with a prompt's template, as plain JSON: the form of its answer, the model's settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mlflow.exceptions import InvalidPrompt

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mlflow.entities.prompt_model_config import PromptModelConfig


def response_format_as_json(response_format: type[BaseModel] | dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a JSON schema: that of a pydantic class, or a copy of the one given; None for nothing and for `{}`.

    Raises:
        InvalidPrompt: it is neither, or no plain JSON.
    """
    schema_of = getattr(response_format, "model_json_schema", None)
    if isinstance(response_format, type) and schema_of is not None:
        response_format = schema_of()
    if response_format is not None and not isinstance(response_format, dict):
        raise InvalidPrompt(
            "A response format is a pydantic model class or a JSON schema as a dict, not"
            f" {type(response_format).__name__}."
        )
    return _plain("response format", response_format)


def model_config_as_json(model_config: PromptModelConfig | dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a model's settings, checked; None for nothing and for settings of which none is set.

    Raises:
        InvalidPrompt: it is neither a PromptModelConfig nor a dict, or no plain JSON.
        pydantic.ValidationError: a setting has the wrong type or is out of its range.
    """
    if model_config is None or model_config == {}:
        return None
    from mlflow.entities.prompt_model_config import PromptModelConfig

    if isinstance(model_config, dict):
        model_config = PromptModelConfig.from_dict(model_config)
    if not isinstance(model_config, PromptModelConfig):
        raise InvalidPrompt(f"A model config is a PromptModelConfig or a dict, not {type(model_config).__name__}.")
    return _plain("model config", model_config.to_dict())


def _plain(what: str, value: dict[str, Any] | None) -> dict[str, Any] | None:
    if not value:
        return None
    try:
        copy: dict[str, Any] = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidPrompt(f"A {what} must be plain JSON: {error}") from None
    return copy
