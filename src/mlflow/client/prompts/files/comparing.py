"""Finding out what the registry has of the prompts that are files, and of those that are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from mlflow.client.prompts.files.folder import PromptFile, Trouble, name_of
from mlflow.client.prompts.files.plan import Pair, say_the_same
from mlflow.exceptions import MlflowException

if TYPE_CHECKING:
    from mlflow.client import MlflowClient
    from mlflow.entities.prompt_version import PromptVersion

_MISSING = "RESOURCE_DOES_NOT_EXIST"


def pairs_to_pull(
    client: MlflowClient,
    files: Iterable[PromptFile],
    troubles: Iterable[Trouble] = (),
    filter_string: str | None = None,
) -> Iterator[Pair]:
    """Yield the prompts that a filter finds, by name; without one, those that are only files too.

    Those whose file could not be read are left out.
    """
    by_name = {file.prompt.name: file for file in files}
    names = set(names_in_registry(client, filter_string))
    wanted = names if filter_string else names | by_name.keys()
    for name in sorted(wanted - {name_of(trouble.path) for trouble in troubles}):
        pair = _pair(client, name, by_name.get(name))
        if pair.file is not None or pair.latest is not None:
            yield pair


def pairs_to_push(
    client: MlflowClient, files: Iterable[PromptFile], troubles: Iterable[Trouble] = ()
) -> Iterator[Pair]:
    """Yield every prompt that is a file, then those that are not; of these it is not looked up what they say."""
    here = {file.prompt.name: file for file in files}
    for name, file in here.items():
        yield _pair(client, name, file)
    unknown = {name_of(trouble.path) for trouble in troubles}
    for name in names_in_registry(client):
        if name not in here and name not in unknown:
            yield Pair(name, None, None, None)


def names_in_registry(client: MlflowClient, filter_string: str | None = None) -> Iterator[str]:
    """Yield the names of all prompts that a filter finds."""
    token: str | None = None
    while True:
        page = client.search_prompts(filter_string, page_token=token)
        yield from (prompt.name for prompt in page)
        token = page.token
        if not token:
            return


def _pair(client: MlflowClient, name: str, file: PromptFile | None) -> Pair:
    latest = _or_none(lambda: client.get_prompt_version_by_alias(name, "latest"))
    if file is None or latest is None or not file.prompt.version or file.prompt.version == latest.version:
        return Pair(name, file, latest, latest)
    if say_the_same(file.prompt, latest):
        return Pair(name, file, None, latest)
    return Pair(name, file, _or_none(lambda: client.get_prompt_version(name, file.prompt.version)), latest)


def _or_none(get: Callable[[], PromptVersion]) -> PromptVersion | None:
    try:
        return get()
    except MlflowException as error:
        if error.error_code == _MISSING:
            return None
        raise
