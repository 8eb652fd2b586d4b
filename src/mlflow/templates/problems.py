"""What is probably a mistake in a template, though it may be registered: MLflow refuses none of it.

The command and the web interface show these sentences beside a prompt that is being written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from mlflow.templates.chat import Template, each
from mlflow.templates.includes import INCLUDE, replace_includes
from mlflow.templates.jinja import is_jinja, problem_of
from mlflow.templates.text import NAME, PLACEHOLDER

LIMIT = 100
"""How many problems of one template are told."""

# Two opening braces and what belongs to them: up to the next brace, and that with its twin where it has one.
_DOUBLE = re.compile(r"\{\{(?!\{)([^{}]*+)(\}\}|\}|)")
_ONE_OPENING = re.compile(r"(?<!\{)\{\s*+(" + NAME + r")\s*+\}\}(?!\})")

_TAKEN = ("allow_partial", "use_jinja_sandbox")


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place in a template and what is the matter there."""

    line: int
    """Counted from one, in the text or in the message's text."""
    text: str
    """A sentence, and what to do."""
    message: int | None = None
    """Which message of a chat prompt, counted from one."""


def problems(template: Template) -> list[Problem]:
    """Return what is probably wrong with a text or with checked messages, in order; at most `LIMIT` problems."""
    return list(_problems(template))[:LIMIT]


def _problems(template: Template) -> Iterator[Problem]:
    # In a chat prompt one Jinja2 text makes all of them Jinja2.
    check = _jinja_problems if is_jinja(template) else _text_problems
    if isinstance(template, str):
        yield from check(template)
        return
    for number, message in enumerate(template, start=1):
        texts: list[str] = []
        each(message, str, texts.append)
        for text in texts:
            for problem in check(text):
                yield msgspec.structs.replace(problem, message=number)


def _jinja_problems(text: str) -> Iterator[Problem]:
    found = problem_of(replace_includes(text, lambda address: ""))
    if found is not None:
        line, reason = found
        yield Problem(line, f"Jinja2 cannot read the template: {reason}")


def _text_problems(text: str) -> Iterator[Problem]:
    found = [(match.start(), said) for match in _DOUBLE.finditer(text) if (said := _double_problem(text, match))]
    found += [
        (match.start(), f"'{match[0]}' has one opening brace, so it is no placeholder: write '{{{{ {match[1]} }}}}'.")
        for match in _ONE_OPENING.finditer(text)
    ]
    line = 1
    end = 0
    for start, said in sorted(found):
        line += text.count("\n", end, start)
        end = start
        yield Problem(line, said)


def _double_problem(text: str, match: re.Match[str]) -> str | None:
    inside = match[1].strip()
    if match[2] != "}}":
        return f"'{_shown(match[0])}' opens two braces that are not closed with two: write '{{{{ name }}}}'."
    if PLACEHOLDER.fullmatch(match[0]):
        if inside in _TAKEN:
            return f"'{inside}' is an argument of format() itself and cannot be given a value: choose another name."
        return None
    if inside.startswith(">"):
        if INCLUDE.fullmatch(match[0]) and replace_includes(match[0], lambda address: "") == "":
            return None
        return f"'{_shown(match[0])}' includes no prompt: write '{{{{> name }}}}' or '{{{{> name@alias }}}}'."
    return (
        f"'{_shown(match[0])}' is no placeholder and stays as it is: a name has letters A to Z, digits and '_', and may"
        " be joined with dots. Filters and expressions need a Jinja2 template, which has a '{% … %}' block."
    )


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:40] + "…"
