"""What a process remembers of one version, and of one alias. Times are seconds of the monotonic clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mlflow.templates.uris import PromptAddress

if TYPE_CHECKING:
    from mlflow.entities.prompt_version import PromptVersion


class Kept:
    """A version as it was registered, and when the registry was asked for it.

    `whole` is the version with its includes resolved, and which version each of their addresses led to then.
    """

    __slots__ = ("prompt", "read_at", "whole")

    def __init__(self, prompt: PromptVersion, read_at: float) -> None:
        self.prompt, self.read_at = prompt, read_at
        self.whole: tuple[PromptVersion, list[tuple[PromptAddress, int]]] | None = None


class Pointer:
    """What an alias pointed to, when the registry was asked, when it was used, and whether it is being asked again.

    `is_due` says that it is asked again whatever its age: the registry was away, or told of a change.
    """

    __slots__ = ("is_due", "read_at", "refreshing", "used_at", "version")

    def __init__(self, version: int, read_at: float) -> None:
        self.version, self.read_at, self.used_at = version, read_at, time.monotonic()
        self.refreshing = self.is_due = False
