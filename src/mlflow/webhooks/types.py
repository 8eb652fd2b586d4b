"""What a delivery carries as `data`, for each kind of event."""

from collections.abc import Mapping
from typing import Any, TypedDict

from mlflow.entities.webhook import WebhookAction, WebhookEntity, WebhookEvent


class RegisteredModelCreatedPayload(TypedDict):
    """A registered model was created."""

    name: str
    tags: dict[str, str]
    description: str | None


class ModelVersionCreatedPayload(TypedDict):
    """A model got a version."""

    name: str
    version: str
    source: str
    run_id: str | None
    tags: dict[str, str]
    description: str | None


class ModelVersionTagSetPayload(TypedDict):
    """A tag of a model's version was set."""

    name: str
    version: str
    key: str
    value: str


class ModelVersionTagDeletedPayload(TypedDict):
    """A tag of a model's version was removed."""

    name: str
    version: str
    key: str


class ModelVersionAliasCreatedPayload(TypedDict):
    """An alias of a model was pointed to a version."""

    name: str
    alias: str
    version: str


class ModelVersionAliasDeletedPayload(TypedDict):
    """An alias of a model was removed."""

    name: str
    alias: str


class PromptCreatedPayload(TypedDict):
    """A prompt was created."""

    name: str
    tags: dict[str, str]
    description: str | None


class PromptVersionCreatedPayload(TypedDict):
    """A prompt got a version; the template of a chat is its messages as JSON."""

    name: str
    version: str
    template: str
    tags: dict[str, str]
    description: str | None


class PromptTagSetPayload(TypedDict):
    """A tag of a prompt was set."""

    name: str
    key: str
    value: str


class PromptTagDeletedPayload(TypedDict):
    """A tag of a prompt was removed."""

    name: str
    key: str


class PromptVersionTagSetPayload(TypedDict):
    """A tag of a prompt's version was set."""

    name: str
    version: str
    key: str
    value: str


class PromptVersionTagDeletedPayload(TypedDict):
    """A tag of a prompt's version was removed."""

    name: str
    version: str
    key: str


class PromptAliasCreatedPayload(TypedDict):
    """An alias of a prompt was pointed to a version."""

    name: str
    alias: str
    version: str


class PromptAliasDeletedPayload(TypedDict):
    """An alias of a prompt was removed."""

    name: str
    alias: str


class BudgetPolicyExceededPayload(TypedDict):
    """More was spent than a budget allows. Nothing here has budgets yet, so only examples of it are sent."""

    budget_policy_id: str
    budget_unit: str
    budget_amount: float
    current_spend: float
    duration_unit: str
    duration_value: int
    target_scope: str
    workspace: str
    target_value: str | None
    window_start: int


WebhookPayload = (
    RegisteredModelCreatedPayload
    | ModelVersionCreatedPayload
    | ModelVersionTagSetPayload
    | ModelVersionTagDeletedPayload
    | ModelVersionAliasCreatedPayload
    | ModelVersionAliasDeletedPayload
    | PromptCreatedPayload
    | PromptVersionCreatedPayload
    | PromptTagSetPayload
    | PromptTagDeletedPayload
    | PromptVersionTagSetPayload
    | PromptVersionTagDeletedPayload
    | PromptAliasCreatedPayload
    | PromptAliasDeletedPayload
    | BudgetPolicyExceededPayload
)

EVENT_TO_PAYLOAD_CLASS: dict[tuple[WebhookEntity, WebhookAction], type[Any]] = {
    (WebhookEntity.REGISTERED_MODEL, WebhookAction.CREATED): RegisteredModelCreatedPayload,
    (WebhookEntity.MODEL_VERSION, WebhookAction.CREATED): ModelVersionCreatedPayload,
    (WebhookEntity.MODEL_VERSION_TAG, WebhookAction.SET): ModelVersionTagSetPayload,
    (WebhookEntity.MODEL_VERSION_TAG, WebhookAction.DELETED): ModelVersionTagDeletedPayload,
    (WebhookEntity.MODEL_VERSION_ALIAS, WebhookAction.CREATED): ModelVersionAliasCreatedPayload,
    (WebhookEntity.MODEL_VERSION_ALIAS, WebhookAction.DELETED): ModelVersionAliasDeletedPayload,
    (WebhookEntity.PROMPT, WebhookAction.CREATED): PromptCreatedPayload,
    (WebhookEntity.PROMPT_VERSION, WebhookAction.CREATED): PromptVersionCreatedPayload,
    (WebhookEntity.PROMPT_TAG, WebhookAction.SET): PromptTagSetPayload,
    (WebhookEntity.PROMPT_TAG, WebhookAction.DELETED): PromptTagDeletedPayload,
    (WebhookEntity.PROMPT_VERSION_TAG, WebhookAction.SET): PromptVersionTagSetPayload,
    (WebhookEntity.PROMPT_VERSION_TAG, WebhookAction.DELETED): PromptVersionTagDeletedPayload,
    (WebhookEntity.PROMPT_ALIAS, WebhookAction.CREATED): PromptAliasCreatedPayload,
    (WebhookEntity.PROMPT_ALIAS, WebhookAction.DELETED): PromptAliasDeletedPayload,
    (WebhookEntity.BUDGET_POLICY, WebhookAction.EXCEEDED): BudgetPolicyExceededPayload,
}

_EXAMPLES: dict[str, Any] = {
    "version": "1",
    "source": "models:/m-0123",
    "run_id": "0123456789abcdef",
    "tags": {"example_key": "example_value"},
    "description": "Sent as an example",
    "key": "example_key",
    "value": "example_value",
    "alias": "example_alias",
    "template": "Hello {{name}}!",
    "budget_policy_id": "bp-example",
    "budget_unit": "USD",
    "budget_amount": 100.0,
    "current_spend": 105.5,
    "duration_unit": "MONTHS",
    "duration_value": 1,
    "target_scope": "WORKSPACE",
    "workspace": "default",
    "target_value": None,
    "window_start": 1_700_000_000_000,
}


def get_payload_class_for_event(event: WebhookEvent) -> type[Any]:
    """Return the type of what is told of an event."""
    return EVENT_TO_PAYLOAD_CLASS[event.entity, event.action]


def get_example_payload_for_event(event: WebhookEvent) -> dict[str, Any]:
    """Return what could be told of an event."""
    name = "example_prompt" if event.entity.startswith("prompt") else "example_model"
    return payload_of(event, {**_EXAMPLES, "name": name})


def payload_of(event: WebhookEvent, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of an event, of all that is known of it."""
    return {field: known.get(field) for field in get_payload_class_for_event(event).__annotations__}


def _add_example(event: WebhookEvent, kind: type[Any]) -> None:
    # Beside the class: type checkers know no methods on a TypedDict, Python and MLflow's users do.
    kind.example = classmethod(lambda _: get_example_payload_for_event(event))


for (_entity, _action), _kind in EVENT_TO_PAYLOAD_CLASS.items():
    _add_example(WebhookEvent(_entity, _action), _kind)
