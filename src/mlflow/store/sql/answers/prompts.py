"""Answers to Calls on folders and texts of prompts."""

from __future__ import annotations

from mlflow.api.prompts import ListPromptFolder, PromptFolderPage, PromptTextPage, SearchPromptText
from mlflow.store.sql.answers.registry import reads
from mlflow.store.sql.transaction import Transaction


@reads(ListPromptFolder)
def list_prompt_folder(transaction: Transaction, call: ListPromptFolder) -> PromptFolderPage:
    """Cut a page of a folder."""
    from mlflow.store.sql.search.prompt_folders import page_of_folder

    return PromptFolderPage(*page_of_folder(transaction, call))


@reads(SearchPromptText)
def search_prompt_text(transaction: Transaction, call: SearchPromptText) -> PromptTextPage:
    """Ask the index of words."""
    from mlflow.store.sql.search.prompt_texts import page_of_texts

    return PromptTextPage(*page_of_texts(transaction, call))
