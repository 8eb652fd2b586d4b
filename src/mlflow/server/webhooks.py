"""Webhooks on a server: their Calls that reach out into the network before the store is asked, and the deliveries."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from mlflow import environment_variables as env
from mlflow.api import Call
from mlflow.api.webhooks import CreateWebhook, TryWebhook, UpdateWebhook
from mlflow.exceptions import Unavailable
from mlflow.server.measures import Measures
from mlflow.server.routing import Submit
from mlflow.server.webhook_deliveries import Deliveries
from mlflow.store.base import Store
from mlflow.store.sql.secrets import check_key

_AT_ONCE = 16
"""How many may wait for the network; names that take long to resolve cost the server nothing else."""


def check_settings() -> None:
    """Refuse settings that cannot be read, before anything is lost by them.

    Raises:
        InvalidParameter: with the variable and what would be right.
    """
    for setting in (
        env.MLFLOW_WEBHOOK_ALLOWED_SCHEMES,
        env.MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS,
        env.MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS,
        env.MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES,
        env.MLFLOW_WEBHOOK_REQUEST_TIMEOUT,
    ):
        setting.get()
    check_key()


class Webhooks:
    """Answers these Calls in threads of their own, and delivers."""

    def __init__(self, store: Store, measures: Measures) -> None:
        self._store = store
        self._deliveries = Deliveries(store, measures)
        self._under_way = 0

    @property
    def own(self) -> dict[type[Call[Any]], Submit]:
        """What answers each of the Calls."""
        return {CreateWebhook: self._change, UpdateWebhook: self._change, TryWebhook: self._try}

    def start(self) -> None:
        """Begin to deliver."""
        self._deliveries.start()

    def close(self) -> None:
        """Begin no more deliveries, and wait a moment for those under way."""
        self._deliveries.close()

    async def _change(self, call: Call[Any], key: str | None, finish: Callable[[Any], bytes]) -> bytes:
        from mlflow.webhooks.answering import check_destination

        assert isinstance(call, CreateWebhook | UpdateWebhook)  # noqa: S101 - it is declared for these alone
        if call.url is not None:
            await self._aside(partial(check_destination, call))
        return await self._store.submit(call, key, finish, wire=True)

    async def _try(self, call: Call[Any], key: str | None, finish: Callable[[Any], bytes]) -> bytes:
        from mlflow.webhooks.answering import try_webhook

        assert isinstance(call, TryWebhook)  # noqa: S101 - it is declared for this alone
        return finish(await self._aside(partial(try_webhook, self._store, call)))

    async def _aside(self, work: Callable[[], Any]) -> Any:
        """Do what may take long in a thread that the server's end does not wait for."""
        if self._under_way >= _AT_ONCE:
            raise Unavailable("Too many webhooks are being looked at. Try again in a minute.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()

        def settle(result: Any, error: Exception | None) -> None:
            self._under_way -= 1
            if future.done():  # who waited was cancelled
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)

        def run() -> None:
            result, trouble = None, None
            try:
                result = work()
            except Exception as error:
                trouble = error
            with contextlib.suppress(RuntimeError):  # the loop was closed; nobody waits any more
                loop.call_soon_threadsafe(settle, result, trouble)

        self._under_way += 1
        threading.Thread(target=run, name="headrace-webhook-call", daemon=True).start()
        return await future
