"""Which model a prompt is made for, and its settings. A pydantic model, as in MLflow; loaded only when it is used."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class PromptModelConfig(BaseModel):
    """Settings that go with a prompt.

    Raises:
        pydantic.ValidationError: a setting has the wrong type or is out of its range.
    """

    provider: str | None = None
    """Such as "openai"."""
    model_name: str | None = None
    temperature: float | None = Field(default=None, ge=0)
    max_tokens: int | None = Field(default=None, gt=0)
    """Tokens of the answer."""
    top_p: float | None = Field(default=None, ge=0, le=1)
    top_k: int | None = Field(default=None, gt=0)
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    stop_sequences: list[str] | None = None
    """Texts at which the answer ends."""
    extra_params: dict[str, Any] = Field(default_factory=dict)
    """Whatever else the provider takes."""

    def to_dict(self) -> dict[str, Any]:
        """Return the settings that are set, those in `extra_params` beside the others; this is what travels."""
        settings = self.model_dump(exclude_none=True, exclude={"extra_params"})
        return {**settings, **self.extra_params}

    @classmethod
    def from_dict(cls, config_dict: dict[str, Any]) -> PromptModelConfig:
        """Read what `to_dict` returned: what is no field of its own goes to `extra_params`."""
        fields = cls.model_fields.keys() - {"extra_params"}
        settings = {name: value for name, value in config_dict.items() if name in fields}
        extra = {name: value for name, value in config_dict.items() if name not in fields}
        return cls(**settings, extra_params=extra)
