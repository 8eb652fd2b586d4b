"""Short ways to register models and prompts in tests, and to look at them."""

from __future__ import annotations

import uuid

from mlflow.api.aliases import GetVersionByAlias, SetAlias
from mlflow.api.model_versions import CreateModelVersion, GetModelVersion, SearchModelVersions
from mlflow.api.registered_models import CreateRegisteredModel, GetRegisteredModel, SearchRegisteredModels
from mlflow.entities import prompt_tags
from mlflow.entities.model_version import ModelVersion, ModelVersionTag
from mlflow.entities.registered_model import RegisteredModel, RegisteredModelTag
from mlflow.store.base import Store

ONLY_PROMPTS = "tags.`mlflow.prompt.is_prompt` = 'true'"


def unused_name() -> str:
    """A name that nothing has."""
    return f"n{uuid.uuid4().hex}"


def new_model(
    store: Store, name: str | None = None, tags: dict[str, str] | None = None, description: str | None = None
) -> str:
    """Register a model and return its name."""
    given = [RegisteredModelTag(key, value) for key, value in (tags or {}).items()]
    call = CreateRegisteredModel(name=unused_name() if name is None else name, tags=given, description=description)
    return store.call(call).registered_model.name


def new_prompt(store: Store, name: str | None = None, tags: dict[str, str] | None = None) -> str:
    """Register a prompt without versions and return its name."""
    return new_model(store, name, {prompt_tags.IS_PROMPT: "true", **(tags or {})})


def add_version(store: Store, name: str, source: str = "s3://bucket/model", **more: object) -> str:
    """Add a version to a model and return its number."""
    tags = [ModelVersionTag(key, value) for key, value in dict(more.pop("tags", {})).items()]  # type: ignore[call-overload]
    call = CreateModelVersion(name=name, source=source, tags=tags, **more)  # type: ignore[arg-type]
    return store.call(call).model_version.version


def prompt_parts(template: str, kind: str = "text", **tags: str) -> dict[str, str]:
    """The tags in which a client sends a prompt's version."""
    parts = {prompt_tags.IS_PROMPT: "true", prompt_tags.TYPE: kind, prompt_tags.TEXT: template}
    return parts | tags


def add_prompt_version(store: Store, name: str, template: str = "Say {{word}}.", commit: str = "", **tags: str) -> str:
    """Add a version to a prompt and return its number."""
    parts = prompt_parts(template, **tags)
    return add_version(store, name, prompt_tags.SOURCE, tags=parts, description=commit or None)


def model(store: Store, name: str) -> RegisteredModel:
    """Get a model or prompt."""
    return store.call(GetRegisteredModel(name=name)).registered_model


def version(store: Store, name: str, number: str | int) -> ModelVersion:
    """Get a version."""
    return store.call(GetModelVersion(name=name, version=number)).model_version


def set_alias(store: Store, name: str, alias: str, number: str | int) -> None:
    """Point an alias to a version."""
    store.call(SetAlias(name=name, alias=alias, version=number))


def by_alias(store: Store, name: str, alias: str) -> str:
    """The number of the version that an alias points to."""
    return store.call(GetVersionByAlias(name=name, alias=alias)).model_version.version


def found_models(store: Store, filter_string: str, **search: object) -> list[str]:
    """The names of the models that a search finds, in its order."""
    call = SearchRegisteredModels(filter=filter_string, **search)  # type: ignore[arg-type]
    return [one.name for one in store.call(call).registered_models]


def found_versions(store: Store, filter_string: str, **search: object) -> list[tuple[str, str]]:
    """The names and numbers of the versions that a search finds, in its order."""
    call = SearchModelVersions(filter=filter_string, **search)  # type: ignore[arg-type]
    return [(one.name, one.version) for one in store.call(call).model_versions]
