"""Calls of the server to its own store: what is to be told to whom. They are declared without a place on the wire."""

from __future__ import annotations

import msgspec

from mlflow.api.base import Call


class Target(msgspec.Struct):
    """Where something is told, and the secret that signs it; with a `fault` the secret is there and cannot be read."""

    webhook_id: str
    name: str
    url: str
    secret: str | None = None
    fault: str | None = None


class Delivery(msgspec.Struct):
    """One event on its way to one webhook.

    `attempt` counts from 1; `delivery_id` is the same in each; `data` is JSON; `time` is when it happened, in
    milliseconds since the Unix epoch.
    """

    webhook: int
    event: int
    attempt: int
    delivery_id: str
    target: Target
    entity: str
    action: str
    time: int
    data: str


class GetWebhookTarget(Call[Target]):
    """Get where a webhook's example goes.

    Errors: RESOURCE_DOES_NOT_EXIST.
    """

    webhook_id: str


class NextDelivery(Call[int | None]):
    """Get when the next delivery is due, in milliseconds since the Unix epoch; None: nothing waits."""


class ClaimDeliveries(Call[list[Delivery]]):
    """Take deliveries that are due, the oldest of each webhook, and keep others from taking them for `lease_ms`."""

    limit: int
    lease_ms: int


class SettleDelivery(Call[None]):
    """Say how an attempt ended: with no `error` it arrived; `retry_at` None gives it up.

    Nothing changes when somebody else has taken the delivery since, because this attempt took too long.
    """

    webhook: int
    event: int
    attempt: int
    error: str | None = None
    retry_at: int | None = None
