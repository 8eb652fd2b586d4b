"""Webhooks: which address is told of which changes."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Any, ClassVar, TypeVar

from msgspec import field

from mlflow.entities.base import AliasedEntity, Entity
from mlflow.exceptions import InvalidParameter

E = TypeVar("E", bound=Enum)


class WebhookEntity(StrEnum):
    """What something can happen to."""

    REGISTERED_MODEL = "registered_model"
    MODEL_VERSION = "model_version"
    MODEL_VERSION_TAG = "model_version_tag"
    MODEL_VERSION_ALIAS = "model_version_alias"
    PROMPT = "prompt"
    PROMPT_VERSION = "prompt_version"
    PROMPT_TAG = "prompt_tag"
    PROMPT_VERSION_TAG = "prompt_version_tag"
    PROMPT_ALIAS = "prompt_alias"
    BUDGET_POLICY = "budget_policy"


class WebhookAction(StrEnum):
    """What can happen."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    SET = "set"
    EXCEEDED = "exceeded"


class WebhookStatus(StrEnum):
    """Whether a webhook is told of anything."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"

    def is_active(self) -> bool:
        """Tell whether it is."""
        return self is WebhookStatus.ACTIVE


VALID_ENTITY_ACTIONS: dict[WebhookEntity, frozenset[WebhookAction]] = {
    WebhookEntity.REGISTERED_MODEL: frozenset({WebhookAction.CREATED}),
    WebhookEntity.MODEL_VERSION: frozenset({WebhookAction.CREATED}),
    WebhookEntity.MODEL_VERSION_TAG: frozenset({WebhookAction.SET, WebhookAction.DELETED}),
    WebhookEntity.MODEL_VERSION_ALIAS: frozenset({WebhookAction.CREATED, WebhookAction.DELETED}),
    WebhookEntity.PROMPT: frozenset({WebhookAction.CREATED}),
    WebhookEntity.PROMPT_VERSION: frozenset({WebhookAction.CREATED}),
    WebhookEntity.PROMPT_TAG: frozenset({WebhookAction.SET, WebhookAction.DELETED}),
    WebhookEntity.PROMPT_VERSION_TAG: frozenset({WebhookAction.SET, WebhookAction.DELETED}),
    WebhookEntity.PROMPT_ALIAS: frozenset({WebhookAction.CREATED, WebhookAction.DELETED}),
    WebhookEntity.BUDGET_POLICY: frozenset({WebhookAction.EXCEEDED}),
}
"""What a webhook can be told of."""


class WebhookEvent(AliasedEntity):
    """One kind of change, written `prompt_version.created`; its parts travel as `PROMPT_VERSION` and `CREATED`.

    Args:
        entity: what it happens to.
        action: what happens.

    Raises:
        ValueError: there is no such entity or action.
        InvalidParameter: that never happens to it.
    """

    keywords: ClassVar[dict[str, str]] = {"entity": "_entity", "action": "_action"}

    _entity: str | int = field(name="entity")
    _action: str | int = field(name="action")

    def __post_init__(self) -> None:
        entity, action = _member(WebhookEntity, self._entity), _member(WebhookAction, self._action)
        if action not in VALID_ENTITY_ACTIONS[entity]:
            valid = sorted(map(str, VALID_ENTITY_ACTIONS[entity]))
            raise InvalidParameter(f"Nothing is told of {action} for {entity}. Valid for it: {', '.join(valid)}.")
        self._entity, self._action = entity.name, action.name

    @property
    def entity(self) -> WebhookEntity:
        """What it happens to."""
        return WebhookEntity[str(self._entity)]

    @property
    def action(self) -> WebhookAction:
        """What happens."""
        return WebhookAction[str(self._action)]

    @classmethod
    def from_str(cls, event_str: str) -> WebhookEvent:
        """Return the event that a text such as `prompt_version.created` means.

        Raises:
            InvalidParameter: it means none.
        """
        entity, dot, action = event_str.partition(".")
        if not dot or "." in action:
            raise InvalidParameter(f"{event_str!r} is no event. Write entity.action, such as 'prompt_version.created'.")
        try:
            return cls(WebhookEntity(entity), WebhookAction(action))
        except ValueError as error:
            raise InvalidParameter(f"{event_str!r} is no event: {error}.") from error

    def __str__(self) -> str:
        return f"{self.entity}.{self.action}"

    def __repr__(self) -> str:
        return f"WebhookEvent(entity={self.entity}, action={self.action})"

    def __hash__(self) -> int:
        return hash((self._entity, self._action))


class Webhook(AliasedEntity):
    """An address that is told of changes. Times are milliseconds since the Unix epoch; a server hides the secret."""

    keywords: ClassVar[dict[str, str]] = {"status": "_status", "workspace": "_workspace"}

    webhook_id: str
    name: str
    url: str
    events: list[WebhookEvent]
    creation_timestamp: int
    last_updated_timestamp: int
    description: str | None = None
    _status: str | int = field(name="status", default_factory=lambda: WebhookStatus.ACTIVE.value)
    secret: str | None = None
    _workspace: str | None = field(name="workspace", default=None)

    def __post_init__(self) -> None:
        if not self.events:
            raise InvalidParameter("A webhook needs at least one event.")
        self._status = _member(WebhookStatus, self._status).value

    @property
    def status(self) -> WebhookStatus:
        """Whether it is told of anything."""
        return WebhookStatus(str(self._status))

    @property
    def workspace(self) -> str:
        """The workspace it belongs to."""
        return self._workspace or "default"

    def __repr__(self) -> str:  # without the secret: this is what logs show
        shown = ("webhook_id", "name", "url", "status", "events", "creation_timestamp", "last_updated_timestamp")
        return f"Webhook({', '.join(f'{name}={_shown(getattr(self, name))}' for name in shown)})"


class WebhookTestResult(Entity):
    """What a webhook's address answered to an example; without a status, nothing did and the message says why."""

    success: bool
    response_status: int | None = None
    response_body: str | None = None
    error_message: str | None = None


def _member(kind: type[E], given: Any) -> E:
    """Return what is named by a member, its value, its name, or its number in MLflow's messages (from 1)."""
    for number, (name, member) in enumerate(kind.__members__.items(), start=1):
        if given in (name, member.value) or (isinstance(given, int) and given == number):
            return member
    raise ValueError(f"{str(given)[:80]!r} is not a valid {kind.__name__}")


def _shown(value: object) -> str:
    return repr(str(value)) if isinstance(value, Enum) else repr(value)
