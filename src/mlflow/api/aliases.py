"""Calls on aliases: names that point to one version of a model or prompt and may be moved."""

from __future__ import annotations

from mlflow.api.base import EDIT, READ, Call, rest
from mlflow.api.model_versions import ModelVersionReply
from mlflow.api.names import check_alias, check_free_alias, check_name, version_text


@rest("POST", "registered-models/alias", needs=EDIT("name"), once=True)
class SetAlias(Call[None]):
    """Point an alias to a version, wherever it pointed before.

    Errors: RESOURCE_DOES_NOT_EXIST no such version; INVALID_PARAMETER_VALUE no alias can be called so.
    """

    name: str
    alias: str
    version: str | int

    def check(self) -> None:
        check_name(self.name)
        check_free_alias(self.alias)
        self.version = version_text(self.version)


@rest("GET", "registered-models/alias", needs=READ("name"))
class GetVersionByAlias(Call[ModelVersionReply]):
    """Get the version that an alias points to; `latest`, in any letter case, is the highest version.

    Errors: RESOURCE_DOES_NOT_EXIST no such model; INVALID_PARAMETER_VALUE no such alias.
    """

    name: str
    alias: str

    def check(self) -> None:
        check_name(self.name)
        check_alias(self.alias)


@rest("DELETE", "registered-models/alias", needs=EDIT("name"), once=True)
class DeleteAlias(Call[None]):
    """Remove an alias; one that is not there counts as removed.

    Errors: RESOURCE_DOES_NOT_EXIST no such model.
    """

    name: str
    alias: str

    def check(self) -> None:
        check_name(self.name)
        check_alias(self.alias)
