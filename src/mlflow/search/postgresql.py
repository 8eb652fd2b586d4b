r"""Regular expressions of re2 in PostgreSQL's words, so that RLIKE means the same on every database.

The two look alike and are not: PostgreSQL reads `\b` as a backspace, lets `.` match a line's end, and takes `\d` and
`\w` to be digits and letters of every script.
"""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = "0-9A-Za-z_"
# Inside brackets; POSIX classes are ASCII in re2 and of the database's locale in PostgreSQL.
_MEMBERS: Final = {"d": "0-9", "w": _WORD, "s": r"\t\n\f\r "}
_POSIX: Final = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\u0001-\u007f",  # PostgreSQL's text holds no NUL
    "blank": r"\t ",
    "cntrl": r"\u0001-\u001f\u007f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": _WORD,
    "xdigit": "0-9A-Fa-f",
}
_OUTSIDE: Final = {
    "b": f"(?:(?<![{_WORD}])(?=[{_WORD}])|(?<=[{_WORD}])(?![{_WORD}]))",
    "B": f"(?:(?<![{_WORD}])(?![{_WORD}])|(?<=[{_WORD}])(?=[{_WORD}]))",
    "A": r"\A",
    "z": r"\Z",
    **{letter: f"[{members}]" for letter, members in _MEMBERS.items()},
    **{letter.upper(): f"[^{members}]" for letter, members in _MEMBERS.items()},
}
_CONTROLS: Final = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}

_FLAGS = re.compile(r"\(\?([imsU]+)\)")
_NUMBER = re.compile(r"x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]+)\}|([0-7]{1,3})")
_GROUP = re.compile(r"\((?:\?P?<\w+>|(\?:)|(?!\?))")
_REPEAT = re.compile(r"\{\d+(?:,\d*)?\}")


class NotTranslatable(ValueError):
    """PostgreSQL has nothing that means the same; the message is the end of a sentence."""


def regex_to_postgresql(pattern: str) -> str:
    """Return the regular expression that PostgreSQL's `~` understands as re2 understands `pattern`.

    Args:
        pattern: one that re2 accepts.

    Raises:
        NotTranslatable: it has flags in its middle, Unicode classes, or others that PostgreSQL lacks.
    """
    return _Translation(pattern).result()


class _Translation:
    """One pattern on its way."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        flags = _FLAGS.match(pattern)
        self._flags = flags[1] if flags else ""
        if flags:
            self._at = flags.end()

    def result(self) -> str:
        out = []
        while self._at < len(self._pattern):
            out.append(self._piece())
        # PostgreSQL's `w` lets ^ and $ match at line ends, as re2's `m` does.
        options = ("i" if "i" in self._flags else "") + ("w" if "m" in self._flags else "")
        # Every pattern gets options, so that none can begin with PostgreSQL's own `***`.
        return f"(?{options or 'c'}){''.join(out)}"

    def _piece(self) -> str:
        char = self._pattern[self._at]
        if char == "\\":
            return self._escape()
        if char == "[":
            return self._brackets()
        if char == "(":
            return self._group()
        self._at += 1
        if char == ".":
            return "." if "s" in self._flags else r"[^\n]"
        if char == "{" and not (repeat := _REPEAT.match(self._pattern, self._at - 1)):
            return r"\{"
        return char if char != "{" or not repeat else self._take(repeat.end(), repeat[0])

    def _take(self, end: int, text: str) -> str:
        self._at = end
        return text

    def _group(self) -> str:
        group = _GROUP.match(self._pattern, self._at)
        if group is None:
            raise NotTranslatable("on PostgreSQL flags such as (?i) can only stand at its beginning")
        return self._take(group.end(), "(?:")

    def _escape(self) -> str:
        """Translate what begins with a backslash, outside of brackets."""
        letter = self._pattern[self._at + 1]
        if letter == "Q":
            end = self._pattern.find(r"\E", self._at)
            quoted = self._pattern[self._at + 2 : end if end >= 0 else None]
            return self._take(end + 2 if end >= 0 else len(self._pattern), "".join(map(_literal, quoted)))
        if letter in _OUTSIDE:
            return self._take(self._at + 2, _OUTSIDE[letter])
        return self._character()

    def _character(self) -> str:
        """Translate an escape that stands for one character, in brackets or not."""
        letter = self._pattern[self._at + 1]
        if letter in _CONTROLS:
            return self._take(self._at + 2, _literal(chr(_CONTROLS[letter])))
        if number := _NUMBER.match(self._pattern, self._at + 1):
            return self._take(
                number.end(), _literal(chr(int(number[1] or number[2] or number[3], 8 if number[3] else 16)))
            )
        if letter.isalnum():
            raise NotTranslatable(f"PostgreSQL has nothing like \\{letter}")
        return self._take(self._at + 2, _literal(letter))

    def _brackets(self) -> str:
        self._at += 1
        out = ["["]
        if self._pattern.startswith("^", self._at):
            self._at += 1
            out.append("^")
        first = True
        while first or self._pattern[self._at] != "]":
            out.append(self._member())
            first = False
        self._at += 1
        return "".join(out) + "]"

    def _member(self) -> str:
        char = self._pattern[self._at]
        if char == "[" and (named := re.compile(r"\[:(\^?)(\w+):\]").match(self._pattern, self._at)):
            if named[1]:
                raise NotTranslatable(f"PostgreSQL has nothing like [:^{named[2]}:]")
            return self._take(named.end(), _POSIX[named[2]])
        if char == "\\":
            letter = self._pattern[self._at + 1]
            if letter in _MEMBERS:
                return self._take(self._at + 2, _MEMBERS[letter])
            if letter.lower() in _MEMBERS:
                raise NotTranslatable(f"on PostgreSQL \\{letter} cannot stand in brackets")
            return self._character()
        return self._take(self._at + 1, char if char == "-" else _literal(char))


def _literal(char: str) -> str:
    """Return a character as itself, in brackets or not."""
    if char == "\0":
        raise NotTranslatable("PostgreSQL's texts hold no NUL")
    if ord(char) < 32:
        return f"\\u{ord(char):04x}"
    return char if char.isalnum() or ord(char) > 127 or char in " _" else f"\\{char}"
