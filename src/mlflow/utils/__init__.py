"""Import paths that other libraries use."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

_MODULES = ("async_logging", "mlflow_tags", "validation")


def __getattr__(name: str) -> ModuleType:
    # Callbacks write `mlflow.utils.validation.MAX_TAG_VAL_LENGTH` after nothing but `import mlflow`.
    if name in _MODULES:
        return import_module(f"mlflow.utils.{name}")
    raise AttributeError(f"module 'mlflow.utils' has no attribute {name!r}")
