"""What changed between two templates, message by message."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from mlflow.templates.alignment import Block, Gap, align
from mlflow.templates.chat import Template
from mlflow.templates.diff_lines import Line, diff_lines, whole_text


class MessageDiff(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one message. A text prompt is shown as one message without a role."""

    kind: Literal["same", "changed", "removed", "added"]
    lines: list[Line]
    old: int | None = None
    """Its number among the old messages, counted from one."""
    new: int | None = None
    old_role: str | None = None
    new_role: str | None = None


class TemplateDiff(msgspec.Struct, frozen=True):
    """All messages of both templates, in order. It is plain data: `msgspec.to_builtins` and JSON carry it."""

    messages: list[MessageDiff]

    @property
    def changed(self) -> bool:
        """Whether the templates differ."""
        return any(message.kind != "same" for message in self.messages)

    def as_text(self, context: int = 3) -> str:
        """Return it as a unified diff with so many lines around each change; empty when nothing changed."""
        lines: list[str] = []
        for message in self.messages:
            if message.kind != "same":
                lines += _heading(message)
                lines += _hunks(message.lines, context)
        return "".join(f"{line}\n" for line in lines)


def diff_templates(old: Template, new: Template) -> TemplateDiff:
    """Compare two texts, two lists of messages, or one with the other."""
    before, after = _messages(old), _messages(new)
    parts = align([_key(message) for message in before], [_key(message) for message in after])
    messages: list[MessageDiff] = []
    for part in parts:
        if isinstance(part, Block):
            messages += [_compared(before, after, part.i + offset, part.j + offset) for offset in range(part.size)]
        else:
            messages += _changed_messages(before, after, part)
    return TemplateDiff(messages)


_Message = tuple[str | None, str]


def _messages(template: Template) -> list[_Message]:
    if isinstance(template, str):
        return [(None, template)]
    return [(message["role"], _text_of(message)) for message in template]


def _text_of(message: dict[str, Any]) -> str:
    """Return a message's content as text, and what is no text as indented JSON."""
    content = message.get("content")
    others = {key: value for key, value in message.items() if key not in ("role", "content")}
    texts = [content if isinstance(content, str) else json.dumps(content, indent=2, ensure_ascii=False)]
    return "\n".join([*texts, json.dumps(others, indent=2, ensure_ascii=False)] if others else texts)


def _key(message: _Message) -> str:
    role, text = message
    return f"{role}\n{text}" if role is not None else text


def _changed_messages(before: list[_Message], after: list[_Message], gap: Gap) -> Iterator[MessageDiff]:
    """Pair messages of the same role, then those that are left one to one."""
    roles = [str(role) for role, _ in before[gap.i : gap.i_end]]
    new_roles = [str(role) for role, _ in after[gap.j : gap.j_end]]
    for part in align(roles, new_roles):
        i, j = gap.i + part.i, gap.j + part.j
        if isinstance(part, Block):
            pairs, removed, added = part.size, 0, 0
        else:
            removed, added = part.i_end - part.i, part.j_end - part.j
            pairs = removed if removed == added and before[i][0] is not None and after[j][0] is not None else 0
            removed, added = removed - pairs, added - pairs
        for offset in range(pairs):
            yield _compared(before, after, i + offset, j + offset)
        for offset in range(removed):
            role, text = before[i + pairs + offset]
            yield MessageDiff("removed", whole_text("removed", text), old=i + pairs + offset + 1, old_role=role)
        for offset in range(added):
            role, text = after[j + pairs + offset]
            yield MessageDiff("added", whole_text("added", text), new=j + pairs + offset + 1, new_role=role)


def _compared(before: list[_Message], after: list[_Message], i: int, j: int) -> MessageDiff:
    (role, text), (new_role, new_text) = before[i], after[j]
    kind: Literal["same", "changed"] = "same" if (role, text) == (new_role, new_text) else "changed"
    return MessageDiff(kind, diff_lines(text, new_text), i + 1, j + 1, role, new_role)


def _heading(message: MessageDiff) -> list[str]:
    roles = [role for role in (message.old_role, message.new_role) if role is not None]
    if not roles:
        return []
    number = message.new if message.new is not None else message.old
    return [f"message {number}, {' → '.join(dict.fromkeys(roles))}: {message.kind}"]


_SIGNS = {"same": " ", "removed": "-", "added": "+"}


def _hunks(lines: list[Line], context: int) -> Iterator[str]:
    changes = [number for number, line in enumerate(lines) if line.kind != "same"]
    start = 0
    while start < len(changes):
        end = start
        while end + 1 < len(changes) and changes[end + 1] - changes[end] <= 2 * context + 1:
            end += 1
        hunk = lines[max(changes[start] - context, 0) : changes[end] + context + 1]
        old = [line.old for line in hunk if line.old is not None]
        new = [line.new for line in hunk if line.new is not None]
        yield f"@@ -{_range(old)} +{_range(new)} @@"
        for line in hunk:
            yield _SIGNS[line.kind] + line.text
        start = end + 1


def _range(numbers: list[int]) -> str:
    return f"{numbers[0] if numbers else 0},{len(numbers)}"
