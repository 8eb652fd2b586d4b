"""Names that moved to `mlflow.genai` and still work where they were."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from mlflow.genai import prompts

P = ParamSpec("P")
R = TypeVar("R")


def _moved(function: Callable[P, R]) -> Callable[P, R]:
    name = function.__name__

    @functools.wraps(function)
    def old(*args: P.args, **kwargs: P.kwargs) -> R:
        warnings.warn(
            f"mlflow.{name} has moved: call mlflow.genai.{name}. The old name will go in a later release.",
            FutureWarning,
            stacklevel=2,
        )
        return function(*args, **kwargs)

    return old


register_prompt = _moved(prompts.register_prompt)
load_prompt = _moved(prompts.load_prompt)
search_prompts = _moved(prompts.search_prompts)
set_prompt_alias = _moved(prompts.set_prompt_alias)
delete_prompt_alias = _moved(prompts.delete_prompt_alias)
