"""What pulling and pushing will do, decided before anything is done; from data alone.

A file, the version it says it came from (its base) and the registry's latest version are compared. What counts is
what they say: template, response format, model settings, declared variables. Tags, message and aliases go along with
these and make no difference of their own, since in the registry they change without a new version.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Literal, NamedTuple

from mlflow.client.prompts.files.folder import PromptFile
from mlflow.entities.prompt_version import PromptVersion

State = Literal["same", "same text", "edited", "behind", "diverged", "only here", "only there", "gone"]
Deed = Literal["write", "renumber", "register", "point", "delete", "conflict", "nothing"]


class Pair(NamedTuple):
    """One prompt on both sides. `base` is None where the registry has no such version."""

    name: str
    file: PromptFile | None
    base: PromptVersion | None
    latest: PromptVersion | None


class Step(NamedTuple):
    """What is done about one prompt, in which state it was found, and which aliases are pointed to its version."""

    deed: Deed
    state: State
    pair: Pair
    aliases: tuple[str, ...] = ()


# write: the registry's latest version into the file. renumber: only its number. register: the file as a new version.
PULL: dict[State, Deed] = {
    "same": "nothing",
    "same text": "write",
    "edited": "nothing",
    "behind": "write",
    "diverged": "conflict",
    "only here": "nothing",
    "only there": "write",
    "gone": "nothing",
}
PULL_BY_FORCE: dict[State, Deed] = {**PULL, "same": "write", "edited": "write", "diverged": "write"}
PUSH: dict[State, Deed] = {
    "same": "nothing",
    "same text": "renumber",
    "edited": "register",
    "behind": "nothing",
    "diverged": "conflict",
    "only here": "register",
    "only there": "nothing",
    "gone": "conflict",
}
PUSH_BY_FORCE: dict[State, Deed] = {**PUSH, "diverged": "register", "gone": "register"}


def state_of(pair: Pair) -> State:
    """Tell how the file and the registry differ."""
    if pair.file is None:
        return "only there"
    mine, latest = pair.file.prompt, pair.latest
    if latest is None:
        return "gone" if mine.version else "only here"
    if say_the_same(mine, latest):
        return "same" if mine.version == latest.version else "same text"
    if mine.version == latest.version:
        return "edited"
    return "behind" if pair.base is not None and say_the_same(mine, pair.base) else "diverged"


def say_the_same(one: PromptVersion, other: PromptVersion) -> bool:
    """Tell whether two versions say the same to a model."""
    return _what_is_said(one) == _what_is_said(other)


def _what_is_said(prompt: PromptVersion) -> str:
    parts = [prompt.raw_template, prompt.response_format, prompt.model_config, prompt.declared_variables]
    return json.dumps(parts, sort_keys=True)  # in which true is not 1


def plan_pull(pairs: Iterable[Pair], force: bool = False) -> list[Step]:
    """Return what pulling does. By force files that were edited become what the registry has."""
    deeds = PULL_BY_FORCE if force else PULL
    return [Step(deeds[state], state, pair) for pair in pairs for state in [state_of(pair)]]


def plan_push(pairs: Iterable[Pair], force: bool = False, aliases: bool = False, delete: bool = False) -> list[Step]:
    """Return what pushing does.

    Args:
        pairs: what to push, and prompts that have no file.
        force: register what is edited here also where the registry has a newer version, or no such prompt any more.
        aliases: point the aliases that a file names to its version, unless the registry has a newer one.
        delete: delete prompts that have no file.
    """
    deeds = PUSH_BY_FORCE if force else PUSH
    steps = []
    for pair in pairs:
        state = state_of(pair)
        deed = "delete" if delete and state == "only there" else deeds[state]
        step = Step(deed, state, pair, _to_point(pair, deed, state) if aliases else ())
        steps.append(step._replace(deed="point") if step.aliases and deed == "nothing" else step)
    return steps


def _to_point(pair: Pair, deed: Deed, state: State) -> tuple[str, ...]:
    if pair.file is None or not (deed in ("register", "renumber") or state == "same"):
        return ()
    wanted = dict.fromkeys(pair.file.prompt.aliases)
    # A new version has none yet; one that is there has those that need not be set again.
    there = pair.latest.aliases if pair.latest and deed != "register" else ()
    return tuple(alias for alias in wanted if alias not in there)
