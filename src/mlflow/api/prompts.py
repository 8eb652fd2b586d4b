"""Calls on prompts that MLflow does not have: folders, text search, what an alias pointed to, which runs used what."""

from __future__ import annotations

import msgspec
from msgspec import field

from mlflow.api.base import EDIT, MANAGE, READ, Call, rest
from mlflow.api.checks import check_max_results, check_run_id
from mlflow.api.model_versions import ModelVersionReply
from mlflow.api.names import check_alias, check_folder, check_free_alias, check_name, check_prompt_name, version_text
from mlflow.api.search_words import terms_of
from mlflow.entities.registered_model import RegisteredModelAlias, RegisteredModelTag

PAGE_LIMIT = 1000
PAGE_DEFAULT = 100
TEXT_PAGE_LIMIT = 100
TEXT_PAGE_DEFAULT = 20


class AliasChange(msgspec.Struct, omit_defaults=True):
    """One move of an alias. `timestamp` is milliseconds since the Unix epoch; a version left out is none."""

    timestamp: int
    from_version: str | None = None
    to_version: str | None = None
    user_id: str | None = None
    rolled_back: bool = False


class AliasHistoryPage(msgspec.Struct, omit_defaults=True):
    changes: list[AliasChange] = field(default_factory=list)
    next_page_token: str | None = None


class PromptFolder(msgspec.Struct):
    """A folder, and how many prompts are in it and in the folders inside it."""

    path: str
    prompts: int


class PromptSummary(msgspec.Struct, omit_defaults=True):
    """A prompt as a list shows it; `latest_version` is left out while it has none."""

    name: str
    last_updated_timestamp: int
    latest_version: str | None = None
    description: str | None = None
    tags: list[RegisteredModelTag] = field(default_factory=list)
    aliases: list[RegisteredModelAlias] = field(default_factory=list)


class PromptFolderPage(msgspec.Struct, omit_defaults=True):
    folders: list[PromptFolder] = field(default_factory=list)
    prompts: list[PromptSummary] = field(default_factory=list)
    next_page_token: str | None = None


class PromptTextMatch(msgspec.Struct, omit_defaults=True):
    """A version whose text has every word, with the part around one of them."""

    name: str
    version: str
    snippet: str


class PromptTextPage(msgspec.Struct, omit_defaults=True):
    matches: list[PromptTextMatch] = field(default_factory=list)
    next_page_token: str | None = None


class PromptRun(msgspec.Struct, omit_defaults=True):
    """A run that used a prompt, and the version it used."""

    run_id: str
    run_name: str
    experiment_id: str
    status: str
    start_time: int
    version: str


class PromptRunsPage(msgspec.Struct, omit_defaults=True):
    runs: list[PromptRun] = field(default_factory=list)
    next_page_token: str | None = None


class UsedPrompt(msgspec.Struct):
    """A prompt's version that was used."""

    name: str
    version: str


class RunPromptsReply(msgspec.Struct, omit_defaults=True):
    prompts: list[UsedPrompt] = field(default_factory=list)


@rest("GET", "aliases/history", needs=READ("name"), version="3.0", family="headrace")
class GetAliasHistory(Call[AliasHistoryPage]):
    """List every move of an alias of a prompt or model, last one first; also of an alias that was removed.

    Errors: RESOURCE_DOES_NOT_EXIST no such prompt or model; INVALID_PARAMETER_VALUE bad page size or token.
    """

    name: str
    alias: str
    max_results: int = PAGE_DEFAULT
    page_token: str | None = None

    def check(self) -> None:
        check_name(self.name)
        check_alias(self.alias)
        check_max_results(self.max_results, PAGE_LIMIT)


@rest("POST", "aliases/roll-back", needs=EDIT("name"), once=True, version="3.0", family="headrace")
class RollBackAlias(Call[ModelVersionReply]):
    """Point an alias to the version it pointed to before; done again, to the one before that. A removed one comes back.

    Errors: RESOURCE_DOES_NOT_EXIST no such prompt or model; INVALID_PARAMETER_VALUE there is no such alias, or nothing
    to go back to: it never pointed elsewhere, or those versions were deleted.
    """

    name: str
    alias: str

    def check(self) -> None:
        check_name(self.name)
        check_free_alias(self.alias)


@rest("GET", "prompts/list-folder", needs=READ(), version="3.0", family="headrace")
class ListPromptFolder(Call[PromptFolderPage]):
    """List the folders inside a folder, then the prompts in it, both by name. A slash in a prompt's name is a folder.

    Errors: INVALID_PARAMETER_VALUE bad path, page size or token. A folder nobody uses is an empty one.
    """

    path: str = ""  # "": the prompts without a folder
    max_results: int = PAGE_DEFAULT
    page_token: str | None = None

    def check(self) -> None:
        check_folder(self.path)
        check_max_results(self.max_results, PAGE_LIMIT)


@rest("GET", "prompts/search-text", needs=READ(), version="3.0", family="headrace")
class SearchPromptText(Call[PromptTextPage]):
    """Find the prompts whose newest template has every word of the query, in any letter case, best match first.

    Words in double quotes must follow each other. Other signs than letters and digits separate words.

    Errors: INVALID_PARAMETER_VALUE no word in the query, too many, or bad page size or token.
    """

    query: str
    all_versions: bool = False  # not only the newest of each prompt
    max_results: int = TEXT_PAGE_DEFAULT
    page_token: str | None = None

    def check(self) -> None:
        terms_of(self.query)
        check_max_results(self.max_results, TEXT_PAGE_LIMIT)


@rest("POST", "prompts/delete-empty", needs=MANAGE("name"), version="3.0", family="headrace")
class DeleteEmptyPrompt(Call[None]):
    """Remove a prompt for good if it has no version left; one that has stays, and one that is gone counts as removed.

    Errors: INVALID_PARAMETER_VALUE bad name.
    """

    name: str

    def check(self) -> None:
        check_prompt_name(self.name)


@rest("GET", "prompts/list-runs", needs=READ("name"), version="3.0", family="headrace")
class ListPromptRuns(Call[PromptRunsPage]):
    """List the runs that used a prompt, newest first, without deleted ones; a run comes once for each version it used.

    Errors: INVALID_PARAMETER_VALUE bad name, version, page size or token. A prompt nobody used has no runs.
    """

    name: str
    version: str | int | None = None  # None: any
    max_results: int = PAGE_DEFAULT
    page_token: str | None = None

    def check(self) -> None:
        check_prompt_name(self.name)
        if self.version is not None:
            self.version = version_text(self.version)
        check_max_results(self.max_results, PAGE_LIMIT)


@rest("GET", "runs/list-prompts", needs=READ("run_id"), version="3.0", family="headrace")
class ListRunPrompts(Call[RunPromptsReply]):
    """List the prompt versions that a run used, by name and version.

    Errors: RESOURCE_DOES_NOT_EXIST no such run.
    """

    run_id: str

    def check(self) -> None:
        check_run_id(self.run_id)


@rest("POST", "runs/link-prompts", needs=EDIT("run_id"), version="3.0", family="headrace")
class LinkPrompts(Call[None]):
    """Note on a run that it used versions of prompts, or that it did not after all; others may do so at the same time.

    Errors: RESOURCE_DOES_NOT_EXIST no such run; INVALID_PARAMETER_VALUE bad name or version, or the run is deleted.
    """

    run_id: str
    prompts: list[UsedPrompt] = field(default_factory=list)
    detach: bool = False

    def check(self) -> None:
        check_run_id(self.run_id)
        for used in self.prompts:
            check_prompt_name(used.name)
            used.version = version_text(used.version)
