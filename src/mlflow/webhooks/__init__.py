"""Webhooks: what is told to them. How to make one: `MlflowClient.create_webhook`, and docs/webhooks.md."""

from mlflow.webhooks.constants import WEBHOOK_SIGNATURE_HEADER
from mlflow.webhooks.types import (
    ModelVersionAliasCreatedPayload,
    ModelVersionAliasDeletedPayload,
    ModelVersionCreatedPayload,
    ModelVersionTagDeletedPayload,
    ModelVersionTagSetPayload,
    PromptAliasCreatedPayload,
    PromptAliasDeletedPayload,
    PromptCreatedPayload,
    PromptTagDeletedPayload,
    PromptTagSetPayload,
    PromptVersionCreatedPayload,
    PromptVersionTagDeletedPayload,
    PromptVersionTagSetPayload,
    RegisteredModelCreatedPayload,
    WebhookPayload,
)

__all__ = [
    "WEBHOOK_SIGNATURE_HEADER",
    "ModelVersionAliasCreatedPayload",
    "ModelVersionAliasDeletedPayload",
    "ModelVersionCreatedPayload",
    "ModelVersionTagDeletedPayload",
    "ModelVersionTagSetPayload",
    "PromptAliasCreatedPayload",
    "PromptAliasDeletedPayload",
    "PromptCreatedPayload",
    "PromptTagDeletedPayload",
    "PromptTagSetPayload",
    "PromptVersionCreatedPayload",
    "PromptVersionTagDeletedPayload",
    "PromptVersionTagSetPayload",
    "RegisteredModelCreatedPayload",
    "WebhookPayload",
]
