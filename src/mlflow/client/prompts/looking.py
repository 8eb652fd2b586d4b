"""The client's methods for looking around among prompts: folders, words, differences. They need a Headrace store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow.api.prompts import (
    TEXT_PAGE_DEFAULT,
    ListPromptFolder,
    PromptFolder,
    PromptSummary,
    PromptTextMatch,
    SearchPromptText,
)
from mlflow.client.prompts.versions import PromptVersionMethods
from mlflow.store.entities import PagedList

if TYPE_CHECKING:
    from mlflow.templates.diff import TemplateDiff

FOLDER_PAGE = 1000


class PromptLookingMethods(PromptVersionMethods):
    """List folders, search texts, compare versions."""

    def list_prompt_folder(
        self, path: str = "", max_results: int = FOLDER_PAGE, page_token: str | None = None
    ) -> PagedList[PromptFolder | PromptSummary]:
        """Return one page of what is in a folder: first the folders inside it, then the prompts, each by name.

        Args:
            path: such as `team/support`; empty for what is in no folder.
            max_results: entries on a page.
            page_token: `token` of the page before.
        """
        call = ListPromptFolder(path=path, max_results=max_results, page_token=page_token or None)
        page = self._call_registry(call)
        return PagedList([*page.folders, *page.prompts], page.next_page_token or None)

    def search_prompt_text(
        self,
        query: str,
        all_versions: bool = False,
        max_results: int = TEXT_PAGE_DEFAULT,
        page_token: str | None = None,
    ) -> PagedList[PromptTextMatch]:
        """Return one page of the prompts whose text has every word of the query, best match first.

        Args:
            query: words in any letter case; words in double quotes must follow each other.
            all_versions: look at every version, not only at the newest of each prompt.
            max_results: matches on a page.
            page_token: `token` of the page before.
        """
        call = SearchPromptText(
            query=query, all_versions=all_versions, max_results=max_results, page_token=page_token or None
        )
        page = self._call_registry(call)
        return PagedList(page.matches, page.next_page_token or None)

    def diff_prompt_versions(self, name: str, from_version: int | str, to_version: int | str) -> TemplateDiff:
        """Return what changed from one version's template to another's: by line, of a chat by message.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST.
        """
        from mlflow.templates.diff import diff_templates

        before, after = (self.get_prompt_version(name, version) for version in (from_version, to_version))
        return diff_templates(before.template, after.template)
