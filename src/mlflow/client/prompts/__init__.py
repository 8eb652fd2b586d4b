"""The client's methods on prompts, and what it remembers of those it loaded."""

from mlflow.client.prompts.links import PromptLinkMethods
from mlflow.client.prompts.looking import PromptLookingMethods

__all__ = ["AllPromptMethods"]


class AllPromptMethods(PromptLinkMethods, PromptLookingMethods):
    """Everything one can do with prompts."""
