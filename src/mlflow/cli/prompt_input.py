"""What people give to the commands of `mlflow prompts`: templates from files and pipes, and a yes or no."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlflow.cli.errors import Problem, UsageProblem, printable

if TYPE_CHECKING:
    from mlflow.entities.prompt_version import PromptVersion
    from mlflow.templates.chat import Template


def read_prompt(name: str, path: str | None, text: str | None, chat: bool) -> PromptVersion:
    """Return what shall be registered, as a version without a number.

    Args:
        name: of the prompt.
        path: a file, or `-` for standard input; None when `text` is given.
        text: the template.
        chat: it holds messages.

    Raises:
        Problem: the file or what it holds cannot be read.
    """
    from mlflow.client.prompts.files import document
    from mlflow.client.prompts.files.folder import SUFFIX
    from mlflow.entities.prompt_version import PromptVersion
    from mlflow.exceptions import InvalidPrompt

    given = _text_of(path) if path is not None else str(text)
    if path is not None and path.endswith(SUFFIX):
        try:
            return document.read(given, name)
        except InvalidPrompt as error:
            raise Problem(f"{path}: {error.message}") from None
    return PromptVersion(name, document.UNREGISTERED, _messages(given) if chat else given)


def _text_of(path: str) -> str:
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(f"'{path}' is no UTF-8 text: {error.reason} at byte {error.start}") from None


def _messages(text: str) -> Template:
    from mlflow.client.prompts.files.sections import has_messages, read_messages

    if has_messages(text):
        return read_messages(text)
    try:
        messages: Template = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Problem(
            f"These are no messages of a chat: {error}",
            'Write them as JSON, [{"role": "user", "content": "…"}], or as text below lines `<!-- role: user -->`',
        ) from None
    if isinstance(messages, str):
        raise Problem("A chat is a list of messages, not a text", "Leave out --chat to register a text")
    return messages


def warn_of_problems(prompt: PromptVersion) -> None:
    """Say on standard error what is probably a mistake in a template."""
    from mlflow.templates.problems import problems

    for problem in problems(prompt.raw_template):
        where = f"message {problem.message}, line {problem.line}" if problem.message else f"line {problem.line}"
        click.echo(f"warning: {prompt.name}, {where}: {printable(problem.text)}", err=True)


def sure(question: str) -> bool:
    """Ask, and return whether the answer is yes.

    Raises:
        UsageProblem: nobody is there to answer.
    """
    if not sys.stdin.isatty():
        raise UsageProblem("Nobody is there to be asked", "Add --yes to do it without asking")
    return click.confirm(question, err=True)
