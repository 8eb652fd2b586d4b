"""How each Call is answered in SQL, one module per resource."""

from mlflow.store.sql.answers import (
    alias_history,
    aliases,
    events,
    experiments,
    inputs,
    logged_models,
    metrics,
    model_versions,
    new_versions,
    params,
    prompt_links,
    prompts,
    registered_models,
    run_prompts,
    runs,
    tags,
    version_tags,
)
from mlflow.store.sql.answers.registry import ANSWERS, TOGETHER

__all__ = [
    "ANSWERS",
    "TOGETHER",
    "alias_history",
    "aliases",
    "events",
    "experiments",
    "inputs",
    "logged_models",
    "metrics",
    "model_versions",
    "new_versions",
    "params",
    "prompt_links",
    "prompts",
    "registered_models",
    "run_prompts",
    "runs",
    "tags",
    "version_tags",
]
