"""The client's methods on registered models, their versions, aliases and stages."""

from __future__ import annotations

from typing import Any

from mlflow.api import aliases as alias_api
from mlflow.api import model_versions as version_api
from mlflow.api import registered_models as api
from mlflow.api.model_uris import parse_model_uri
from mlflow.api.names import LATEST
from mlflow.client.base import ClientBase, text
from mlflow.entities.model_version import ModelVersion, ModelVersionStages, ModelVersionTag
from mlflow.entities.prompt_tags import IS_PROMPT
from mlflow.entities.registered_model import RegisteredModel, RegisteredModelTag
from mlflow.exceptions import InvalidParameter, MlflowException, NotFound
from mlflow.store.entities import PagedList

SEARCH_VERSIONS_DEFAULT = 10_000


class RegistryMethods(ClientBase):
    """Register models and versions, find, change and delete them, and point aliases to them."""

    def create_registered_model(
        self,
        name: str,
        tags: dict[str, Any] | None = None,
        description: str | None = None,
        deployment_job_id: str | None = None,
    ) -> RegisteredModel:
        """Create a registered model, the name under which versions are kept.

        Args:
            name: unique among models and prompts, without `/` and `:`.
            tags: texts by key; other values are turned into text.
            description: free text.
            deployment_job_id: of Databricks; nothing is deployed here.

        Raises:
            MlflowException: RESOURCE_ALREADY_EXISTS the name is taken; INVALID_PARAMETER_VALUE.
        """
        call = api.CreateRegisteredModel(
            name=text("name", name),
            tags=[RegisteredModelTag(key, str(value)) for key, value in (tags or {}).items()],
            description=description,
        )
        return self._call_registry(call).registered_model

    def get_registered_model(self, name: str) -> RegisteredModel:
        """Return a registered model with the newest version of each stage.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST.
        """
        found = self._call_registry(api.GetRegisteredModel(name=text("name", name))).registered_model
        if IS_PROMPT in found.tags:
            raise _is_a_prompt(name)
        return found

    def _model_name(self, name: str) -> str:
        """Return the name of a model, before something of it is changed: a prompt is none."""
        return self.get_registered_model(name).name

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Give a registered model another name; versions, tags and aliases stay with it.

        Raises:
            MlflowException: RESOURCE_ALREADY_EXISTS the name is taken; RESOURCE_DOES_NOT_EXIST.
        """
        call = api.RenameRegisteredModel(name=self._model_name(name), new_name=text("new_name", new_name))
        return self._call_registry(call).registered_model

    def update_registered_model(
        self, name: str, description: str | None = None, deployment_job_id: str | None = None
    ) -> RegisteredModel:
        """Change the description of a registered model; without one, nothing but the time of the last change."""
        call = api.UpdateRegisteredModel(name=self._model_name(name), description=description)
        return self._call_registry(call).registered_model

    def delete_registered_model(self, name: str) -> None:
        """Remove a registered model for good, with its versions, tags and aliases."""
        self._call_registry(api.DeleteRegisteredModel(name=self._model_name(name)))

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = api.SEARCH_MODELS_DEFAULT,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[RegisteredModel]:
        """Return one page of the registered models that match a filter, by name unless ordered otherwise.

        Args:
            filter_string: for example `name LIKE 'churn-%' AND tags.team = 'growth'`.
            max_results: models on a page, 1 to 1,000.
            order_by: for example `["last_updated_timestamp DESC"]`.
            page_token: `token` of the page before.
        """
        call = api.SearchRegisteredModels(
            filter=filter_string or None,
            max_results=max_results,
            order_by=list(order_by or []),
            page_token=page_token or None,
        )
        page = self._call_registry(call)
        return PagedList(page.registered_models, page.next_page_token or None)

    def set_registered_model_tag(self, name: str, key: str, value: Any) -> None:
        """Set a tag of a registered model; `value` is turned into text."""
        call = api.SetRegisteredModelTag(name=self._model_name(name), key=text("key", key), value=str(value))
        self._call_registry(call)

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Remove a tag of a registered model, there or not."""
        self._call_registry(api.DeleteRegisteredModelTag(name=self._model_name(name), key=text("key", key)))

    def get_latest_versions(self, name: str, stages: list[str] | None = None) -> list[ModelVersion]:
        """Return the newest version of each stage.

        Args:
            name: of the model.
            stages: those asked for, in any letter case; all when left out.
        """
        call = api.GetLatestVersions(name=self._model_name(name), stages=list(stages or []))
        return self._call_registry(call).model_versions

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: dict[str, Any] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        await_creation_for: int | None = 300,
        model_id: str | None = None,
    ) -> ModelVersion:
        """Add a version to a registered model; it is ready at once.

        Args:
            name: of the model.
            source: where the model's files are, or `models:/name/version` of another one.
            run_id: the run that made it.
            tags: texts by key; other values are turned into text.
            run_link: an address of the run elsewhere.
            description: free text.
            await_creation_for: there is nothing to wait for.
            model_id: the logged model it is.
        """
        call = version_api.CreateModelVersion(
            name=text("name", name),
            source=str(source) if source is not None else "",
            run_id=run_id,
            tags=[ModelVersionTag(key, str(value)) for key, value in (tags or {}).items()],
            run_link=run_link,
            description=description,
            model_id=model_id,
        )
        return self._call_registry(call).model_version

    def copy_model_version(self, src_model_uri: str, dst_name: str) -> ModelVersion:
        """Add a version that is a copy of another one, to a model that is made when it is not there.

        Args:
            src_model_uri: `models:/name/version`, `models:/name@alias` or the like.
            dst_name: the model that gets the version.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST no such version; INVALID_PARAMETER_VALUE no such URI.
        """
        source = self._version_meant(src_model_uri)
        try:
            self.create_registered_model(dst_name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        return self.create_model_version(
            dst_name,
            f"models:/{source.name}/{source.version}",
            run_id=source.run_id or None,
            tags=source.tags,
            run_link=source.run_link or None,
            description=source.description,
        )

    def _version_meant(self, model_uri: str) -> ModelVersion:
        uri = parse_model_uri(model_uri)
        if uri.model_id is not None:
            raise InvalidParameter(f"{model_uri!r} is a logged model, which has no versions to copy.")
        if uri.version is not None:
            return self.get_model_version(uri.name, uri.version)
        if uri.stage is None:
            return self.get_model_version_by_alias(uri.name, uri.alias or LATEST)
        return self.get_model_version(uri.name, self._version_in(uri.name, None, uri.stage))

    def get_model_version(self, name: str, version: str) -> ModelVersion:
        """Return a version.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST.
        """
        found = self._call_registry(version_api.GetModelVersion(name=text("name", name), version=version)).model_version
        if IS_PROMPT in found.tags:
            raise _is_a_prompt(name)
        return found

    def update_model_version(self, name: str, version: str, description: str | None = None) -> ModelVersion:
        """Change the description of a version.

        Raises:
            MlflowException: INVALID_PARAMETER_VALUE no description is given; RESOURCE_DOES_NOT_EXIST.
        """
        if description is None:
            raise InvalidParameter("There is nothing to change: give the version a description.")
        call = version_api.UpdateModelVersion(name=self._model_name(name), version=version, description=description)
        return self._call_registry(call).model_version

    def transition_model_version_stage(
        self, name: str, version: str, stage: str, archive_existing_versions: bool = False
    ) -> ModelVersion:
        """Move a version to a stage. Aliases do the same with names of your own.

        Args:
            name: of the model.
            version: which one.
            stage: None, Staging, Production or Archived, in any letter case.
            archive_existing_versions: move those that are there to Archived; for Staging and Production.
        """
        call = version_api.TransitionStage(
            name=self._model_name(name),
            version=version,
            stage=text("stage", stage),
            archive_existing_versions=archive_existing_versions,
        )
        return self._call_registry(call).model_version

    def delete_model_version(self, name: str, version: str) -> None:
        """Remove a version for good, with its tags and the aliases that point to it. Its number is not given again."""
        self._call_registry(version_api.DeleteModelVersion(name=self._model_name(name), version=version))

    def get_model_version_download_uri(self, name: str, version: str) -> str:
        """Return where the files of a version are."""
        return self._call_registry(version_api.GetDownloadUri(name=text("name", name), version=version)).artifact_uri

    def get_model_version_stages(self, name: str, version: str) -> list[str]:
        """Return the stages that there are."""
        return list(ModelVersionStages.ALL)

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = SEARCH_VERSIONS_DEFAULT,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        """Return one page of the versions that match a filter, last changed first unless ordered otherwise.

        Args:
            filter_string: for example `name = 'churn' AND version_number > 3`.
            max_results: versions on a page, 1 to 200,000.
            order_by: for example `["version_number DESC"]`.
            page_token: `token` of the page before.
        """
        call = version_api.SearchModelVersions(
            filter=filter_string or None,
            max_results=max_results,
            order_by=list(order_by or []),
            page_token=page_token or None,
        )
        page = self._call_registry(call)
        return PagedList(page.model_versions, page.next_page_token or None)

    def set_model_version_tag(
        self,
        name: str,
        version: str | None = None,
        key: str | None = None,
        value: Any = None,
        stage: str | None = None,
    ) -> None:
        """Set a tag of a version, or of the newest one of a stage; `value` is turned into text."""
        version = self._version_in(name, version, stage)
        call = version_api.SetModelVersionTag(
            name=self._model_name(name), version=version, key=text("key", key), value=str(value)
        )
        self._call_registry(call)

    def delete_model_version_tag(
        self, name: str, version: str | None = None, key: str | None = None, stage: str | None = None
    ) -> None:
        """Remove a tag of a version, or of the newest one of a stage; there or not."""
        version = self._version_in(name, version, stage)
        call = version_api.DeleteModelVersionTag(name=self._model_name(name), version=version, key=text("key", key))
        self._call_registry(call)

    def _version_in(self, name: str, version: str | None, stage: str | None) -> str:
        """Return the version that is meant by its number or by its stage."""
        if version is not None and stage is not None:
            raise InvalidParameter("Say which version by its number or by its stage, not by both.")
        if version is not None:
            return version
        if stage is None:
            raise InvalidParameter("Say which version: give its number, or a stage for the newest one there.")
        found = self.get_latest_versions(name, [stage])
        if not found:
            raise MlflowException(f"No version of {name!r} is in the stage {stage}.", "RESOURCE_DOES_NOT_EXIST")
        return found[0].version

    def set_registered_model_alias(self, name: str, alias: str, version: str) -> None:
        """Point an alias to a version, wherever it pointed before.

        Args:
            name: of the model.
            alias: letters, digits, underscores and dashes; not `latest` and not `v1`.
            version: which one.
        """
        self._call_registry(
            alias_api.SetAlias(name=self._model_name(name), alias=text("alias", alias), version=version),
        )

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Remove an alias, there or not."""
        self._call_registry(alias_api.DeleteAlias(name=self._model_name(name), alias=text("alias", alias)))

    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """Return the version that an alias points to; `latest` is the highest one.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST no such model; INVALID_PARAMETER_VALUE no such alias.
        """
        call = alias_api.GetVersionByAlias(name=text("name", name), alias=text("alias", alias))
        return self._call_registry(call).model_version


def _is_a_prompt(name: str) -> NotFound:
    return NotFound(f"Registered Model with name={name} not found: that is a prompt. It has methods of its own.")
