"""Loading a prompt: from its address to a version with everything it includes."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mlflow.client.prompts.cache import PromptCache, cache_of
from mlflow.client.prompts.remembered import Kept
from mlflow.exceptions import InvalidParameter, InvalidPrompt, MlflowException, NotFound
from mlflow.logging_utils import get_logger
from mlflow.templates.includes import Loaded
from mlflow.templates.uris import SCHEME, PromptAddress, parse_address

if TYPE_CHECKING:
    from mlflow.entities.prompt_version import PromptVersion

_MISSING = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
_log = get_logger(__name__)


def load(
    registry_uri: str,
    name_or_uri: str,
    version: str | int | None = None,
    allow_missing: bool = False,
    ttl: float | None = None,
    fallback: str | list[dict[str, Any]] | PromptVersion | None = None,
) -> PromptVersion | None:
    """Return a version of a prompt; see `MlflowClient.load_prompt`."""
    address = address_of(name_or_uri, version)
    cache = cache_of(registry_uri)
    hurry = fallback is not None
    kept: Kept | None = None
    try:
        kept = _kept(cache, address, ttl, hurry)
        return whole(cache, kept, ttl, hurry)
    except MlflowException as error:
        if fallback is not None:
            _log.warning("The prompt %s could not be loaded, its fallback is used: %s", address, error.message)
            return _fallback(address, fallback)
        if kept is None and allow_missing and error.error_code in _MISSING and not isinstance(error, InvalidPrompt):
            return None
        raise


def version_at(registry_uri: str, name_or_uri: str) -> PromptVersion:
    """Return the version that an address leads to, as it was registered.

    Raises:
        MlflowException: as `MlflowClient.load_prompt`.
    """
    return _kept(cache_of(registry_uri), address_of(name_or_uri)).prompt


@lru_cache(maxsize=1024)
def address_of(name_or_uri: str, version: str | int | None = None) -> PromptAddress:
    """Return which version is meant.

    Raises:
        InvalidParameter: it is no address, or names a version twice.
    """
    address = parse_address(name_or_uri)
    if version is None:
        return address
    if address.version is not None or address.alias is not None or name_or_uri.startswith(SCHEME):
        raise InvalidParameter(f"Leave out `version`: '{name_or_uri}' says already which version is meant.")
    if not str(version).isdecimal():
        raise InvalidParameter(
            f"The version of a prompt is a whole number, not {version!r}. Aliases go into a URI: "
            f"prompts:/{address.name}@{version}"
        )
    return PromptAddress(address.name, int(version))


def whole(cache: PromptCache, kept: Kept, ttl: float | None = None, hurry: bool = False) -> PromptVersion:
    """Return a version with what its includes stand for now; the same object as long as they stand for the same."""
    if kept.whole is not None:
        prompt, used = kept.whole
        if not used or _lead_there(cache, used, ttl, hurry):
            return prompt
    led_to: dict[PromptAddress, int] = {}

    def loaded(address: PromptAddress) -> Loaded:
        try:
            found = _kept(cache, address, ttl, hurry).prompt
        except MlflowException as error:
            what = f"{kept.prompt.uri} includes '{address}', which cannot be loaded: {error.message}"
            raise MlflowException(what, error.error_code) from error
        led_to[address] = found.version
        return Loaded(found.name, found.version, found.template)

    prompt = kept.prompt.resolved(loaded)
    kept.whole = (prompt, list(led_to.items()))
    return prompt


def _lead_there(cache: PromptCache, used: list[tuple[PromptAddress, int]], ttl: float | None, hurry: bool) -> bool:
    with suppress(MlflowException):  # who resolves them anew says what is wrong
        return all(cache.load(address, ttl, hurry).prompt.version == version for address, version in used)
    return False


def _kept(cache: PromptCache, address: PromptAddress, ttl: float | None = None, hurry: bool = False) -> Kept:
    """Return what an address leads to. Errors are told in the words of prompts: the registry speaks of models."""
    try:
        return cache.load(address, ttl, hurry)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            if address.version is not None:
                raise NotFound(f"Prompt (name={address.name}, version={address.version}) not found") from error
            raise NotFound(f"Prompt with name={address.name} not found, or it has no version yet") from error
        if error.error_code == "INVALID_PARAMETER_VALUE" and address.alias and not isinstance(error, InvalidPrompt):
            raise InvalidParameter(
                f"Prompt alias {address.alias} not found: '{address.name}' has no such alias."
            ) from error
        raise


def _fallback(address: PromptAddress, given: str | list[dict[str, Any]] | PromptVersion) -> PromptVersion:
    from mlflow.entities.prompt_version import PromptVersion

    if isinstance(given, PromptVersion):
        return given
    return PromptVersion(address.name, address.version or 0, given)
