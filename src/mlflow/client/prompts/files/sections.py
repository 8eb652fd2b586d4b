"""The template in a prompt's file: a text as it is, or the messages of a chat, each below a line with its role.

    <!-- role: system -->
    You are kind.

    <!-- role: user -->
    {{ question }}

A text that has such a line itself gets a backslash in front of it. Empty lines at the end of a text come and go with
editors and hooks, so they do not count; where a text ends with line ends of its own, their number is written down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mlflow.client.prompts.files.front_matter import read_yaml, write_scalar, write_yaml
from mlflow.exceptions import InvalidPrompt
from mlflow.templates.chat import Messages

NEWLINES_AT_END = "newlines_at_end"
NEWLINES_LIMIT = 100_000
_YAML = "yaml"

_ROLE_LINE = re.compile(r"^<!--[ \t]*role[ \t]*:.*$", re.MULTILINE)
_ATTRIBUTES = re.compile(r"<!--(.*?)-->[ \t]*")
_LIKE_A_ROLE_LINE = re.compile(r"^(?=\\*<!--[ \t]*role[ \t]*:)", re.MULTILINE)
_ESCAPED = re.compile(r"^\\(?=\\*<!--[ \t]*role[ \t]*:)", re.MULTILINE)


def has_messages(body: str) -> bool:
    """Tell whether a file's body is a chat: whether any line of it names a role."""
    return _ROLE_LINE.search(body) is not None


def write_text(text: str) -> str:
    """Return a text as it stands in a file; without the line ends at its end."""
    return _LIKE_A_ROLE_LINE.sub(r"\\", text.rstrip("\n"))


def read_text(body: str, newlines_at_end: Any = None) -> str:
    """Return the text that stands in a file.

    Args:
        body: what stands there.
        newlines_at_end: how many line ends the text ends with; none when left out.

    Raises:
        InvalidPrompt: that is no such number.
    """
    count = 0 if newlines_at_end is None else newlines_at_end
    if type(count) is not int or not 0 <= count <= NEWLINES_LIMIT:
        raise InvalidPrompt(f"`{NEWLINES_AT_END}` is how many line ends the text ends with, not {count!r}")
    return _ESCAPED.sub("", body.rstrip("\n")) + "\n" * count


def newlines_at_end(text: str) -> int:
    """Return how many line ends a text ends with."""
    return len(text) - len(text.rstrip("\n"))


def write_messages(messages: Messages) -> str:
    """Return the messages of a chat, as they stand in a file."""
    return "\n\n".join(map(_section, messages))


def read_messages(body: str) -> Messages:
    """Return the messages that stand in a file.

    Raises:
        InvalidPrompt: a role line cannot be read, or text stands above the first one.
    """
    lines = list(_ROLE_LINE.finditer(body))
    if body[: lines[0].start()].strip():
        raise InvalidPrompt(
            "there is text above the first role. Put it under a role, or write a backslash in front of a line that is"
            " no role: \\<!-- role: …"
        )
    ends = [line.start() for line in lines[1:]] + [len(body)]
    return [_message(line[0], body[line.end() + 1 : end]) for line, end in zip(lines, ends, strict=True)]


def _section(message: dict[str, Any]) -> str:
    content = message.get("content")
    role = {"role": message["role"]}
    # Parts, calls of tools and names go into YAML, and so does what a file's lines cannot hold.
    if message.keys() != {"role", "content"} or not isinstance(content, str) or "\r" in content:
        others = {key: value for key, value in message.items() if key != "role"}
        return _role_line({**role, "as": _YAML}) + write_text(write_yaml(others))
    newlines = newlines_at_end(content)
    return _role_line({**role, NEWLINES_AT_END: newlines} if newlines else role) + write_text(content)


def _role_line(attributes: dict[str, Any]) -> str:
    said = [f"{key}: {write_scalar(value) if isinstance(value, str) else value}" for key, value in attributes.items()]
    return f"<!-- {', '.join(said)} -->\n"


def _message(role_line: str, body: str) -> dict[str, Any]:
    said = _ATTRIBUTES.fullmatch(role_line)
    attributes = read_yaml("{" + said[1] + "}") if said else {}
    role = attributes.get("role")
    if not isinstance(role, str) or attributes.get("as", _YAML) != _YAML:
        raise InvalidPrompt(f"the line {role_line[:80]!r} names no role. Write it as <!-- role: user -->")
    for unknown in attributes.keys() - {"role", "as", NEWLINES_AT_END}:
        raise InvalidPrompt(f"the line {role_line[:80]!r} has {unknown!r}, which means nothing there")
    if "as" not in attributes:
        return {"role": role, "content": read_text(body, attributes.get(NEWLINES_AT_END))}
    others = read_yaml(read_text(body, 1))
    if others is not None and not isinstance(others, dict):
        raise InvalidPrompt(f"below {role_line[:80]!r} stands no YAML of the form `content: …`")
    return {"role": role, **(others or {})}


def sections(messages: Messages) -> Iterator[tuple[str, str]]:
    """Yield role and text of each message, for the eyes: what is no text as YAML."""
    for message in messages:
        content = message.get("content")
        others = {key: value for key, value in message.items() if key != "role"}
        plain = message.keys() == {"role", "content"} and isinstance(content, str)
        yield message["role"], str(content) if plain else write_yaml(others).rstrip("\n")
