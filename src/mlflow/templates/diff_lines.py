"""What changed between two texts: line by line, and which words within a line."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from mlflow.templates.alignment import Block, Gap, align

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")

# Two lines with less in common are shown as removed and added, without a patchwork of marks.
_RELATED = 0.3


class Span(msgspec.Struct, frozen=True, omit_defaults=True):
    """A piece of a line."""

    text: str
    changed: bool = False


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the old text, the new one, or both."""

    kind: Literal["same", "removed", "added"]
    spans: list[Span]
    old: int | None = None
    """Its number in the old text, counted from one."""
    new: int | None = None
    """Its number in the new text."""

    @property
    def text(self) -> str:
        """The line without its end."""
        return "".join(span.text for span in self.spans)


def diff_lines(old: str, new: str) -> list[Line]:
    """Compare two texts; the lines of kind same and removed are the old one, those of kind same and added the new."""
    before, after = old.split("\n"), new.split("\n")
    lines: list[Line] = []
    for part in align(before, after):
        if isinstance(part, Block):
            lines += [
                Line("same", [Span(before[part.i + offset])], part.i + offset + 1, part.j + offset + 1)
                for offset in range(part.size)
            ]
        else:
            lines += _changed_lines(before, after, part)
    return lines


def whole_text(kind: Literal["removed", "added"], text: str) -> list[Line]:
    """Return all lines of a text that only one side has."""
    lines = enumerate(text.split("\n"), start=1)
    if kind == "removed":
        return [Line(kind, [Span(line, True)], old=number) for number, line in lines]
    return [Line(kind, [Span(line, True)], new=number) for number, line in lines]


def _changed_lines(before: list[str], after: list[str], gap: Gap) -> list[Line]:
    """Return the removed lines, then the added ones, with the words marked in those that stand side by side."""
    pairs = min(gap.i_end - gap.i, gap.j_end - gap.j)
    marked = [_marked(before[gap.i + offset], after[gap.j + offset]) for offset in range(pairs)]
    removed = [old for old, _ in marked] + [[Span(line, True)] for line in before[gap.i + pairs : gap.i_end]]
    added = [new for _, new in marked] + [[Span(line, True)] for line in after[gap.j + pairs : gap.j_end]]
    return [Line("removed", spans, old=gap.i + number) for number, spans in enumerate(removed, start=1)] + [
        Line("added", spans, new=gap.j + number) for number, spans in enumerate(added, start=1)
    ]


def _marked(old: str, new: str) -> tuple[list[Span], list[Span]]:
    """Return both lines as spans of words that both have and words that only one has."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    old_spans: list[Span] = []
    new_spans: list[Span] = []
    same = 0
    for part in align(before, after):
        if isinstance(part, Block):
            text = "".join(before[part.i : part.i + part.size])
            same += len(text)
            old_spans.append(Span(text))
            new_spans.append(Span(text))
        else:
            old_spans.append(Span("".join(before[part.i : part.i_end]), True))
            new_spans.append(Span("".join(after[part.j : part.j_end]), True))
    if same < _RELATED * max(len(old), len(new)):
        return [Span(old, True)], [Span(new, True)]
    return _joined(old_spans), _joined(new_spans)


def _joined(spans: list[Span]) -> list[Span]:
    """Drop empty spans, and let one mark run through the blanks between two changed words."""
    spans = [span for span in spans if span.text]
    joined: list[Span] = []
    for number, span in enumerate(spans):
        between = 0 < number < len(spans) - 1 and span.text.isspace()
        changed = span.changed or (between and spans[number - 1].changed and spans[number + 1].changed)
        if joined and joined[-1].changed == changed:
            joined[-1] = Span(joined[-1].text + span.text, changed)
        else:
            joined.append(Span(span.text, changed))
    return joined
