"""What a process remembers of the prompts it loaded, so that loading one again costs microseconds and never fails.

A version never changes what it says, so it is kept for good. What an alias points to is served from memory and asked
for again in the background when it is due (stale-while-revalidate), at once when the server tells of a change
(live.py), and a copy on disk stands in while the server cannot be reached (stale-if-error), also for a process that
starts just then.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mlflow.api.aliases import GetVersionByAlias
from mlflow.api.model_versions import GetModelVersion
from mlflow.client.prompts.copies import Copies
from mlflow.client.prompts.watching import Watch
from mlflow.entities.model_version import ModelVersion
from mlflow.environment_variables import (
    MLFLOW_ALIAS_PROMPT_CACHE_TTL_SECONDS,
    MLFLOW_PROMPT_CACHE_MAX_SIZE,
    MLFLOW_VERSION_PROMPT_CACHE_TTL_SECONDS,
)
from mlflow.exceptions import MlflowException
from mlflow.logging_utils import get_logger
from mlflow.store.registry import store_for
from mlflow.templates.uris import LATEST, PromptAddress

if TYPE_CHECKING:
    from mlflow.entities.prompt_version import PromptVersion

PATIENCE_SECONDS = 3.0
"""How long an answer is waited for, where there is something else to give."""

LATE = 10
"""An alias that was not asked for during this many of its lifetimes is asked for before it is given."""

_log = get_logger(__name__)
K = TypeVar("K")
V = TypeVar("V")


class _Bounded(Generic[K, V]):
    """A dictionary that forgets what was not used for longest."""

    def __init__(self) -> None:
        self._items: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            found = self._items.get(key)
            if found is not None:
                self._items.move_to_end(key)
            return found

    def put(self, key: K, value: V) -> None:
        limit = max(1, MLFLOW_PROMPT_CACHE_MAX_SIZE.get())
        with self._lock:
            self._items[key] = value
            self._items.move_to_end(key)
            while len(self._items) > limit:
                self._items.popitem(last=False)

    def forget(self, wanted: Callable[[K], bool]) -> None:
        with self._lock:
            for key in [key for key in self._items if wanted(key)]:
                del self._items[key]

    def all_keys(self) -> list[K]:
        with self._lock:
            return list(self._items)


class Kept:
    """A version as it was registered, and when it was read (monotonic seconds).

    `whole` is the version with its includes resolved, and which version each of their addresses led to then.
    """

    __slots__ = ("prompt", "read_at", "whole")

    def __init__(self, prompt: PromptVersion, read_at: float) -> None:
        self.prompt, self.read_at = prompt, read_at
        self.whole: tuple[PromptVersion, list[tuple[PromptAddress, int]]] | None = None


class _Pointer:
    """What an alias pointed to, when that was read (monotonic seconds), and whether it is being read again."""

    __slots__ = ("checked_at", "refreshing", "version")

    def __init__(self, version: int, checked_at: float) -> None:
        self.version, self.checked_at = version, checked_at
        self.refreshing = False


class PromptCache:
    """The prompts of one registry. Shared between threads."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._versions: _Bounded[tuple[str, int], Kept] = _Bounded()
        self._pointers: _Bounded[tuple[str, str], _Pointer] = _Bounded()
        self._changes = 0  # counts what made an answer that was on its way meanwhile out of date
        self._copies = Copies(uri)
        self._watch = Watch()

    def load(self, address: PromptAddress, ttl: float | None = None) -> Kept:
        """Return the version that is meant; the same object while it is kept.

        Args:
            address: name and version, alias or neither (the latest version).
            ttl: seconds for which what is remembered counts as fresh; 0 asks the registry. As
                MLFLOW_ALIAS_PROMPT_CACHE_TTL_SECONDS and MLFLOW_VERSION_PROMPT_CACHE_TTL_SECONDS say when None.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE no such alias; or the registry cannot be
                reached and nothing is remembered.
        """
        if address.version is not None:
            return self._version(address.name, address.version, ttl)
        alias = address.alias or LATEST
        pointer = self._pointers.get((address.name, alias))
        if ttl is None:
            ttl = MLFLOW_ALIAS_PROMPT_CACHE_TTL_SECONDS.get()
        if pointer is None or ttl <= 0:
            return self._read_alias(address.name, alias)
        age = time.monotonic() - pointer.checked_at
        if age > ttl and not self._watch.covers(pointer.checked_at):
            if age > ttl * LATE:
                return self._read_alias(address.name, alias)
            self._refresh_soon(address.name, alias, pointer)
        return self._version(address.name, pointer.version, None)

    def forget(self, name: str | None = None, alias: str | None = None) -> None:
        """Forget everything, a prompt, or one alias of it; after a change that was made here."""
        self._changes += 1
        self._pointers.forget(lambda key: name in (None, key[0]) and (alias is None or key[1] in (alias, LATEST)))
        if alias is None:
            self._versions.forget(lambda key: name in (None, key[0]))
            if name is not None:
                self._copies.forget(name)

    def _version(self, name: str, version: int, ttl: float | None) -> Kept:
        kept = self._versions.get((name, version))
        if kept is not None:
            if ttl is None:
                ttl = MLFLOW_VERSION_PROMPT_CACHE_TTL_SECONDS.get()
            if time.monotonic() - kept.read_at <= ttl:
                return kept
        call = GetModelVersion(name=name, version=str(version))
        try:
            found = self._ask(call, has_spare=kept is not None or self._copies.has_version(name, version))
        except MlflowException as error:
            if _was_refused(error):
                raise
            if kept is not None:
                return kept  # old or not, it says what it always said
            copy = self._copies.version(name, version)
            if copy is None:
                raise
            return self._keep(copy)
        return self._keep(found)

    def _read_alias(self, name: str, alias: str) -> Kept:
        self._watch.begin()
        pointer = self._pointers.get((name, alias))
        asked_at, changes = time.monotonic(), self._changes
        try:
            found = self._ask(
                GetVersionByAlias(name=name, alias=alias),
                has_spare=pointer is not None or self._copies.has_alias(name, alias),
            )
        except MlflowException as error:
            if _was_refused(error):
                raise
            return self._instead(name, alias, pointer, error)
        kept = self._keep(found)
        if changes == self._changes:
            self._pointers.put((name, alias), _Pointer(kept.prompt.version, asked_at))
            self._copies.put_alias(name, alias, kept.prompt.version)
        return kept

    def _instead(self, name: str, alias: str, pointer: _Pointer | None, error: MlflowException) -> Kept:
        """Return what the alias pointed to when somebody could still ask, and say how old that is."""
        if pointer is not None:
            version, age = pointer.version, time.monotonic() - pointer.checked_at
        else:
            copy = self._copies.alias(name, alias)
            if copy is None:
                raise error
            version, age = copy
        kept = self._versions.get((name, version))
        if kept is None:
            text = self._copies.version(name, version)
            if text is None:
                raise error
            kept = self._keep(text)
        _log.warning(
            "The prompt registry %s cannot be reached; prompts:/%s@%s is version %d, as it was %s ago.",
            self._uri.rpartition("@")[2],  # without its password
            name,
            alias,
            version,
            _span(age),
        )
        # Not asked again at every use while the server is away, but soon.
        due = time.monotonic() - MLFLOW_ALIAS_PROMPT_CACHE_TTL_SECONDS.get() + PATIENCE_SECONDS
        self._pointers.put((name, alias), _Pointer(version, min(due, time.monotonic())))
        return kept

    def _ask(self, call: Any, has_spare: bool) -> ModelVersion:
        store = store_for(self._uri)
        reply = store.call_soon(call, PATIENCE_SECONDS) if has_spare else store.call(call)
        found: ModelVersion = reply.model_version
        return found

    def _keep(self, found: ModelVersion) -> Kept:
        from mlflow.entities.prompt_wire import prompt_version_of

        prompt = prompt_version_of(found)
        kept = self._versions.get((prompt.name, prompt.version))
        if kept is not None and kept.prompt == prompt:
            kept.read_at = time.monotonic()
            return kept  # whoever holds it holds the same object, and what was parsed stays parsed
        kept = Kept(prompt, time.monotonic())
        self._versions.put((prompt.name, prompt.version), kept)
        self._copies.put_version(found)
        return kept

    def _refresh_soon(self, name: str, alias: str, pointer: _Pointer) -> None:
        if pointer.refreshing:
            return
        pointer.refreshing = True
        self._watch.run(lambda: self._refresh(name, alias, pointer))

    def _refresh(self, name: str, alias: str, pointer: _Pointer) -> None:
        try:
            self._read_alias(name, alias)
        except MlflowException as error:
            if _was_refused(error):  # the alias or the prompt is gone: the next load says so
                self._pointers.forget(lambda key: key == (name, alias))
        finally:
            pointer.refreshing = False

    def _on_change(self, name: str, version: int | None) -> None:
        """Ask again for what is known of a prompt that was changed somewhere."""
        self._changes += 1
        if version is not None:  # its tags or settings changed, or it was deleted
            self._versions.forget(lambda key: key == (name, version))
        self._ask_again([key for key in self._pointers.all_keys() if key[0] == name])

    def _on_missed(self) -> None:
        self._changes += 1
        self._ask_again(self._pointers.all_keys())

    def _ask_again(self, keys: list[tuple[str, str]]) -> None:
        for key in keys:
            old = self._pointers.get(key)
            if old is not None:
                # A new one: the answer that may be on its way for the old one comes too early.
                pointer = _Pointer(old.version, old.checked_at)
                self._pointers.put(key, pointer)
                self._refresh_soon(*key, pointer)


def _was_refused(error: MlflowException) -> bool:
    """Tell whether the registry answered, and will answer the same next time."""
    return error.get_http_status_code() < 500 and error.error_code != "REQUEST_LIMIT_EXCEEDED"


_caches: dict[tuple[int, str], PromptCache] = {}


def cache_of(uri: str) -> PromptCache:
    """Return what this process remembers of a registry; a forked child begins with nothing."""
    key = (os.getpid(), uri)
    found = _caches.get(key)
    if found is None:
        found = _caches.setdefault(key, PromptCache(uri))
    return found


def _span(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
