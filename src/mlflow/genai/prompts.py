"""Functions on prompts: `mlflow.genai.register_prompt`, `load_prompt` and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlflow.client import MlflowClient
from mlflow.genai.prompt_use import note_experiment, note_run
from mlflow.store.entities import PagedList
from mlflow.store.registry import get_registry_uri, get_tracking_uri
from mlflow.tracking.clients import client_of

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mlflow.entities.prompt import Prompt
    from mlflow.entities.prompt_model_config import PromptModelConfig
    from mlflow.entities.prompt_version import PromptVersion

_PAGE = 1000


def _client() -> MlflowClient:
    return client_of(get_tracking_uri(), get_registry_uri())


def register_prompt(
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
        tags: texts by key, for the version and for the prompt.
        response_format: the answer that is wanted, as a pydantic model or a JSON schema.
        model_config: settings of the model it is meant for.
        variables: type, default, description and choices of variables, by name.

    Raises:
        MlflowException: INVALID_PARAMETER_VALUE bad name or template, or a model has that name.
    """
    client = _client()
    registered = client.register_prompt(name, template, commit_message, tags, response_format, model_config, variables)
    note_experiment(client.registry_uri, name)
    return registered


def load_prompt(
    name_or_uri: str,
    version: str | int | None = None,
    allow_missing: bool = False,
    link_to_model: bool = True,
    model_id: str | None = None,
    cache_ttl_seconds: float | None = None,
    fallback: str | list[dict[str, Any]] | PromptVersion | None = None,
) -> PromptVersion | None:
    """Return a version of a prompt, with the prompts it includes; from memory where that is fresh.

    Inside a run the run notes which versions it used.

    Args:
        name_or_uri: `qa` (its latest version), `prompts:/qa/2`, `prompts:/qa@production`, `prompts:/qa@latest`.
        version: with a name alone: which one.
        allow_missing: return None where there is no such prompt, version or alias.
        link_to_model: taken for the sake of MLflow's signature; logged models come later.
        model_id: the same.
        cache_ttl_seconds: for how long what is remembered counts as fresh; 0 asks the registry.
        fallback: a template or version to give where there is no such prompt, or where the registry cannot be reached
            and nothing is remembered.

    Raises:
        MlflowException: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE bad URI, no such alias, a circle of includes.
    """
    client = _client()
    prompt = client.load_prompt(name_or_uri, version, allow_missing, cache_ttl_seconds, fallback)
    if prompt is not None and prompt.version:  # a fallback has none
        note_run(prompt)
        note_experiment(client.registry_uri, prompt.name)
    return prompt


def search_prompts(
    filter_string: str | None = None, max_results: int | None = None, order_by: list[str] | None = None
) -> PagedList[Prompt]:
    """Return all prompts that match a filter, or the first `max_results` of them; see `MlflowClient.search_prompts`."""
    found: list[Prompt] = []
    token: str | None = None
    while max_results is None or len(found) < max_results:
        size = _PAGE if max_results is None else min(_PAGE, max_results - len(found))
        page = _client().search_prompts(filter_string, size, token, order_by)
        found += page
        token = page.token
        if not token:
            break
    return PagedList(found, token)


def set_prompt_alias(name: str, alias: str, version: int) -> None:
    """Point an alias to a version, wherever it pointed before."""
    _client().set_prompt_alias(name, alias, version)


def delete_prompt_alias(name: str, alias: str) -> None:
    """Remove an alias; one that is not there counts as removed."""
    _client().delete_prompt_alias(name, alias)


def get_prompt_tags(name: str) -> dict[str, str]:
    """Return the tags of a prompt, which all its versions share.

    Raises:
        MlflowException: RESOURCE_DOES_NOT_EXIST.
    """
    return _client().get_prompt_tags(name)


def set_prompt_tag(name: str, key: str, value: str) -> None:
    """Set a tag of a prompt, for all its versions."""
    _client().set_prompt_tag(name, key, value)


def delete_prompt_tag(name: str, key: str) -> None:
    """Remove a tag of a prompt; one that is not there counts as removed."""
    _client().delete_prompt_tag(name, key)


def set_prompt_version_tag(name: str, version: str | int, key: str, value: str) -> None:
    """Set a tag of one version."""
    _client().set_prompt_version_tag(name, version, key, value)


def delete_prompt_version_tag(name: str, version: str | int, key: str) -> None:
    """Remove a tag of one version; one that is not there counts as removed."""
    _client().delete_prompt_version_tag(name, version, key)


def set_prompt_model_config(name: str, version: str | int, model_config: PromptModelConfig | dict[str, Any]) -> None:
    """Set the model's settings of a version: the one part of it that may change later."""
    _client().set_prompt_model_config(name, version, model_config)


def delete_prompt_model_config(name: str, version: str | int) -> None:
    """Remove the model's settings of a version."""
    _client().delete_prompt_model_config(name, version)
