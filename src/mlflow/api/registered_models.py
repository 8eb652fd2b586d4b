"""Calls on registered models. A prompt travels as one too: it carries the tag `mlflow.prompt.is_prompt`."""

from __future__ import annotations

import msgspec
from msgspec import field

from mlflow.api.base import EDIT, MANAGE, READ, Call, rest
from mlflow.api.checks import check_key, check_max_results
from mlflow.api.names import (
    DESCRIPTION_LIMIT,
    check_model_name,
    check_name,
    check_prompt_name,
    check_registry_tag,
    check_text,
    is_prompt,
)
from mlflow.entities.model_version import ModelVersion, ModelVersionStages
from mlflow.entities.registered_model import RegisteredModel, RegisteredModelTag

SEARCH_MODELS_LIMIT = 1000
SEARCH_MODELS_DEFAULT = 100


class RegisteredModelReply(msgspec.Struct):
    registered_model: RegisteredModel


class ModelVersionsReply(msgspec.Struct, omit_defaults=True):
    model_versions: list[ModelVersion] = field(default_factory=list)


class RegisteredModelsPage(msgspec.Struct, omit_defaults=True):
    registered_models: list[RegisteredModel] = field(default_factory=list)
    next_page_token: str | None = None


@rest("POST", "registered-models/create", needs=EDIT(), once=True)
class CreateRegisteredModel(Call[RegisteredModelReply]):
    """Create a registered model, or a prompt when the tag `mlflow.prompt.is_prompt` is `true`.

    Errors: RESOURCE_ALREADY_EXISTS the name is taken, by a model or by a prompt; INVALID_PARAMETER_VALUE.
    """

    name: str
    tags: list[RegisteredModelTag] = field(default_factory=list)
    description: str | None = None

    def check(self) -> None:
        if is_prompt(self.tags):
            check_prompt_name(self.name)
        else:
            check_model_name(self.name)
        check_text("description", self.description, DESCRIPTION_LIMIT)
        for tag in self.tags:
            check_registry_tag(tag.key, tag.value)


@rest("GET", "registered-models/get", needs=READ("name"))
class GetRegisteredModel(Call[RegisteredModelReply]):
    """Get a registered model or prompt, with the newest version of each stage.

    Errors: RESOURCE_DOES_NOT_EXIST.
    """

    name: str

    def check(self) -> None:
        check_name(self.name)


@rest("PATCH", "registered-models/update", needs=EDIT("name"))
class UpdateRegisteredModel(Call[RegisteredModelReply]):
    """Change the description; one that is not given stays.

    Errors: RESOURCE_DOES_NOT_EXIST.
    """

    name: str
    description: str | None = None

    def check(self) -> None:
        check_name(self.name)
        check_text("description", self.description, DESCRIPTION_LIMIT)


@rest("POST", "registered-models/rename", needs=MANAGE("name"), once=True)
class RenameRegisteredModel(Call[RegisteredModelReply]):
    """Give a registered model or prompt another name; versions, tags and aliases stay with it.

    Errors: RESOURCE_DOES_NOT_EXIST; RESOURCE_ALREADY_EXISTS the name is taken; INVALID_PARAMETER_VALUE.
    """

    name: str
    new_name: str

    def check(self) -> None:
        check_name(self.name)
        check_name(self.new_name, "new_name")


@rest("DELETE", "registered-models/delete", needs=MANAGE("name"), once=True)
class DeleteRegisteredModel(Call[None]):
    """Remove a registered model or prompt for good, with its versions, tags and aliases.

    Errors: RESOURCE_DOES_NOT_EXIST.
    """

    name: str

    def check(self) -> None:
        check_name(self.name)


@rest("POST", "registered-models/get-latest-versions", needs=READ("name"), also=("GET",))
class GetLatestVersions(Call[ModelVersionsReply]):
    """Get the newest version of each stage.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE no such stage.
    """

    name: str
    stages: list[str] = field(default_factory=list)  # none: all

    def check(self) -> None:
        check_name(self.name)
        self.stages = [ModelVersionStages.named(stage) for stage in self.stages]


@rest("POST", "registered-models/set-tag", needs=EDIT("name"))
class SetRegisteredModelTag(Call[None]):
    """Set a tag of a registered model or prompt, replacing an older value.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE bad key, too long a value, or it would turn a model into a
    prompt.
    """

    name: str
    key: str
    value: str = ""

    def check(self) -> None:
        check_name(self.name)
        self.must_have("key")
        check_registry_tag(self.key, self.value)


@rest("DELETE", "registered-models/delete-tag", needs=EDIT("name"))
class DeleteRegisteredModelTag(Call[None]):
    """Remove a tag of a registered model or prompt; one that is not there counts as removed.

    Errors: RESOURCE_DOES_NOT_EXIST no such model; INVALID_PARAMETER_VALUE it would turn a prompt into a model.
    """

    name: str
    key: str

    def check(self) -> None:
        check_name(self.name)
        self.must_have("key")
        check_key("tag", self.key)


@rest("GET", "registered-models/search", needs=READ())
class SearchRegisteredModels(Call[RegisteredModelsPage]):
    """List the registered models that match a filter, by name unless ordered otherwise.

    Prompts are left out unless the filter has a clause on the tag `mlflow.prompt.is_prompt`, which is `true` for every
    prompt and `false` for every model.

    Errors: INVALID_PARAMETER_VALUE bad filter, order, page size or token.
    """

    filter: str | None = None
    max_results: int = SEARCH_MODELS_DEFAULT
    order_by: list[str] = field(default_factory=list)
    page_token: str | None = None

    def check(self) -> None:
        check_max_results(self.max_results, SEARCH_MODELS_LIMIT)
