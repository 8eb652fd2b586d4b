"""What is kept in the registry, under the import path that MLflow's users know; each name is loaded when it is used."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from mlflow.entities.model_version import (
        ModelVersion,
        ModelVersionDeploymentJobState,
        ModelVersionSearch,
        ModelVersionTag,
    )
    from mlflow.entities.prompt import Prompt
    from mlflow.entities.prompt_model_config import PromptModelConfig
    from mlflow.entities.prompt_version import PromptVersion
    from mlflow.entities.registered_model import (
        RegisteredModel,
        RegisteredModelAlias,
        RegisteredModelDeploymentJobState,
        RegisteredModelSearch,
        RegisteredModelTag,
    )

_HOMES = {
    "mlflow.entities.model_version": (
        "ModelVersion",
        "ModelVersionDeploymentJobState",
        "ModelVersionSearch",
        "ModelVersionTag",
    ),
    "mlflow.entities.prompt": ("Prompt",),
    "mlflow.entities.prompt_model_config": ("PromptModelConfig",),
    "mlflow.entities.prompt_version": ("PromptVersion",),
    "mlflow.entities.registered_model": (
        "RegisteredModel",
        "RegisteredModelAlias",
        "RegisteredModelDeploymentJobState",
        "RegisteredModelSearch",
        "RegisteredModelTag",
    ),
}

__all__ = [
    "ModelVersion",
    "ModelVersionDeploymentJobState",
    "ModelVersionSearch",
    "ModelVersionTag",
    "Prompt",
    "PromptModelConfig",
    "PromptVersion",
    "RegisteredModel",
    "RegisteredModelAlias",
    "RegisteredModelDeploymentJobState",
    "RegisteredModelSearch",
    "RegisteredModelTag",
]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(home), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
