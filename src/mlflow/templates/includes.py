"""Prompts made of prompts: `{{> rules@production }}` stands for the text of another prompt.

An include names its prompt as addresses do (uris.py): `{{> name }}` is the latest version, `{{> folder/name/3 }}` the
third. What it stands for is decided when a prompt is loaded, so an alias that moves changes every prompt that includes
through it. What is no address (`{{> a:b }}`) is text like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, TypeVar, cast

from mlflow.exceptions import InvalidPrompt
from mlflow.templates.chat import Template, each
from mlflow.templates.uris import PromptAddress, parse_address

DEPTH_LIMIT = 16
"""How deep prompts may include prompts."""

COUNT_LIMIT = 256
"""How many includes one prompt may come to, each counted as often as it is used."""

SIZE_LIMIT = 1_000_000
"""Characters of a prompt with everything that it includes."""

INCLUDE = re.compile(r"\{\{\s*+>\s*+([^\s{}]++)\s*+\}\}")

T = TypeVar("T", bound=Template)


class Loaded(NamedTuple):
    """A version that an address led to, with its template as it was registered."""

    name: str
    version: int
    template: Template


class Resolved(NamedTuple):
    """A template without includes, and (name, version) of every prompt in it, in the order of first use."""

    template: Template
    includes: list[tuple[str, int]]


def find_includes(template: Template) -> list[PromptAddress]:
    """Return the addresses that a text, or the texts of messages, include: each once, in their order."""
    found: dict[PromptAddress, None] = {}
    replace_includes(template, lambda address: found.setdefault(address) or "")
    return list(found)


def replace_includes(template: T, text_of: Callable[[PromptAddress], str]) -> T:
    """Return a text or messages with `text_of(address)` in place of every include."""

    def replaced(found: re.Match[str]) -> str:
        try:
            address = parse_address(found[1])
        except InvalidPrompt:
            return found[0]
        return text_of(address)

    return cast("T", each(template, str, lambda text: INCLUDE.sub(replaced, text)))


def resolve(
    template: Template, load: Callable[[PromptAddress], Loaded], name: str = "", version: int | None = None
) -> Resolved:
    """Put in place of every include the text it stands for, and of the includes in that text.

    Args:
        template: a text or messages.
        load: returns what an address leads to; asked once for each address.
        name: of the prompt the template belongs to, so that it does not include itself.
        version: its version; None when it is about to be registered and its latest will be this one.

    Raises:
        InvalidPrompt: includes go round in a circle, a chat prompt is included, or it gets too deep, many or large.
        Whatever `load` raises.
    """
    resolver = _Resolver(load)
    start = (_Step(name, version),)
    resolved: Template = each(template, str, lambda text: resolver.resolved(text, start))
    return Resolved(resolved, list(resolver.used))


class _Step(NamedTuple):
    name: str
    version: int | None

    def is_met_by(self, address: PromptAddress, loaded: Loaded) -> bool:
        """Tell whether an include leads back to this step, or will as soon as this step is the latest version."""
        if self.name != loaded.name:
            return False
        return self.version == loaded.version or (self.version is None and address.version is None)


class _Resolver:
    """Resolves the texts of one template, within limits for all of them together."""

    def __init__(self, load: Callable[[PromptAddress], Loaded]) -> None:
        self._load = load
        self._known: dict[PromptAddress, Loaded] = {}
        self._count = self._size = 0
        self.used: dict[tuple[str, int], None] = {}

    def resolved(self, text: str, path: tuple[_Step, ...]) -> str:
        self._size += len(text)
        if self._size > SIZE_LIMIT:
            raise InvalidPrompt(f"With its includes the prompt is longer than {SIZE_LIMIT} characters{_through(path)}.")
        return replace_includes(text, lambda address: self._included(address, path))

    def _included(self, address: PromptAddress, path: tuple[_Step, ...]) -> str:
        self._count += 1
        if self._count > COUNT_LIMIT:
            raise InvalidPrompt(f"The prompt comes to more than {COUNT_LIMIT} includes{_through(path)}.")
        if len(path) > DEPTH_LIMIT:
            raise InvalidPrompt(f"Prompts include prompts deeper than {DEPTH_LIMIT} levels{_through(path)}.")
        loaded = self._known.get(address)
        if loaded is None:
            loaded = self._known[address] = self._load(address)
        steps = (*path, _Step(loaded.name, loaded.version))
        if any(step.is_met_by(address, loaded) for step in path):
            raise InvalidPrompt(f"Prompts may not include themselves{_through(steps)}.")
        if not isinstance(loaded.template, str):
            raise InvalidPrompt(
                f"'{address}' is a chat prompt. Only text prompts can be included, in a text or in the content of a"
                " message."
            )
        self.used.setdefault((loaded.name, loaded.version))
        return self.resolved(loaded.template, steps)


def _through(path: tuple[_Step, ...]) -> str:
    return f": {' → '.join(step.name for step in path if step.name)}"
