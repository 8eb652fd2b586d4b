"""The tags in which a prompt travels: on MLflow's wire it is a registered model, each version a model version.

The store keeps these values in columns of their own; only the wire, and so every MLflow client, sees tags.
"""

from __future__ import annotations

IS_PROMPT = "mlflow.prompt.is_prompt"
"""On prompt and version, always "true"."""

TEXT = "mlflow.prompt.text"
"""On a version: the template; of a chat prompt the JSON of its messages."""

TYPE = "_mlflow_prompt_type"
"""On a version: "text" or "chat"."""

RESPONSE_FORMAT = "_mlflow_prompt_response_format"
"""On a version: the JSON schema of the answer that is wanted."""

MODEL_CONFIG = "_mlflow_prompt_model_config"
"""On a version: JSON of the model's settings."""

VARIABLES = "headrace.prompt.variables"
"""On a version: JSON of the declared variables, `{name: {type, default, description}}`. Ours; MLflow shows a tag."""

RESERVED = frozenset({IS_PROMPT, TEXT, TYPE, RESPONSE_FORMAT, MODEL_CONFIG, VARIABLES})
"""On a version: what a prompt shows otherwise than as tags."""

EXPERIMENT_IDS = "_mlflow_experiment_ids"
"""On a prompt: ",1,2,", the experiments that used it."""

LINKED_PROMPTS = "mlflow.linkedPrompts"
"""On a run or a trace: JSON `[{"name", "version"}]` of the prompt versions it used."""

SOURCE = "dummy-source"
"""What a prompt version's `source` field holds; MLflow's clients send it."""

SOURCES = (SOURCE, "prompt-template")
"""What may be sent as the `source` of a prompt version."""

TEMPLATE_LIMIT = 100_000
"""Longest template, in characters."""
