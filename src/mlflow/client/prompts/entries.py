"""The client's methods on prompts as a whole: what all versions of one share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow.api import registered_models as api
from mlflow.client.base import ClientBase
from mlflow.client.prompts.cache import cache_of
from mlflow.client.prompts.filters import prompts_alone
from mlflow.client.prompts.names import checked_message, checked_name, checked_tags
from mlflow.entities.prompt_tags import IS_PROMPT
from mlflow.entities.registered_model import RegisteredModel, RegisteredModelTag
from mlflow.exceptions import InvalidParameter, MlflowException, NotFound
from mlflow.store.entities import PagedList

if TYPE_CHECKING:
    from mlflow.entities.prompt import Prompt

MISSING = "RESOURCE_DOES_NOT_EXIST"
SEARCH_PAGE = 1000


class PromptMethods(ClientBase):
    """Create, find, tag and delete prompts."""

    def create_prompt(self, name: str, description: str | None = None, tags: dict[str, str] | None = None) -> Prompt:
        """Create a prompt that has no version yet.

        Args:
            name: letters, digits, `_`, `-` and `.`; with `/` between folders.
            description: what it is for.
            tags: texts by key, for the prompt as a whole.

        Raises:
            MlflowException: RESOURCE_ALREADY_EXISTS a prompt or model has that name; INVALID_PARAMETER_VALUE.
        """
        from mlflow.entities.prompt_wire import prompt_of

        sent = [RegisteredModelTag(IS_PROMPT, "true")]
        sent += [RegisteredModelTag(key, value) for key, value in checked_tags(tags).items()]
        call = api.CreateRegisteredModel(name=checked_name(name), tags=sent, description=checked_message(description))
        return prompt_of(self._call_registry(call).registered_model)

    def get_prompt(self, name: str) -> Prompt | None:
        """Return a prompt, or None when there is none of that name."""
        from mlflow.entities.prompt_wire import prompt_of

        model = self._find_entry(name)
        return None if model is None or not is_prompt(model) else prompt_of(model)

    def search_prompts(
        self,
        filter_string: str | None = None,
        max_results: int = SEARCH_PAGE,
        page_token: str | None = None,
        order_by: list[str] | None = None,
    ) -> PagedList[Prompt]:
        """Return one page of the prompts that match a filter.

        Args:
            filter_string: for example `name LIKE 'team/%' AND tags.task = 'qa'`, or `experiment_id = '7'`; against a
                Headrace server also with OR, NOT and parentheses.
            max_results: prompts on a page, 1 to 1,000.
            page_token: `token` of the page before.
            order_by: for example `["name DESC"]`; by name when left out.
        """
        from mlflow.entities.prompt_wire import prompt_of

        page = self._call_registry(
            api.SearchRegisteredModels(
                filter=prompts_alone(filter_string),
                max_results=max_results,
                order_by=list(order_by or []),
                page_token=page_token or None,
            )
        )
        return PagedList([prompt_of(model) for model in page.registered_models], page.next_page_token or None)

    def get_prompt_tags(self, name: str) -> dict[str, str]:
        """Return the tags of a prompt, which all its versions share.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST.
        """
        return {key: value for key, value in self._entry(name).tags.items() if key != IS_PROMPT}

    def get_prompt_aliases(self, name: str) -> dict[str, int]:
        """Return the version that each alias of a prompt points to.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST.
        """
        return {alias: int(version) for alias, version in self._entry(name).aliases.items()}

    def set_prompt_tag(self, name: str, key: str, value: str) -> None:
        """Set a tag of a prompt, for all its versions."""
        _refuse_reserved(key)
        self._entry(name)
        self._call_registry(api.SetRegisteredModelTag(name=name, key=key, value=str(value)))

    def delete_prompt_tag(self, name: str, key: str) -> None:
        """Remove a tag of a prompt; one that is not there counts as removed."""
        _refuse_reserved(key)
        self._entry(name)
        self._call_registry(api.DeleteRegisteredModelTag(name=name, key=key))

    def delete_prompt(self, name: str) -> None:
        """Delete a prompt with all its versions, aliases and tags, for good.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST.
        """
        self._entry(name)
        self._call_registry(api.DeleteRegisteredModel(name=name))
        cache_of(self._registry_uri).forget(name)

    def _entry(self, name: str) -> RegisteredModel:
        """Return what is registered under the name of a prompt.

        Raises:
            NotFound: nothing is.
            InvalidParameter: a model is.
        """
        found = self._find_entry(name)
        if found is None:
            raise NotFound(f"Prompt with name={name} not found")
        if not is_prompt(found):
            raise InvalidParameter(
                f"'{name}' is a registered model, not a prompt. Models are loaded by `models:/` URIs."
            )
        return found

    def _find_entry(self, name: str) -> RegisteredModel | None:
        try:
            return self._call_registry(api.GetRegisteredModel(name=checked_name(name))).registered_model
        except MlflowException as error:
            if error.error_code == MISSING:
                return None
            raise

    def _make_sure_of(self, name: str, description: str | None, tags: dict[str, str]) -> bool:
        """Create a prompt unless it is there; return whether it is new.

        Raises:
            InvalidParameter: a model has that name.
        """
        if self._find_entry(name) is None:
            try:
                self.create_prompt(name, description, tags)
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":  # somebody else was quicker
                    raise
            else:
                return True
        self._entry(name)
        return False


def is_prompt(model: RegisteredModel) -> bool:
    """Tell whether what is registered is a prompt."""
    return model.tags.get(IS_PROMPT) == "true"


def _refuse_reserved(key: str) -> None:
    if key == IS_PROMPT:
        raise InvalidParameter(f"The tag {key} says that this is a prompt, and cannot be changed.")
