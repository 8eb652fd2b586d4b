"""Webhooks on a server: their Calls that reach out into the network before the store is asked, and the deliveries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from mlflow.api import Call
from mlflow.api.webhooks import CreateWebhook, TryWebhook, UpdateWebhook
from mlflow.exceptions import Unavailable
from mlflow.server.measures import Measures
from mlflow.server.routing import Submit
from mlflow.server.webhook_deliveries import Deliveries
from mlflow.store.base import Store
from mlflow.store.sql.secrets import check_key

_THREADS = 4
_WAITING = 16
"""How many may wait for the network at once; names that take long to resolve cost the server nothing else."""


class Webhooks:
    """Answers these Calls in threads of their own, and delivers.

    Raises:
        InvalidParameter: the key that secrets are to be encrypted with is none.
    """

    def __init__(self, store: Store, measures: Measures) -> None:
        check_key()
        self._store = store
        self._deliveries = Deliveries(store, measures)
        self._threads = ThreadPoolExecutor(_THREADS, "headrace-webhook-calls")
        self._waiting = 0

    @property
    def own(self) -> dict[type[Call[Any]], Submit]:
        """What answers each of the Calls."""
        return {CreateWebhook: self._change, UpdateWebhook: self._change, TryWebhook: self._try}

    def start(self) -> None:
        """Begin to deliver."""
        self._deliveries.start()

    def close(self) -> None:
        """Begin nothing more, and wait a moment for deliveries under way."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._deliveries.close()

    async def _change(self, call: Call[Any], key: str | None, finish: Callable[[Any], bytes]) -> bytes:
        from mlflow.webhooks.answering import check_destination

        assert isinstance(call, CreateWebhook | UpdateWebhook)  # noqa: S101 - it is declared for these alone
        await self._aside(partial(check_destination, call))
        return await self._store.submit(call, key, finish, wire=True)

    async def _try(self, call: Call[Any], key: str | None, finish: Callable[[Any], bytes]) -> bytes:
        from mlflow.webhooks.answering import try_webhook

        assert isinstance(call, TryWebhook)  # noqa: S101 - it is declared for this alone
        return finish(await self._aside(partial(try_webhook, self._store, call)))

    async def _aside(self, work: Callable[[], Any]) -> Any:
        if self._waiting >= _WAITING:
            raise Unavailable("Too many webhooks are being looked at. Try again in a minute.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
