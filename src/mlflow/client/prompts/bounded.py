"""A dictionary that does not grow without end."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from mlflow.environment_variables import MLFLOW_PROMPT_CACHE_MAX_SIZE

K = TypeVar("K")
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """Forgets what was not used for longest, beyond MLFLOW_PROMPT_CACHE_MAX_SIZE items. Shared between threads."""

    def __init__(self) -> None:
        self._items: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return what is kept under a key, which counts as used by that."""
        with self._lock:
            found = self._items.get(key)
            if found is not None:
                self._items.move_to_end(key)
            return found

    def put(self, key: K, value: V) -> None:
        """Keep something, in place of what was under the key."""
        limit = max(1, MLFLOW_PROMPT_CACHE_MAX_SIZE.get())
        with self._lock:
            self._items[key] = value
            self._items.move_to_end(key)
            while len(self._items) > limit:
                self._items.popitem(last=False)

    def forget(self, wanted: Callable[[K], bool]) -> None:
        """Forget the keys for which `wanted` is true."""
        with self._lock:
            for key in [key for key in self._items if wanted(key)]:
                del self._items[key]

    def all_keys(self) -> list[K]:
        """Return every key, the one not used for longest first."""
        with self._lock:
            return list(self._items)
