"""Filters of prompts, as registries understand them: a prompt is found as a registered model with a tag."""

from __future__ import annotations

import re

from mlflow.entities.prompt_tags import EXPERIMENT_IDS, IS_PROMPT

ONLY_PROMPTS = f"tags.`{IS_PROMPT}` = 'true'"

_ATTRIBUTES = frozenset({"name", "creation_timestamp", "last_updated_timestamp"})
_WORDS = frozenset({"and", "or", "not", "in", "is", "null", "like", "ilike", "rlike"})
_EXPERIMENT = re.compile(r"""\bexperiment_id\s*=\s*(['"])(\w*)\1""", re.IGNORECASE)
# A text or quoted name, which stays as it is; or a bare word in front of an operator.
_PARTS = re.compile(
    r"""('[^']*'|"[^"]*"|`[^`]*`)"""
    r"""|(?<![\w.`])([A-Za-z_]\w*+)(?=\s*(?:[=<>!]|(?:not\s+)?(?:like|ilike|rlike|in)\b|is\b))""",
    re.IGNORECASE,
)


def prompts_alone(filter_string: str | None) -> str:
    """Return a filter that finds prompts only, and of them those that the given filter finds.

    Two things of MLflow's documentation are no filters of registered models: `experiment_id = '7'` looks into the tag
    that lists experiments, and a word that is no attribute (`task = 'qa'`) is a tag.
    """
    given = _EXPERIMENT.sub(rf"tags.`{EXPERIMENT_IDS}` LIKE '%,\2,%'", (filter_string or "").strip())
    given = _PARTS.sub(lambda part: part[1] or _named(part[2]), given)
    if not given:
        return ONLY_PROMPTS
    # MLflow's own server knows no parentheses; it needs none, as it knows no OR either.
    needed = re.search(r"\b(or|not)\b", given, re.IGNORECASE)
    return f"({given}) AND {ONLY_PROMPTS}" if needed else f"{given} AND {ONLY_PROMPTS}"


def _named(word: str) -> str:
    return word if word.lower() in _ATTRIBUTES | _WORDS else f"tags.`{word}`"
