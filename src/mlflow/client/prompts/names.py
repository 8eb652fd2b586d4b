"""Names, messages and tags of prompts, as users give them."""

from __future__ import annotations

from mlflow.api.names import check_prompt_name
from mlflow.exceptions import InvalidParameter


def checked_name(name: object) -> str:
    """Return the name of a prompt.

    Raises:
        InvalidParameter: it cannot be one.
    """
    if not isinstance(name, str) or not name:
        raise InvalidParameter("A prompt name must be a text that is not empty.")
    check_prompt_name(name)
    return name


def checked_tags(tags: object) -> dict[str, str]:
    """Return tags as texts by key; nothing is no tags.

    Raises:
        InvalidParameter: it is no dict.
    """
    if not isinstance(tags, dict | None):
        raise InvalidParameter(f"Tags are a dict of texts by key, not {type(tags).__name__}.")
    return {str(key): str(value) for key, value in (tags or {}).items()}


def checked_message(message: object) -> str | None:
    """Return what is said of a version or a prompt.

    Raises:
        InvalidParameter: it is no text.
    """
    if not isinstance(message, str | None):
        raise InvalidParameter(f"A commit message or description is a text, not {type(message).__name__}.")
    return message
