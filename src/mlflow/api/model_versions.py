"""Calls on versions of registered models; a version of a prompt travels as one too, its parts as tags."""

from __future__ import annotations

import msgspec
from msgspec import field

from mlflow.api.base import EDIT, MANAGE, READ, Call, rest
from mlflow.api.checks import check_key, check_max_results, check_run_id
from mlflow.api.names import DESCRIPTION_LIMIT, check_name, check_registry_tag, check_text, version_text
from mlflow.entities.model_version import ModelVersion, ModelVersionStages, ModelVersionTag
from mlflow.exceptions import InvalidParameter

SEARCH_VERSIONS_LIMIT = 200_000
SOURCE_LIMIT = 4096


class ModelVersionReply(msgspec.Struct):
    model_version: ModelVersion


class ModelVersionsPage(msgspec.Struct, omit_defaults=True):
    model_versions: list[ModelVersion] = field(default_factory=list)
    next_page_token: str | None = None


class ArtifactUriReply(msgspec.Struct):
    artifact_uri: str


@rest("POST", "model-versions/create", needs=EDIT("name"), once=True)
class CreateModelVersion(Call[ModelVersionReply]):
    """Add a version; numbers begin with 1, follow each other and are never given again.

    Errors: RESOURCE_DOES_NOT_EXIST no such model, or `source` names a version that is not there;
    INVALID_PARAMETER_VALUE bad source, tag or prompt.
    """

    name: str
    source: str
    run_id: str | None = None
    tags: list[ModelVersionTag] = field(default_factory=list)
    run_link: str | None = None
    description: str | None = None
    model_id: str | None = None

    def check(self) -> None:
        check_name(self.name)
        self.must_have("source")
        check_text("source", self.source, SOURCE_LIMIT)
        check_text("run_link", self.run_link, SOURCE_LIMIT)
        check_text("description", self.description, DESCRIPTION_LIMIT)
        if self.run_id:
            check_run_id(self.run_id)
        for tag in self.tags:
            check_registry_tag(tag.key, tag.value)


@rest("GET", "model-versions/get", needs=READ("name"))
class GetModelVersion(Call[ModelVersionReply]):
    """Get a version.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE the version is not a number.
    """

    name: str
    version: str | int

    def check(self) -> None:
        check_name(self.name)
        self.version = version_text(self.version)


@rest("PATCH", "model-versions/update", needs=EDIT("name"))
class UpdateModelVersion(Call[ModelVersionReply]):
    """Change the description; one that is not given stays.

    Errors: RESOURCE_DOES_NOT_EXIST.
    """

    name: str
    version: str | int
    description: str | None = None

    def check(self) -> None:
        check_name(self.name)
        self.version = version_text(self.version)
        check_text("description", self.description, DESCRIPTION_LIMIT)


@rest("POST", "model-versions/transition-stage", needs=EDIT("name"))
class TransitionStage(Call[ModelVersionReply]):
    """Move a version to a stage, and, if wanted, those that are there to the stage Archived.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE no such stage, or others cannot be archived for it.
    """

    name: str
    version: str | int
    stage: str
    archive_existing_versions: bool = False

    def check(self) -> None:
        check_name(self.name)
        self.version = version_text(self.version)
        self.must_have("stage")
        self.stage = ModelVersionStages.named(self.stage)
        if self.archive_existing_versions and self.stage not in ModelVersionStages.ACTIVE:
            active = " or ".join(ModelVersionStages.ACTIVE)
            raise InvalidParameter(f"Others are archived only for the stages {active}, not for {self.stage}.")


@rest("DELETE", "model-versions/delete", needs=MANAGE("name"), once=True)
class DeleteModelVersion(Call[None]):
    """Remove a version for good, with its tags and the aliases that point to it.

    Errors: RESOURCE_DOES_NOT_EXIST.
    """

    name: str
    version: str | int

    def check(self) -> None:
        check_name(self.name)
        self.version = version_text(self.version)


@rest("GET", "model-versions/get-download-uri", needs=READ("name"))
class GetDownloadUri(Call[ArtifactUriReply]):
    """Get where a version's model lies.

    Errors: RESOURCE_DOES_NOT_EXIST.
    """

    name: str
    version: str | int

    def check(self) -> None:
        check_name(self.name)
        self.version = version_text(self.version)


@rest("POST", "model-versions/set-tag", needs=EDIT("name"))
class SetModelVersionTag(Call[None]):
    """Set a tag of a version, replacing an older value. What a prompt's version says and demands is set only once.

    Errors: RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE bad key, too long a value, or a prompt's text is changed.
    """

    name: str
    version: str | int
    key: str
    value: str = ""

    def check(self) -> None:
        check_name(self.name)
        self.version = version_text(self.version)
        self.must_have("key")
        check_registry_tag(self.key, self.value)


@rest("DELETE", "model-versions/delete-tag", needs=EDIT("name"))
class DeleteModelVersionTag(Call[None]):
    """Remove a tag of a version; one that is not there counts as removed.

    Errors: RESOURCE_DOES_NOT_EXIST no such version; INVALID_PARAMETER_VALUE it is what a prompt's version says.
    """

    name: str
    version: str | int
    key: str

    def check(self) -> None:
        check_name(self.name)
        self.version = version_text(self.version)
        self.must_have("key")
        check_key("tag", self.key)


@rest("GET", "model-versions/search", needs=READ())
class SearchModelVersions(Call[ModelVersionsPage]):
    """List the versions that match a filter, last changed first unless ordered otherwise.

    Prompts' versions are left out unless the filter asks for them: tags.`mlflow.prompt.is_prompt` = 'true'. Of those a
    page has at most 1,000.

    Errors: INVALID_PARAMETER_VALUE bad filter, order, page size or token.
    """

    filter: str | None = None
    max_results: int = SEARCH_VERSIONS_LIMIT
    order_by: list[str] = field(default_factory=list)
    page_token: str | None = None

    def check(self) -> None:
        check_max_results(self.max_results, SEARCH_VERSIONS_LIMIT)
