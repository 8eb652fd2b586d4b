"""The client's methods on which runs used which prompts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

import msgspec

from mlflow.api import Call
from mlflow.api.prompts import LinkPrompts, ListPromptRuns, PromptRun, UsedPrompt
from mlflow.api.runs import GetRun
from mlflow.api.tags import SetTag
from mlflow.client.prompts.loading import version_at
from mlflow.client.prompts.names import checked_name
from mlflow.client.prompts.versions import PromptVersionMethods
from mlflow.entities.prompt_tags import LINKED_PROMPTS
from mlflow.exceptions import InvalidParameter, MlflowException, MlflowNotImplementedException
from mlflow.store.base import Store
from mlflow.store.entities import PagedList
from mlflow.store.registry import store_for

if TYPE_CHECKING:
    from mlflow.entities.prompt_version import PromptVersion

RUNS_PAGE = 100
R = TypeVar("R")
_read_tag = msgspec.json.Decoder(list[UsedPrompt], strict=False).decode


class PromptLinkMethods(PromptVersionMethods):
    """Link prompts and runs, and ask for the links from both ends."""

    def link_prompt_version_to_run(self, run_id: str, prompt: str | PromptVersion) -> None:
        """Note on a run that it used a version of a prompt; noting it again changes nothing.

        Args:
            run_id: which run.
            prompt: a version, or the name or URI of one that is there.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE `prompt` is neither.
        """
        link_prompts(store_for(self._tracking_uri), run_id, [self._used(prompt)])

    def link_prompt_versions_to_run(self, run_id: str, prompts: Sequence[str | PromptVersion]) -> None:
        """Note on a run that it used several versions."""
        link_prompts(store_for(self._tracking_uri), run_id, [self._used(prompt) for prompt in prompts])

    def detach_prompt_from_run(self, run_id: str, prompt_uri: str) -> None:
        """Take back that a run used a version.

        Raises:
            MlflowException: INVALID_PARAMETER_VALUE the run is not linked to it.
        """
        used = UsedPrompt(*self.parse_prompt_uri(prompt_uri))
        if used not in self._linked(run_id):
            raise InvalidParameter(f"The run '{run_id}' is not linked to the prompt '{prompt_uri}'.")
        link_prompts(store_for(self._tracking_uri), run_id, [used], detach=True)

    def list_logged_prompts(
        self, run_id: str, max_results: int | None = None, page_token: str | None = None
    ) -> PagedList[PromptVersion]:
        """Return the versions that a run used, by name; those that were deleted meanwhile are left out.

        Args:
            run_id: which run.
            max_results: versions on a page; all when left out.
            page_token: `token` of the page before.
        """
        linked = sorted(self._linked(run_id), key=lambda used: (used.name, int(used.version)))
        start = int(page_token) if page_token and page_token.isdecimal() else 0
        stop = len(linked) if max_results is None else start + max_results
        found = [self._find_version(used.name, used.version) for used in linked[start:stop]]
        return PagedList([version for version in found if version], str(stop) if stop < len(linked) else None)

    def list_prompt_runs(
        self,
        name: str,
        version: int | str | None = None,
        max_results: int = RUNS_PAGE,
        page_token: str | None = None,
    ) -> PagedList[PromptRun]:
        """Return one page of the runs that used a prompt, newest first; of all its versions when none is named.

        Needs a Headrace server or database.
        """
        call = ListPromptRuns(
            name=checked_name(name),
            version=None if version is None else str(version),
            max_results=max_results,
            page_token=page_token or None,
        )
        page = self._call(call)
        return PagedList(page.runs, page.next_page_token or None)

    def link_prompt_versions_to_trace(self, prompt_versions: list[PromptVersion], trace_id: str) -> None:
        """Note on a trace that it used versions of prompts.

        Raises:
            MlflowNotImplementedException: there are no traces yet.
        """
        raise MlflowNotImplementedException(
            "Traces cannot be kept yet, so no prompt can be linked to one. "
            "Link it to a run: link_prompt_version_to_run."
        )

    def link_prompt_version_to_model(self, name: str, version: str, model_id: str) -> None:
        """Note on a logged model that it uses a version of a prompt.

        Raises:
            MlflowNotImplementedException: there are no logged models yet.
        """
        raise MlflowNotImplementedException(
            "Logged models cannot be kept yet, so no prompt can be linked to one. "
            "Link it to a run: link_prompt_version_to_run."
        )

    def _used(self, prompt: object) -> UsedPrompt:
        from mlflow.entities.prompt_version import PromptVersion

        if isinstance(prompt, str):
            prompt = version_at(self._registry_uri, prompt)
        if isinstance(prompt, PromptVersion):
            return UsedPrompt(prompt.name, str(prompt.version))
        raise InvalidParameter(f"`prompt` must be a version of a prompt or its URI, not {type(prompt).__name__}.")

    def _linked(self, run_id: str) -> list[UsedPrompt]:
        return links_of_tag(self._call(GetRun(run_id=run_id)).run.data.tags.get(LINKED_PROMPTS))


def links_of_tag(tag: str | None) -> list[UsedPrompt]:
    """Return what a run's tag says it used."""
    try:
        return _read_tag(tag or "[]")
    except (msgspec.DecodeError, msgspec.ValidationError):
        return []


def link_prompts(
    store: Store,
    run_id: str,
    prompts: Sequence[UsedPrompt],
    detach: bool = False,
    within_seconds: float | None = None,
) -> None:
    """Link versions to a run, or take links back; others may do so for the same run at the same time.

    Only MLflow's own server makes us read the tag, change it and write it back, where two at once may lose a link.

    Args:
        store: where the run is.
        run_id: which run.
        prompts: the versions.
        detach: take the links back.
        within_seconds: give up after one try, and about that long; None for the usual patience.
    """

    def call(call: Call[R]) -> R:
        return store.call(call) if within_seconds is None else store.call_soon(call, within_seconds)

    try:
        call(LinkPrompts(run_id=run_id, prompts=list(prompts), detach=detach))
    except MlflowException as error:
        if error.error_code != "ENDPOINT_NOT_FOUND":
            raise
    else:
        return
    linked = links_of_tag(call(GetRun(run_id=run_id)).run.data.tags.get(LINKED_PROMPTS))
    if detach:
        left = [used for used in linked if used not in prompts]
    else:
        left = [*linked, *(used for used in prompts if used not in linked)]
    call(SetTag(run_id=run_id, key=LINKED_PROMPTS, value=msgspec.json.encode(left).decode()))
