"""What a process remembers of the prompts it loaded, so that loading one again costs microseconds and never fails.

A version never changes what it says, so it is kept for good. What an alias points to is served from memory and asked
for again in the background when it is due (stale-while-revalidate), at once when the server tells of a change
(watching.py), and a copy on disk stands in while the server cannot be reached (stale-if-error), also for a process that
starts just then.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from mlflow.api.aliases import GetVersionByAlias
from mlflow.api.model_versions import GetModelVersion
from mlflow.client.prompts.absence import Absence, span
from mlflow.client.prompts.bounded import Bounded
from mlflow.client.prompts.copies import Copies
from mlflow.client.prompts.remembered import Kept, Pointer
from mlflow.client.prompts.watching import Watch
from mlflow.entities.model_version import ModelVersion
from mlflow.environment_variables import MLFLOW_ALIAS_PROMPT_CACHE_TTL_SECONDS, MLFLOW_VERSION_PROMPT_CACHE_TTL_SECONDS
from mlflow.exceptions import MlflowException
from mlflow.logging_utils import get_logger
from mlflow.store.registry import store_for
from mlflow.templates.uris import LATEST, PromptAddress

PATIENCE_SECONDS = 3.0
"""How long an answer is waited for, where there is something else to give."""

LATE = 2
"""An alias that nobody used during this many of its lifetimes is asked for before it is given: it may be that old."""

_LONG_AGO = float("-inf")
_MISSING = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")

_log = get_logger(__name__)


class PromptCache:
    """The prompts of one registry. Shared between threads."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._versions: Bounded[tuple[str, int], Kept] = Bounded()
        self._pointers: Bounded[tuple[str, str], Pointer] = Bounded()
        self._changes = 0  # counts what makes an answer that is on its way wrong: it is not kept
        self._heard = 0  # counts what makes where an alias leads, by such an answer, worth asking again
        self._lock = threading.Lock()  # so that such an answer is not kept
        self._copies = Copies(uri)
        self._absence = Absence()
        self._watch = Watch(uri, self._on_change, self._on_missed)

    def load(self, address: PromptAddress, ttl: float | None = None, hurry: bool = False) -> Kept:
        """Return the version that is meant; the same object while it is kept.

        Args:
            address: name and version, alias or neither (the latest version).
            ttl: seconds for which what is remembered counts as fresh; 0 asks the registry. As
                MLFLOW_ALIAS_PROMPT_CACHE_TTL_SECONDS and MLFLOW_VERSION_PROMPT_CACHE_TTL_SECONDS say when None.
            hurry: the caller has something else to go by: give up after seconds instead of minutes.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE no such alias; or the registry cannot be
                reached and nothing is remembered.
        """
        if address.version is not None:
            return self._version(address.name, address.version, ttl, hurry)
        alias = address.alias or LATEST
        pointer = self._pointers.get((address.name, alias))
        if ttl is None:
            ttl = MLFLOW_ALIAS_PROMPT_CACHE_TTL_SECONDS.get()
        if pointer is None or ttl <= 0:
            return self._read_alias(address.name, alias, hurry)
        now, last_used_at = time.monotonic(), pointer.used_at
        pointer.used_at = now
        if pointer.is_due or (now - pointer.read_at > ttl and not self._watch.covers(pointer.read_at)):
            if now - last_used_at > ttl * LATE and not pointer.refreshing and not self._absence.is_known:
                return self._read_alias(address.name, alias, hurry)
            self._refresh_soon(address.name, alias, pointer)
        return self._version(address.name, pointer.version, None, hurry)

    def forget(self, name: str) -> None:
        """Forget a prompt, after it or one of its versions was changed here."""
        self._absence.end()
        with self._lock:
            self._changes += 1
            self._pointers.forget(lambda key: key[0] == name)
            self._versions.forget(lambda key: key[0] == name)
        self._copies.forget(name)

    def note_move(self, name: str, alias: str, version: int | None) -> None:
        """Forget where an alias led, after it was pointed to a version here, or removed (None)."""
        self._absence.end()
        with self._lock:
            self._changes += 1
            self._pointers.forget(lambda key: key == (name, alias))
            if alias != LATEST:  # the versions tell their aliases
                self._versions.forget(lambda key: key[0] == name)
        if self._copies.alias(name, alias) is not None:  # who only moves aliases needs no copies
            self._copies.put_alias(name, alias, version)

    def _version(self, name: str, version: int, ttl: float | None, hurry: bool) -> Kept:
        kept = self._versions.get((name, version))
        if kept is not None:
            if ttl is None:
                ttl = MLFLOW_VERSION_PROMPT_CACHE_TTL_SECONDS.get()
            if time.monotonic() - kept.read_at <= ttl:
                return kept
        copy = None if kept is not None else self._copies.version(name, version)
        asked_at, changes = time.monotonic(), self._changes
        call = GetModelVersion(name=name, version=str(version))
        try:
            found = self._ask(call, hurry or kept is not None or copy is not None)
        except MlflowException as error:
            if _was_refused(error):
                if error.error_code in _MISSING:
                    self._versions.forget(lambda key: key == (name, version))
                    self._copies.forget_version(name, version)
                raise
            if kept is None:
                if copy is None:
                    raise
                kept = self._keep(copy, _LONG_AGO, changes)
            if self._absence.is_news((name, version)):
                _log.warning("%s; prompts:/%s/%d is as it was when it was kept.", self._away(), name, version)
            return kept
        return self._keep(found, asked_at, changes)

    def _read_alias(self, name: str, alias: str, hurry: bool = False) -> Kept:
        self._watch.begin()
        pointer = self._pointers.get((name, alias)) or self._pointer_on_disk(name, alias)
        asked_at, changes, heard = time.monotonic(), self._changes, self._heard
        try:
            found = self._ask(GetVersionByAlias(name=name, alias=alias), hurry or pointer is not None)
        except MlflowException as error:
            if not _was_refused(error):
                return self._instead(name, alias, pointer, error, changes)
            if error.error_code in _MISSING:
                self._pointers.forget(lambda key: key == (name, alias))
                self._copies.put_alias(name, alias, None)
            raise
        kept = self._keep(found, asked_at, changes)
        pointer = Pointer(kept.prompt.version, asked_at)
        if self._point(name, alias, pointer, changes):
            self._copies.put_alias(name, alias, kept.prompt.version)
            if heard != self._heard:
                pointer.is_due = True
                self._refresh_soon(name, alias, pointer)
        return kept

    def _instead(self, name: str, alias: str, pointer: Pointer | None, error: MlflowException, changes: int) -> Kept:
        """Return what the alias pointed to when somebody could still ask, and say how old that is."""
        if pointer is None:
            raise error
        kept = self._versions.get((name, pointer.version))
        if kept is None:
            copy = self._copies.version(name, pointer.version)
            if copy is None:
                raise error
            kept = self._keep(copy, _LONG_AGO, changes)
        if self._absence.is_news((name, alias)):
            age = span(time.monotonic() - pointer.read_at)
            what = f"prompts:/{name}@{alias} is version {pointer.version}, as it was {age} ago"
            _log.warning("%s; %s.", self._away(), what)
        pointer.is_due = True
        self._point(name, alias, pointer, changes)
        return kept

    def _pointer_on_disk(self, name: str, alias: str) -> Pointer | None:
        copy = self._copies.alias(name, alias)
        return None if copy is None else Pointer(copy[0], time.monotonic() - copy[1])

    def _away(self) -> str:
        return f"The prompt registry {self._uri.rpartition('@')[2]} cannot be reached"  # without its password

    def _ask(self, call: Any, has_spare: bool) -> ModelVersion:
        store = store_for(self._uri)
        if has_spare and self._absence.is_recent:
            raise self._absence.error()
        try:
            reply = store.call_soon(call, PATIENCE_SECONDS) if has_spare else store.call(call)
        except MlflowException as error:
            if _was_refused(error):
                self._absence.end()
            else:
                self._absence.begin(error.message)
            raise
        self._absence.end()
        found: ModelVersion = reply.model_version
        return found

    def _keep(self, found: ModelVersion, asked_at: float, changes: int) -> Kept:
        from mlflow.entities.prompt_wire import prompt_version_of

        prompt = prompt_version_of(found)
        key = (prompt.name, prompt.version)
        with self._lock:
            kept = self._versions.get(key)
            if kept is not None and (kept.prompt == prompt or kept.read_at > asked_at):
                kept.read_at = max(kept.read_at, asked_at)
                return kept  # whoever holds it holds the same object, and what was parsed stays parsed
            kept = Kept(prompt, asked_at)
            if changes != self._changes:
                return kept
            self._versions.put(key, kept)
        self._copies.put_version(found)
        return kept

    def _point(self, name: str, alias: str, pointer: Pointer, changes: int) -> bool:
        """Keep what an alias points to, unless something newer is known; return whether it was kept."""
        with self._lock:
            known = self._pointers.get((name, alias))
            if changes != self._changes or (known is not None and known.read_at > pointer.read_at):
                return False
            self._pointers.put((name, alias), pointer)
        return True

    def _refresh_soon(self, name: str, alias: str, pointer: Pointer) -> None:
        if pointer.refreshing or self._absence.is_recent:
            return
        pointer.refreshing = True
        self._watch.run(lambda: self._refresh(name, alias, pointer))

    def _refresh(self, name: str, alias: str, pointer: Pointer) -> None:
        try:
            self._read_alias(name, alias)
        except Exception as error:  # the next load says what is wrong; this thread has to go on
            _log.debug("prompts:/%s@%s could not be asked for again: %s", name, alias, error)
        finally:
            pointer.refreshing = False

    def _on_change(self, name: str, version: int | None) -> None:
        """Ask again for what is known of a prompt that was changed somewhere."""
        with self._lock:
            self._heard += 1
            if version is not None:  # its tags or settings changed, or it was deleted
                self._changes += 1
                self._versions.forget(lambda key: key == (name, version))
        self._ask_again([key for key in self._pointers.all_keys() if key[0] == name])

    def _on_missed(self) -> None:
        self._heard += 1
        self._ask_again(self._pointers.all_keys())

    def _ask_again(self, keys: list[tuple[str, str]]) -> None:
        for key in keys:
            old = self._pointers.get(key)
            if old is not None:
                # A new one: the answer that may be on its way for the old one comes too early.
                pointer = Pointer(old.version, old.read_at)
                pointer.is_due = True
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
