"""How prompts are named and addressed: `qa`, `qa@production`, `team/qa/3`, and the same behind `prompts:/`."""

from __future__ import annotations

import re
from typing import NamedTuple

from mlflow.exceptions import InvalidPrompt

SCHEME = "prompts:/"
LATEST = "latest"

SEGMENT = r"[a-zA-Z0-9_.-]+"
_NAME = re.compile(rf"{SEGMENT}(?:/{SEGMENT})*")
_ALIAS = re.compile(r"[\w-]+")
_VERSION = re.compile(r"[0-9]+")

# Versions are 64-bit integers wherever they are stored.
_VERSION_DIGITS = 18


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

    Raises:
        InvalidPrompt: it is no such address; with the scheme, also when it has neither version nor alias.
    """
    if not isinstance(text, str):
        raise InvalidPrompt(f"A prompt is addressed by text such as 'qa' or 'prompts:/qa/2', not by {text!r}.")
    address = text.strip()
    if not address.startswith(SCHEME):
        return _parse(address, text)
    parsed = _parse(address.removeprefix(SCHEME), text)
    if parsed.version is None and parsed.alias is None and "@" not in address:
        raise InvalidPrompt(
            f"The prompt URI '{text}' has no version. Write '{address}/1', '{address}@{LATEST}' or '{address}@alias'."
        )
    return parsed


def check_prompt_name(name: object) -> str:
    """Return the name.

    Raises:
        InvalidPrompt: it is empty or no text, has other characters than letters, digits, '_', '-' and '.' between its
            slashes, a step '.' or '..', or, in a folder, ends in a number as an address of a version does.
    """
    if not isinstance(name, str) or not name:
        raise InvalidPrompt("A prompt name must be a text that is not empty.")
    if not _NAME.fullmatch(name):
        raise InvalidPrompt(
            f"The prompt name '{name}' may have letters, digits, '_', '-' and '.', and '/' between folders, no more."
        )
    folders = name.split("/")
    if not {".", ".."}.isdisjoint(folders):
        raise InvalidPrompt(f"The prompt name '{name}' may not have '.' or '..' as a folder or name.")
    if len(folders) > 1 and _VERSION.fullmatch(folders[-1]):
        raise InvalidPrompt(
            f"The prompt name '{name}' would be read as version {folders[-1]} of '{'/'.join(folders[:-1])}'."
            " Give it a name that is not a number alone."
        )
    return name


def _parse(address: str, text: str) -> PromptAddress:
    name, at, alias = address.rpartition("@")
    if at:
        if not _ALIAS.fullmatch(alias):
            raise InvalidPrompt(f"'{text}' is no address of a prompt: '{alias}' cannot be an alias.")
        return PromptAddress(check_prompt_name(name), alias=None if alias.lower() == LATEST else alias)
    name, slash, version = address.rpartition("/")
    if slash and _VERSION.fullmatch(version):
        if len(version) > _VERSION_DIGITS:
            raise InvalidPrompt(f"'{text}' is no address of a prompt: no version has so many digits.")
        return PromptAddress(check_prompt_name(name), version=int(version))
    return PromptAddress(check_prompt_name(address))
