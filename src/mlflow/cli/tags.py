"""Tags as they are typed."""

from __future__ import annotations

import click


def key_and_value(text: str) -> tuple[str, str]:
    """Return the two sides of `key=value`.

    Raises:
        click.UsageError: it has not both.
    """
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise click.UsageError(f"Invalid tag format: '{text}'. Tags must be in key=value format.")
    return key, value
