"""Answers to Calls on logged models."""

from __future__ import annotations

from mlflow.api.logged_models import LoggedModelsPage, SearchLoggedModels
from mlflow.store.sql.answers.registry import reads
from mlflow.store.sql.transaction import Transaction


@reads(SearchLoggedModels, quick=True)
def search_logged_models(transaction: Transaction, call: SearchLoggedModels) -> LoggedModelsPage:
    """There is no table of them yet, and no Call that makes one: nothing can be found."""
    return LoggedModelsPage()
