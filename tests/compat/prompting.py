"""Registering prompts in steps, and what a transcript keeps of them."""

from __future__ import annotations

from typing import Any

from tests.compat.recorder import World, when

CHAT = [
    {"role": "system", "content": "You are {{style}}."},
    {"role": "user", "content": "{{ question }}"},
]

# Written in the background, so it is there or not yet; a step of its own waits for it.
_LATE = "_mlflow_experiment_ids"


def register(world: World, text: str, *templates: Any, **more: Any) -> str:
    """Register a version for each template and return the prompt's name."""
    name = world.name(text)
    for template in templates:
        world.client.register_prompt(name, template, **more)
    return name


def view_prompt(prompt: Any) -> Any:
    """Everything about a prompt as a whole."""
    if prompt is None:
        return None
    return {
        "name": prompt.name,
        "description": prompt.description,
        "creation_timestamp": when(prompt.creation_timestamp),
        "tags": prompt_tags(prompt.tags),
    }


def prompt_tags(tags: dict[str, str]) -> dict[str, str]:
    """The tags of a prompt without the one that comes late."""
    return {key: value for key, value in tags.items() if key != _LATE}


def view_version(version: Any) -> Any:
    """Everything about a version of a prompt."""
    if version is None:
        return None
    return {
        "name": version.name,
        "version": version.version,
        "uri": version.uri,
        "template": version.template,
        "is_text_prompt": version.is_text_prompt,
        "variables": set(version.variables),
        "commit_message": version.commit_message,
        "description": version.description,
        "tags": dict(version.tags),
        "aliases": aliases_of(version),
        "response_format": version.response_format,
        "model_config": getattr(version, "model_config", None),  # newer than 3.7
        "user_id": version.user_id,
        "creation_timestamp": when(version.creation_timestamp),
        "last_updated_timestamp": when(version.last_updated_timestamp),
    }


def aliases_of(version: Any) -> list[str]:
    """The aliases that point to a version; clients hold them in lists of several kinds."""
    return sorted(version.aliases)


def text_of(version: Any) -> Any:
    """Which version it is, and its template: enough where the rest is seen elsewhere."""
    return None if version is None else [version.version, version.template]
