"""The client's methods on versions of prompts and the aliases that point to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlflow.api import aliases as aliases_api
from mlflow.api import model_versions as api
from mlflow.api.prompts import AliasChange, DeleteEmptyPrompt, GetAliasHistory, RollBackAlias
from mlflow.client.base import text
from mlflow.client.prompts.cache import cache_of
from mlflow.client.prompts.entries import MISSING, PromptMethods
from mlflow.client.prompts.loading import load
from mlflow.client.prompts.names import checked_message, checked_name, checked_tags
from mlflow.entities.model_version import ModelVersionTag
from mlflow.entities.prompt_tags import IS_PROMPT, MODEL_CONFIG, RESPONSE_FORMAT, SOURCE, TEXT, TYPE
from mlflow.exceptions import InvalidParameter, MlflowException, NotFound
from mlflow.store.entities import PagedList
from mlflow.templates.uris import LATEST, SCHEME, parse_address

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mlflow.entities.prompt_model_config import PromptModelConfig
    from mlflow.entities.prompt_version import PromptVersion

SEARCH_VERSIONS_PAGE = 100
HISTORY_PAGE = 100
_UNCHANGEABLE = (IS_PROMPT, TEXT, TYPE, RESPONSE_FORMAT)


class PromptVersionMethods(PromptMethods):
    """Register, load, tag and delete versions of prompts, and move aliases."""

    def register_prompt(
        self,
        name: str,
        template: str | list[dict[str, Any]],
        commit_message: str | None = None,
        tags: dict[str, str] | None = None,
        response_format: type[BaseModel] | dict[str, Any] | None = None,
        model_config: PromptModelConfig | dict[str, Any] | None = None,
        variables: dict[str, dict[str, Any]] | None = None,
    ) -> PromptVersion:
        """Add a version to a prompt, which is created if there is none of that name.

        Args:
            name: letters, digits, `_`, `-` and `.`; with `/` between folders.
            template: a text, or the messages of a chat; variables are written `{{name}}`.
            commit_message: what is new in this version.
            tags: texts by key, for this version; those of the first version become the prompt's too.
            response_format: the answer that is wanted, as a pydantic model or a JSON schema.
            model_config: settings of the model it is meant for.
            variables: type, default, description and choices of variables, by name.

        Raises:
            MlflowException: INVALID_PARAMETER_VALUE bad name or template, or a model has that name.
        """
        from mlflow.entities.prompt_wire import tags_of

        checked_name(name)
        checked_message(commit_message)
        texts = checked_tags(tags)
        wire_tags = tags_of(template, response_format, model_config, variables, texts)
        new = self._make_sure_of(name, commit_message, texts)
        if not new:
            for key, value in texts.items():
                self.set_prompt_tag(name, key, value)
        try:
            return self._add_version(name, wire_tags, commit_message)
        except MlflowException:
            if new and not self._delete_if_empty(name):  # a prompt without a version would be left behind
                self.delete_prompt(name)
            raise

    def create_prompt_version(
        self,
        name: str,
        template: str | list[dict[str, Any]],
        description: str | None = None,
        tags: dict[str, str] | None = None,
        response_format: type[BaseModel] | dict[str, Any] | None = None,
        model_config: PromptModelConfig | dict[str, Any] | None = None,
    ) -> PromptVersion:
        """Add a version to a prompt that is there; `description` is its commit message.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE.
        """
        from mlflow.entities.prompt_wire import tags_of

        wire_tags = tags_of(template, response_format, model_config, None, checked_tags(tags))
        self._entry(name)
        return self._add_version(name, wire_tags, description)

    def _add_version(self, name: str, tags: dict[str, str], message: str | None) -> PromptVersion:
        from mlflow.entities.prompt_wire import prompt_version_of

        call = api.CreateModelVersion(
            name=name,
            source=SOURCE,
            description=checked_message(message),
            tags=[ModelVersionTag(key, value) for key, value in tags.items()],
        )
        made = prompt_version_of(self._call_registry(call).model_version)
        cache_of(self._registry_uri).note_move(name, LATEST, made.version)
        return made

    def load_prompt(
        self,
        name_or_uri: str,
        version: str | int | None = None,
        allow_missing: bool = False,
        cache_ttl_seconds: float | None = None,
        fallback: str | list[dict[str, Any]] | PromptVersion | None = None,
    ) -> PromptVersion | None:
        """Return a version of a prompt, with the prompts it includes; from memory where that is fresh.

        Args:
            name_or_uri: `qa` (its latest version), `prompts:/qa/2`, `prompts:/qa@production`, `prompts:/qa@latest`.
            version: with a name alone: which one.
            allow_missing: return None where there is no such prompt, version or alias.
            cache_ttl_seconds: for how long what is remembered counts as fresh; 0 asks the registry.
            fallback: a template or version to give where there is no such prompt, or where the registry cannot be
                reached and nothing is remembered.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE bad URI, no such alias, or a circle of
                includes.
        """
        return load(self._registry_uri, name_or_uri, version, allow_missing, cache_ttl_seconds, fallback)

    def get_prompt_version(self, name: str, version: str | int) -> PromptVersion:
        """Return a version as it was registered.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST.
        """
        found = self._find_version(name, version)
        if found is None:
            raise NotFound(f"Prompt (name={name}, version={version}) not found")
        return found

    def _find_version(self, name: str, version: str | int) -> PromptVersion | None:
        from mlflow.entities.prompt_wire import prompt_version_of

        call = api.GetModelVersion(name=checked_name(name), version=str(version))
        try:
            return prompt_version_of(self._call_registry(call).model_version)
        except MlflowException as error:
            if error.error_code == MISSING:
                return None
            raise

    def get_prompt_version_by_alias(self, name: str, alias: str) -> PromptVersion:
        """Return the version that an alias points to, as it was registered.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE no such alias.
        """
        from mlflow.entities.prompt_wire import prompt_version_of

        call = aliases_api.GetVersionByAlias(name=checked_name(name), alias=text("alias", alias))
        return prompt_version_of(self._call_registry(call).model_version)

    def search_prompt_versions(
        self, name: str, max_results: int | None = None, page_token: str | None = None
    ) -> PagedList[PromptVersion]:
        """Return one page of a prompt's versions, newest first.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST.
        """
        from mlflow.entities.prompt_wire import prompt_version_of

        self._entry(name)
        page = self._call_registry(
            api.SearchModelVersions(
                filter=f"name = '{name}' AND tags.`{IS_PROMPT}` = 'true'",
                max_results=max_results or SEARCH_VERSIONS_PAGE,
                order_by=["version_number DESC"],
                page_token=page_token or None,
            )
        )
        found = [prompt_version_of(version) for version in page.model_versions]
        return PagedList(found, page.next_page_token or None)

    def delete_prompt_version(self, name: str, version: str | int) -> None:
        """Delete a version for good, with the aliases that point to it; its number is not given again.

        With its last version a prompt is gone too, as MLflow's documentation says. On MLflow's own server it stays.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST.
        """
        self.get_prompt_version(name, version)
        self._call_registry(api.DeleteModelVersion(name=name, version=str(version)))
        self._delete_if_empty(name)
        cache_of(self._registry_uri).forget(name)

    def _delete_if_empty(self, name: str) -> bool:
        """Delete a prompt that has no version; return False where the registry cannot do that in one step."""
        try:
            self._call_registry(DeleteEmptyPrompt(name=name))
        except MlflowException as error:
            if error.error_code != "ENDPOINT_NOT_FOUND":
                raise
            return False
        return True

    def set_prompt_version_tag(self, name: str, version: str | int, key: str, value: str) -> None:
        """Set a tag of a version; what the version says cannot be changed.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE the key is a part of the version itself.
        """
        self._set_version_tag(name, version, _changeable(key), str(value))

    def delete_prompt_version_tag(self, name: str, version: str | int, key: str) -> None:
        """Remove a tag of a version; one that is not there counts as removed."""
        self._delete_version_tag(name, version, _changeable(key))

    def set_prompt_model_config(
        self, name: str, version: str | int, model_config: PromptModelConfig | dict[str, Any]
    ) -> None:
        """Set the model's settings of a version: the one part of it that may change later."""
        from mlflow.entities.prompt_wire import tags_of

        tags = tags_of("", None, model_config, None, None)
        self._set_version_tag(name, version, MODEL_CONFIG, tags[MODEL_CONFIG])

    def delete_prompt_model_config(self, name: str, version: str | int) -> None:
        """Remove the model's settings of a version."""
        self._delete_version_tag(name, version, MODEL_CONFIG)

    def _set_version_tag(self, name: str, version: str | int, key: str, value: str) -> None:
        call = api.SetModelVersionTag(name=checked_name(name), version=str(version), key=key, value=value)
        self._call_registry(call)
        cache_of(self._registry_uri).forget(name)

    def _delete_version_tag(self, name: str, version: str | int, key: str) -> None:
        self._call_registry(api.DeleteModelVersionTag(name=checked_name(name), version=str(version), key=key))
        cache_of(self._registry_uri).forget(name)

    def set_prompt_alias(self, name: str, alias: str, version: int | str) -> None:
        """Point an alias to a version, wherever it pointed before.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE the alias is reserved or no good.
        """
        call = aliases_api.SetAlias(name=checked_name(name), alias=text("alias", alias), version=str(version))
        self._call_registry(call)
        cache_of(self._registry_uri).note_move(name, alias, int(version))

    def delete_prompt_alias(self, name: str, alias: str) -> None:
        """Remove an alias; one that is not there counts as removed."""
        self._call_registry(aliases_api.DeleteAlias(name=checked_name(name), alias=text("alias", alias)))
        cache_of(self._registry_uri).note_move(name, alias, None)

    def get_prompt_alias_history(
        self, name: str, alias: str, max_results: int = HISTORY_PAGE, page_token: str | None = None
    ) -> PagedList[AliasChange]:
        """Return one page of an alias's moves, last one first: who, when, from which version and to which.

        Needs a Headrace server or database.
        """
        call = GetAliasHistory(name=name, alias=alias, max_results=max_results, page_token=page_token or None)
        page = self._call_registry(call)
        return PagedList(page.changes, page.next_page_token or None)

    def roll_back_prompt_alias(self, name: str, alias: str) -> PromptVersion:
        """Point an alias to the version it pointed to before; done again, to the one before that. Returns that version.

        Needs a Headrace server or database.

        Raises:
            MlflowException: INVALID_PARAMETER_VALUE there is nothing to go back to.
        """
        from mlflow.entities.prompt_wire import prompt_version_of

        found = self._call_registry(RollBackAlias(name=checked_name(name), alias=alias)).model_version
        cache_of(self._registry_uri).note_move(name, alias, int(found.version))
        return prompt_version_of(found)

    def parse_prompt_uri(self, uri: str) -> tuple[str, str]:
        """Return name and version of a `prompts:/` URI; an alias is looked up.

        Raises:
            MlflowException: INVALID_PARAMETER_VALUE it is no such URI.
        """
        if not uri.startswith(SCHEME):
            raise InvalidParameter(f"'{uri}' is no prompt URI. Write prompts:/name/version or prompts:/name@alias.")
        address = parse_address(uri)
        if address.version is not None:
            return address.name, str(address.version)
        return address.name, str(self.get_prompt_version_by_alias(address.name, address.alias or LATEST).version)


def _changeable(key: str) -> str:
    if key in _UNCHANGEABLE:
        raise InvalidParameter(f"The tag {key} is what the version says, and that does not change. Register another.")
    return key
