"""Text with `{{ name }}` placeholders, parsed once and filled many times."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

# ASCII names, dots between them. Possessive (`*+`), so no text makes it backtrack.
NAME = r"[a-zA-Z_][a-zA-Z0-9_]*+(?:\.[a-zA-Z_][a-zA-Z0-9_]*+)*+"
PLACEHOLDER = re.compile(r"\{\{\s*+(" + NAME + r")\s*+\}\}")


class TextTemplate:
    """A text, cut at its placeholders.

    Values are put in as they are and never looked at again: a value that reads `{{ name }}` is no placeholder, not even
    after a part of the template was filled and the rest follows later.
    """

    __slots__ = ("_holes", "_pieces", "names")

    def __init__(self, pieces: list[str], holes: tuple[tuple[int, str], ...]) -> None:
        self._pieces = pieces  # literals, and the placeholders as they were written
        self._holes = holes  # which of the pieces are placeholders, and their names
        self.names = frozenset(name for _, name in holes)

    @property
    def source(self) -> str:
        """The text, placeholders as they were written."""
        return "".join(self._pieces)

    @property
    def holes(self) -> list[str]:
        """The names of the placeholders in the order of the text; a name may come more than once."""
        return [name for _, name in self._holes]

    def fill(self, values: Mapping[str, Any]) -> str:
        """Return the text with each value as `str()` gives it.

        Raises:
            KeyError: a name has no value; compare `names` first.
        """
        pieces = self._pieces.copy()
        for index, name in self._holes:
            pieces[index] = str(values[name])
        return "".join(pieces)

    def fill_some(self, values: Mapping[str, Any]) -> TextTemplate:
        """Return the template that is left when those placeholders that have a value are filled."""
        pieces = self._pieces.copy()
        for index, name in self._holes:
            if name in values:
                pieces[index] = str(values[name])
        return TextTemplate(pieces, tuple(hole for hole in self._holes if hole[1] not in values))

    def rewritten(self, literal: Callable[[str], str], hole: Callable[[str], str]) -> str:
        """Return the text with `literal(text)` for what stands between placeholders and `hole(name)` for these."""
        holes = dict(self._holes)
        return "".join(
            hole(holes[index]) if index in holes else literal(piece) for index, piece in enumerate(self._pieces)
        )


def parse_text(text: str) -> TextTemplate:
    """Cut a text at its placeholders, in time linear to its length. Every text is a template."""
    pieces = []
    holes = []
    end = 0
    for found in PLACEHOLDER.finditer(text):
        pieces.append(text[end : found.start()])
        holes.append((len(pieces), found[1]))
        pieces.append(found[0])
        end = found.end()
    pieces.append(text[end:])
    return TextTemplate(pieces, tuple(holes))
