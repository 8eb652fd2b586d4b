"""What every part of the client shares: the tracking URI, sending a Call, turning values into what travels."""

from __future__ import annotations

import operator
import time
from typing import TypeVar

from mlflow.api import Call
from mlflow.exceptions import InvalidParameter
from mlflow.store.registry import get_registry_uri, get_tracking_uri, store_for

R = TypeVar("R")


class ClientBase:
    """Knows where to send Calls.

    Args:
        tracking_uri: where runs live; the one in force (`mlflow.get_tracking_uri()`) when left out.
        registry_uri: where models and prompts are registered; the one in force when left out.
        workspace_store_uri: where workspaces are recorded; the tracking URI when left out.
    """

    def __init__(
        self,
        tracking_uri: str | None = None,
        registry_uri: str | None = None,
        workspace_store_uri: str | None = None,
    ) -> None:
        self._tracking_uri = str(tracking_uri) if tracking_uri else get_tracking_uri()
        self._registry_uri = registry_uri or (tracking_uri and str(tracking_uri)) or get_registry_uri()
        self._workspace_store_uri = workspace_store_uri

    @property
    def tracking_uri(self) -> str:
        """Where runs are read and written."""
        return self._tracking_uri

    @property
    def registry_uri(self) -> str:
        """Where models and prompts are registered."""
        return self._registry_uri

    def _call(self, call: Call[R]) -> R:
        return store_for(self._tracking_uri).call(call)

    def _call_registry(self, call: Call[R]) -> R:
        return store_for(self._registry_uri).call(call)


def now_ms() -> int:
    """Return the time in milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


def text(parameter: str, value: object) -> str:
    """Return a value that must be text already.

    Raises:
        InvalidParameter: it is something else.
    """
    if not isinstance(value, str):
        raise InvalidParameter(
            f"Invalid value {value!r} for parameter '{parameter}': it must be text, not {type(value).__name__}."
        )
    return value


def number(key: str, value: object) -> float:
    """Return a metric's value as a float; arrays and tensors of one element count as numbers.

    Raises:
        InvalidParameter: it is no single number.
    """
    if type(value) is float:
        return value
    try:
        # NumPy arrays and scalars, and the tensors of PyTorch, JAX and CuPy, all have item().
        return float(value.item() if hasattr(value, "item") else value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise InvalidParameter(
            f"The value of metric {key!r} is {_short(value)}, which is not a single number: {error}. "
            "Pass a number, or log each element as a metric of its own."
        ) from error


def whole_number(parameter: str, value: object) -> int:
    """Return a step or time as an int; floats without a fraction count as whole.

    Raises:
        InvalidParameter: it is no whole number.
    """
    if type(value) is int:
        return value
    try:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError as error:
        raise InvalidParameter(
            f"Invalid value {_short(value)} for parameter '{parameter}': it must be a whole number."
        ) from error


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:80] + "…"
