"""What pulling and pushing say: a line for each prompt that is not simply the same on both sides, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import click

from mlflow.cli.errors import Problem, printable
from mlflow.cli.output import echo, on_terminal
from mlflow.cli.prompt_diff import print_diff
from mlflow.cli.prompt_lists import how_many
from mlflow.exceptions import MlflowException

if TYPE_CHECKING:
    from mlflow.client.prompts.files.folder import Trouble
    from mlflow.client.prompts.files.plan import Deed, Pair, State, Step
    from mlflow.entities.prompt_version import PromptVersion

# What stands in the line, by what is done and the state that was found. {mine}: the version that the file says it came
# from, {latest}: the registry's, {made}: the one that was registered.
_WRITTEN: dict[State, tuple[str, str]] = {
    "only there": ("new", "version {latest}"),
    "behind": ("updated", "version {mine} → {latest}"),
    "same text": ("updated", "version {latest}, which says the same"),
    "same": ("rewritten", "version {latest}"),
    "edited": ("replaced", "version {latest}; what was edited here is gone"),
    "diverged": ("replaced", "version {latest}; what was edited here is gone"),
}
_REGISTERED: dict[State, tuple[str, str]] = {
    "only here": ("new", "version {made}"),
    "edited": ("pushed", "version {mine} → {made}"),
    "diverged": ("pushed", "version {made}, over version {latest}"),
    "gone": ("new", "version {made}"),
}
_LEFT: dict[tuple[str, State], tuple[str, str]] = {
    ("pull", "edited"): ("edited", "since version {mine}; `push` registers it"),
    ("pull", "only here"): ("only here", "`push` registers it"),
    ("pull", "gone"): ("gone", "the registry does not have it any more"),
    ("push", "behind"): ("behind", "version {mine}; `pull` gets version {latest}"),
}
_COLOURS = {"conflict": "red", "failed": "red", "edited": "yellow", "gone": "yellow", "behind": "yellow"}


class Report:
    """Says what is done while it is done, and counts it.

    Args:
        direction: which of the two commands.
        dry_run: say it without doing it.
        troubles: files that could not be read.
        steps: all that is planned.
    """

    def __init__(
        self, direction: Literal["pull", "push"], dry_run: bool, troubles: Sequence[Trouble], steps: Sequence[Step]
    ) -> None:
        self._direction = direction
        self._dry_run = dry_run
        self._width = max((len(step.pair.name) for step in steps), default=0)
        self._counts: Counter[str] = Counter()
        for trouble in troubles:
            self._line("failed", trouble.path, f"cannot be read: {trouble.reason}")

    def did(self, step: Step, do: Callable[[Step], int]) -> None:
        """Do a step, unless nothing shall be done, and say it."""
        made = step.pair.latest.version + 1 if step.pair.latest else 1
        if not self._dry_run and step.deed not in ("nothing", "conflict"):
            try:
                made = do(step)
            except OSError as error:
                self._line("failed", step.pair.name, f"{error.filename or ''} {error.strerror or error}".strip())
                return
            except MlflowException as error:
                self._line("failed", step.pair.name, error.message)
                return
        line = self._said(step, made)
        if line is not None:
            self._line(line[0], step.pair.name, line[1])
        elif step.state == "same":
            self._counts["unchanged"] += 1
        if step.deed == "conflict":
            _show_conflict(step.pair)

    def end(self, advice: str) -> None:
        """Say how much was done.

        Raises:
            Problem: there was a conflict or a failure; with the advice on conflicts.
        """
        counts = self._counts
        words = [word for word in counts if word not in ("conflict", "failed", "unchanged")]
        said = ", ".join(f"{counts[word]} {word}" for word in [*words, *["unchanged"] * ("unchanged" in counts)])
        if said or not counts:
            click.echo(f"{said or 'Nothing to do'}.{' (Dry run: nothing was done.)' if self._dry_run else ''}")
        wrong = [how_many(counts["conflict"], "conflict")] if counts["conflict"] else []
        wrong += [how_many(counts["failed"], "failure")] if counts["failed"] else []
        if wrong:
            raise Problem(" and ".join(wrong), advice if counts["conflict"] else None)

    def _said(self, step: Step, made: int) -> tuple[str, str] | None:
        mine = step.pair.file.prompt.version if step.pair.file else 0
        latest = step.pair.latest.version if step.pair.latest else 0
        word, sentence = self._words(step) or (None, "")
        pointing = f"{' and '.join(step.aliases)} → version {made}" if step.aliases else ""
        sentence = sentence.format(mine=mine, latest=latest, made=made)
        if word is None:
            return ("alias", pointing) if pointing else None
        return word, f"{sentence}; {pointing}" if pointing else sentence

    def _words(self, step: Step) -> tuple[str, str] | None:
        words: dict[Deed, tuple[str, str] | None] = {
            "write": _WRITTEN.get(step.state),
            "register": _REGISTERED.get(step.state),
            "renumber": ("numbered", "version {latest} says the same"),
            "delete": ("deleted", "with all versions"),
            "conflict": ("conflict", _why(step.pair)),
            "nothing": _LEFT.get((self._direction, step.state)),
            "point": None,
        }
        return words[step.deed]

    def _line(self, word: str, name: str, sentence: str) -> None:
        self._counts[word] += 1
        shown = click.style(f"{word:<9}", fg=_COLOURS.get(word, "green"), bold=word in ("conflict", "failed"))
        echo(f"{shown}  {printable(name).ljust(self._width)}  {printable(sentence)}".rstrip())


def _why(pair: Pair) -> str:
    mine = pair.file.prompt.version if pair.file else 0
    if pair.latest is None:
        return f"it came from version {mine}, and the registry does not have it; --force registers it anew"
    if not mine:
        return "the registry has another prompt of this name"
    if pair.base is None:
        return f"it came from version {mine}, which the registry does not have; version {pair.latest.version} differs"
    return f"edited here since version {mine}, and the registry has version {pair.latest.version}"


def _show_conflict(pair: Pair) -> None:
    if pair.file is None or pair.latest is None:
        return
    mine, base = pair.file.prompt, pair.base
    if base is None:
        _show(f"from the registry's version {pair.latest.version} to the file", pair.latest, mine)
    else:
        _show(f"the file, since version {base.version}", base, mine)
        _show(f"the registry, since version {base.version}", base, pair.latest)


def _show(title: str, before: PromptVersion, after: PromptVersion) -> None:
    from mlflow.client.prompts.files.document import without_labels
    from mlflow.templates.diff import diff_templates

    found = diff_templates(without_labels(before), without_labels(after))
    echo(click.style(f"  {title}:", bold=True))
    if on_terminal():
        print_diff(found)
    else:
        click.echo(found.as_text(), nl=False)
