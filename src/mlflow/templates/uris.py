"""How versions of prompts are addressed: `qa`, `qa@production`, `team/qa/3`, and the same behind `prompts:/`."""

from __future__ import annotations

import re
from typing import NamedTuple

from mlflow.exceptions import InvalidPrompt

SCHEME = "prompts:/"
LATEST = "latest"

_SEGMENT = r"[a-zA-Z0-9_.-]+"
_ADDRESS = re.compile(rf"(?P<name>{_SEGMENT}(?:/{_SEGMENT})*?)(?:@(?P<alias>[\w-]+)|/(?P<version>[0-9]{{1,18}}))?")
_NUMBERED = re.compile(r"/[0-9]+\Z")

# No prompt's name is longer, and no alias; what is longer need not be searched for its parts.
_LENGTH_LIMIT = 1000


class PromptAddress(NamedTuple):
    """Which version of a prompt is meant: a version, what an alias points to, or the latest when both are None."""

    name: str
    version: int | None = None
    alias: str | None = None

    @property
    def uri(self) -> str:
        """The address with its scheme."""
        return f"{SCHEME}{self}"

    def __str__(self) -> str:
        return f"{self.name}/{self.version}" if self.version is not None else f"{self.name}@{self.alias or LATEST}"


def parse_address(text: str) -> PromptAddress:
    """Read a name or address with or without `prompts:/`; a name alone means its latest version.

    A number at the end is a version: a prompt in a folder is never called by a number alone.

    Raises:
        InvalidPrompt: it is no such address; with the scheme, also when it has neither version nor alias.
    """
    if not isinstance(text, str):
        raise InvalidPrompt(f"A prompt is addressed by text such as 'qa' or 'prompts:/qa/2', not by {text!r}.")
    address = text.strip()
    found = _ADDRESS.fullmatch(address.removeprefix(SCHEME)) if len(address) <= _LENGTH_LIMIT else None
    if found is None or _NUMBERED.search(found["name"]):
        raise InvalidPrompt(
            f"'{text[:200]}' is no address of a prompt. Write '{SCHEME}name/2' for a version, '{SCHEME}name@alias' for"
            f" what an alias points to, '{SCHEME}name@{LATEST}' or just 'name' for the latest. A name has letters,"
            " digits, '_', '-' and '.', and '/' between folders."
        )
    name, alias, version = found["name"], found["alias"], found["version"]
    if address.startswith(SCHEME) and not alias and not version:
        raise InvalidPrompt(
            f"The prompt URI '{text}' has no version. Write '{address}/1', '{address}@{LATEST}' or '{address}@alias'."
        )
    return PromptAddress(
        name, int(version) if version else None, None if (alias or LATEST).lower() == LATEST else alias
    )
