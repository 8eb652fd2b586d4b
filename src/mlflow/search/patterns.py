"""LIKE and RLIKE patterns: checked, compiled, and translated for the readers.

Regular expressions of callers run on re2, whose time grows with the text and never explodes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

MAX_PATTERN_LENGTH = 1000  # of RLIKE, in characters

MAX_LIKE_LENGTH = 12_000
"""Of LIKE and ILIKE, in characters: SQLite refuses patterns of over 50,000 bytes, and a character may become four."""

# The longest LIKE pattern needs more than re2's default of 8 MB as a program.
_LIKE_MEMORY = 64 << 20


def why_not_a_pattern(pattern: str) -> str | None:
    """Return what is wrong with an RLIKE pattern, as the end of a sentence; None when it can be used."""
    import re2

    if len(pattern) > MAX_PATTERN_LENGTH:
        return f"it has {len(pattern)} characters and at most {MAX_PATTERN_LENGTH} are allowed"
    try:
        compiled_regex(pattern)
    except re2.error as error:
        reason = error.args[0] if error.args else "re2 cannot read it"
        return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    return None


@lru_cache(maxsize=256)
def compiled_regex(pattern: str) -> Any:
    """Compile an RLIKE pattern. RLIKE holds when `.search(text)` finds something; letter case counts.

    Raises:
        re2.error: not a regular expression of re2's syntax.
    """
    return _compile(pattern, memory=None)


@lru_cache(maxsize=256)
def compiled_like(pattern: str, *, any_case: bool = False) -> Any:
    """Compile a LIKE (or, with `any_case`, ILIKE) pattern. It holds when `.search(text)` finds something."""
    return _compile(("(?i)" if any_case else "") + like_to_regex(pattern), memory=_LIKE_MEMORY)


def like_to_regex(pattern: str) -> str:
    r"""Translate a LIKE pattern to a whole-text regular expression in re2's syntax.

    `%` is any text, `_` any one character (line ends too), everything else itself; there is no escape character.
    """
    wild = {"%": ".*", "_": "."}
    return r"(?s)\A" + "".join(wild.get(char) or re.escape(char) for char in pattern) + r"\z"


def like_to_glob(pattern: str) -> str:
    """Translate a LIKE pattern to SQLite's GLOB, which is case-sensitive where SQLite's LIKE is not."""
    glob = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    return "".join(glob.get(char, char) for char in pattern)


def _compile(pattern: str, memory: int | None) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False  # a caller's mistake belongs into the answer, not onto the server's stderr
    if memory is not None:
        options.max_mem = memory
    return re2.compile(pattern, options)
