"""A prompt's file: front matter, and the template below it. What is written and read again is the same version."""

from __future__ import annotations

import re
from typing import Any

from mlflow.client.prompts.files import front_matter
from mlflow.client.prompts.files.sections import (
    NEWLINES_AT_END,
    has_messages,
    newlines_at_end,
    read_messages,
    read_text,
    write_messages,
    write_text,
)
from mlflow.entities.prompt_version import PromptVersion, with_settings
from mlflow.exceptions import InvalidPrompt

UNREGISTERED = 0
"""The version of what is not in the registry."""

_FENCE = "---\n"
_FRONT = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_CONFLICT = re.compile(r"^<{7} ", re.MULTILINE)
_KEYS = frozenset(
    {"name", "version", "commit_message", "tags", "aliases", "response_format", "model_config", "variables"}
    | {NEWLINES_AT_END, "template"}
)


def write(prompt: PromptVersion, own_name: bool = False) -> str:
    """Return the file of a version, its includes as they were registered.

    Args:
        prompt: the version.
        own_name: write its name too, for a file whose path does not tell it.
    """
    template = prompt.raw_template
    front: dict[str, Any] = {
        "name": prompt.name if own_name else None,
        "version": prompt.version or None,
        "commit_message": prompt.commit_message,
        "tags": prompt.tags,
        "aliases": prompt.aliases,
        "response_format": prompt.response_format,
        "model_config": prompt.model_config,
        "variables": prompt.declared_variables,
    }
    if isinstance(template, list):
        body = write_messages(template)
    elif "\r" in template:  # Git and editors change such line ends
        body, front["template"] = "", template
    else:
        body, front[NEWLINES_AT_END] = write_text(template), newlines_at_end(template)
    front = {key: value for key, value in front.items() if value}
    return _FENCE + (front_matter.write_yaml(front) if front else "") + _FENCE + (f"{body}\n" if body else "")


def read(text: str, name: str) -> PromptVersion:
    """Return the version that a file holds; version 0 when it does not say from which it came.

    Args:
        text: of the file.
        name: of the prompt, unless the file says another.

    Raises:
        InvalidPrompt: the file cannot be read, or what it says cannot be registered.
    """
    front, body = _split(text)
    said = _entries(front)
    return _checked(said, _template(said, body), name)


def without_labels(prompt: PromptVersion) -> str:
    """Return the file of a version without its number, message, tags and aliases: what is compared."""
    return write(_only_what_is_said(prompt, prompt.raw_template)).removeprefix(_FENCE + _FENCE)


def settings_of(prompt: PromptVersion) -> str:
    """Return what goes with a version's template, as front matter; empty when nothing does."""
    return write(_only_what_is_said(prompt, "")).removeprefix(_FENCE).removesuffix(_FENCE)


def _only_what_is_said(prompt: PromptVersion, template: Any) -> PromptVersion:
    plain = PromptVersion(prompt.name, UNREGISTERED, template, declared_variables=prompt.declared_variables)
    return with_settings(plain, prompt.response_format, prompt.model_config)


def with_version(text: str, version: int, commit_message: str | None) -> str:
    """Return a file that says it came from another version; all else, comments too, as it was.

    Args:
        text: of a file that can be read.
        version: which one it shall say.
        commit_message: of that version.
    """
    front, body = _split(text)
    changed = {"version": version, "commit_message": commit_message}
    new = _FENCE + front_matter.with_entries(front, changed) + _FENCE + body
    try:
        prompt = read(new, "")
    except InvalidPrompt:  # front matter of an unusual form, such as {version: 1}: it becomes the usual one
        prompt = None
    if prompt is not None and (prompt.version, prompt.commit_message) == (version, commit_message):
        return new
    entries = {key: value for key, value in {**_entries(front), **changed}.items() if value is not None}
    return _FENCE + front_matter.write_yaml(entries) + _FENCE + body


def _split(text: str) -> tuple[str, str]:
    """Return front matter and body. CRLF is what Git or an editor made of LF: no file is written with it."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    found = _FRONT.match(text)
    if found is not None:
        return found[1], text[found.end() :]
    if re.match(r"---[ \t]*(\n|\Z)", text):
        raise InvalidPrompt("the front matter does not end. Write a line `---` below it")
    return "", text


def _entries(front: str) -> dict[str, Any]:
    try:
        said = front_matter.read_yaml(front, first_line=2)
    except InvalidPrompt as error:
        reason = "Git's conflict markers are in it" if _CONFLICT.search(front) else error.message
        raise InvalidPrompt(f"the front matter cannot be read: {reason}") from None
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise InvalidPrompt("the front matter is no list of `key: value`")
    unknown = ", ".join(sorted(f"`{key}`" for key in said.keys() - _KEYS))
    if unknown:
        raise InvalidPrompt(f"the front matter has {unknown}, which is nothing of a prompt's. Put it under `tags`")
    return said


def _template(said: dict[str, Any], body: str) -> Any:
    if said.get("template") is not None:
        if body.strip():
            raise InvalidPrompt("the template is there twice: as `template` in the front matter, and below it")
        return said["template"]
    return read_messages(body) if has_messages(body) else read_text(body, said.get(NEWLINES_AT_END))


def _checked(said: dict[str, Any], template: Any, name: str) -> PromptVersion:
    for key, kind in (("name", str), ("commit_message", str), ("tags", dict), ("aliases", list), ("variables", dict)):
        if said.get(key) is not None and not isinstance(said[key], kind):
            raise InvalidPrompt(f"`{key}` in the front matter is {_KINDS[kind]}, not {said[key]!r}")
    tags, aliases = said.get("tags") or {}, said.get("aliases") or []
    for text in (*tags, *tags.values(), *aliases):
        if not isinstance(text, str):
            raise InvalidPrompt(f"tags and aliases in the front matter are texts, not {text!r}")
    version = said.get("version")
    if version is not None and (type(version) is not int or version < 1):
        raise InvalidPrompt(f"`version` in the front matter is a number from 1 on, not {version!r}")
    try:
        return PromptVersion(
            said.get("name") or name,
            version or UNREGISTERED,
            template,
            said.get("commit_message") or None,
            tags=tags,
            aliases=aliases,
            response_format=said.get("response_format"),
            model_config=said.get("model_config"),
            declared_variables=said.get("variables"),
        )
    except InvalidPrompt:
        raise
    except ValueError as error:  # of pydantic
        raise InvalidPrompt(f"`model_config` in the front matter cannot be used: {error}") from None


_KINDS = {str: "a text", dict: "a list of `key: value`", list: "a list"}
