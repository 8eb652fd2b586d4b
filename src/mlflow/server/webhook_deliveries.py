"""Telling webhooks what happened, after it is committed: at least once, in order, one attempt at a time for each.

What is to be told waits in the database. One thread looks for what is due, when a Call of this process has left
something and every second besides, for what other processes left behind when they died. Each delivery is made by a
thread of its own, of which there are few.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from typing import TYPE_CHECKING

import msgspec

from mlflow import environment_variables as env
from mlflow.api.webhook_deliveries import ClaimDeliveries, Delivery, NextDelivery, SettleDelivery
from mlflow.entities.webhook import WebhookEvent
from mlflow.exceptions import MlflowException
from mlflow.server.measures import Measures
from mlflow.store.base import Store

if TYPE_CHECKING:
    from mlflow.webhooks.sending import Outcome

POLL_SECONDS = 1.0
FIRST_WAIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 3600.0
GROWTH = 8
_LEASE_MARGIN_MS = 15_000  # an attempt may take its time once more to connect; and servers' clocks differ
_BEATEN_SECONDS = 0.05  # another process is taking what is due
_CLOSING_SECONDS = 5.0

_log = logging.getLogger(__name__)


class Deliveries:
    """Delivers what waits in a store, until it is closed."""

    def __init__(self, store: Store, measures: Measures) -> None:
        self._store = store
        self._measures = measures
        self._woken = threading.Event()
        self._closing = False
        self._under_way: set[threading.Thread] = set()
        self._thread = threading.Thread(target=self._run, name="headrace-webhooks", daemon=True)

    def start(self) -> None:
        """Begin to look for what is due."""
        self._store.on_deliveries(self._woken.set)
        self._thread.start()

    def close(self) -> None:
        """Begin no more deliveries, and wait a moment for those under way."""
        self._closing = True
        self._woken.set()
        until = time.monotonic() + _CLOSING_SECONDS
        for thread in (self._thread, *self._under_way):
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))

    def _run(self) -> None:
        wait = 0.0
        troubled = False
        while not self._closing:
            self._woken.wait(wait)
            self._woken.clear()
            try:
                wait = self._begin_what_is_due()
                troubled = False
            except Exception as error:
                # A database that is away for a while says so with every Call; here once is enough.
                if not troubled and not self._closing:
                    _log.warning("webhooks are not told of anything for now: %s", error)
                wait, troubled = POLL_SECONDS, True

    def _begin_what_is_due(self) -> float:
        """Begin as many deliveries as there is room for; return for how many seconds there is nothing to do."""
        room = max(1, env.MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS.get()) - len(self._under_way)
        if room <= 0 or self._closing:
            return POLL_SECONDS
        due = self._store.call(NextDelivery())
        if due is None:
            return POLL_SECONDS
        if due > _now_ms():
            return min(POLL_SECONDS, (due - _now_ms()) / 1000)
        lease_ms = 1000 * max(1, env.MLFLOW_WEBHOOK_REQUEST_TIMEOUT.get()) + _LEASE_MARGIN_MS
        claimed = self._store.call(ClaimDeliveries(limit=room, lease_ms=lease_ms))
        for delivery in claimed:
            thread = threading.Thread(target=self._deliver, args=(delivery,), name="headrace-webhook", daemon=True)
            self._under_way.add(thread)
            thread.start()
        return 0.0 if claimed else _BEATEN_SECONDS

    def _deliver(self, delivery: Delivery) -> None:
        try:
            self._store.call(self._attempt(delivery))
        except MlflowException as error:
            # It is made again when its time as ours is up.
            _log.warning("what came of a delivery to webhook %r could not be kept: %s", delivery.target.name, error)
        finally:
            self._under_way.discard(threading.current_thread())
            self._woken.set()

    def _attempt(self, delivery: Delivery) -> SettleDelivery:
        settled = SettleDelivery(webhook=delivery.webhook, event=delivery.event, attempt=delivery.attempt)
        outcome = _sent(delivery)
        settled.error = outcome.error
        if outcome.error is None:
            self._measures.count_delivery("arrived")
        elif outcome.again and delivery.attempt <= max(0, env.MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES.get()):
            self._measures.count_delivery("postponed")
            settled.retry_at = _now_ms() + int(1000 * wait_seconds(delivery.attempt, outcome.wait_seconds))
        else:
            self._measures.count_delivery("failed")
            _log.warning(
                "webhook %r was not told of %s.%s, after %d %s: %s",
                *(delivery.target.name, delivery.entity, delivery.action),
                *(delivery.attempt, "tries" if delivery.attempt > 1 else "try", outcome.error),
            )
        return settled


def _sent(delivery: Delivery) -> Outcome:
    from mlflow.webhooks.sending import Outcome, attempt, body_of
    from mlflow.webhooks.types import payload_of

    try:
        event = WebhookEvent(delivery.entity, delivery.action)
        payload = payload_of(event, msgspec.json.decode(delivery.data))
        return attempt(delivery.target, delivery.delivery_id, body_of(event, delivery.time, payload))
    except Exception as error:  # a fault of ours; without an outcome it would be taken again and again
        _log.exception("a delivery to webhook %r failed", delivery.target.name)
        return Outcome(error=f"The server failed: {error}.")


def wait_seconds(attempts: int, asked_for: float = 0.0) -> float:
    """Return how long to wait after so many attempts: 2 seconds, then 8 times longer each, up to an hour.

    Args:
        attempts: how many were made, at least 1.
        asked_for: what the other side asked for, in seconds; no less is waited, unless that is above an hour.
    """
    grown: float = FIRST_WAIT_SECONDS * GROWTH ** min(attempts - 1, 10)
    # Not all at the same moment when a receiver of many webhooks comes back.
    return max(min(grown, LONGEST_WAIT_SECONDS) * random.uniform(0.75, 1.0), min(asked_for, LONGEST_WAIT_SECONDS))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
