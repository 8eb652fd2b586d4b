"""Doing what was planned about a prompt and its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow.client.prompts.files import document
from mlflow.client.prompts.files.folder import Folder, PromptFile, name_of, path_of
from mlflow.client.prompts.files.plan import Pair, Step
from mlflow.exceptions import Conflict

if TYPE_CHECKING:
    from mlflow.client import MlflowClient
    from mlflow.entities.prompt_version import PromptVersion


_LOOKED_AT = 100


def do(step: Step, client: MlflowClient, folder: Folder, commit_message: str | None = None) -> int:
    """Do one step of a plan, and return the version that the file is now.

    Args:
        step: what is to be done.
        client: of the registry.
        folder: with the files.
        commit_message: of a version that is registered; the one in the file, where that was changed, when left out.

    Raises:
        Conflict: somebody else changed the file or registered a version since the plan was made. A version that was
            registered here all the same stays, with its number in the file.
        MlflowException: the registry or the folder refuses it.
        OSError: the file cannot be written.
    """
    name, file, _, latest = step.pair
    version = latest.version if latest else 0
    if step.deed == "delete":
        client.delete_prompt(name)
    elif step.deed == "write" and latest is not None:
        _write(folder, file, latest)
    elif step.deed == "renumber" and file is not None and latest is not None:
        folder.write(file.path, document.with_version(file.text, version, latest.commit_message), file.text)
    elif step.deed == "register" and file is not None:
        version = _register(step.pair, file, client, folder, commit_message)
    for alias in step.aliases:
        client.set_prompt_alias(name, alias, version)
    return version


def message_for(pair: Pair, given: str | None) -> str | None:
    """Return the commit message of the version that a file becomes: not that of the version it came from."""
    if given is not None or pair.file is None:
        return given
    written = pair.file.prompt.commit_message
    return None if pair.base is not None and written == pair.base.commit_message else written


def _write(folder: Folder, file: PromptFile | None, latest: PromptVersion) -> None:
    if file is None:
        folder.write(path_of(latest.name), document.write(latest), None)
    else:
        text = document.write(latest, own_name=name_of(file.path) != latest.name)
        folder.write(file.path, text, file.text)


def _register(pair: Pair, file: PromptFile, client: MlflowClient, folder: Folder, commit_message: str | None) -> int:
    mine = file.prompt
    message = message_for(pair, commit_message)
    made = client.register_prompt(
        pair.name,
        mine.raw_template,
        message,
        mine.tags,
        mine.response_format,
        mine.model_config,
        mine.declared_variables or None,
    )
    folder.write(file.path, document.with_version(file.text, made.version, message), file.text)
    between = _registered_between(client, pair, made.version)
    if between:
        raise Conflict(
            f"Version {made.version} of '{pair.name}' is registered, and somebody else registered version {between} "
            f"just before. Run `mlflow prompts diff {pair.name} {between} {made.version}` to see what differs."
        )
    return made.version


def _registered_between(client: MlflowClient, pair: Pair, made: int) -> int | None:
    """Return a version that is older than the one made here and that the plan did not know of."""
    before = pair.latest.version if pair.latest else 0
    if made == before + 1:
        return None
    page = client.search_prompt_versions(pair.name, max_results=_LOOKED_AT)
    return next((other.version for other in page if before < other.version < made), None)
