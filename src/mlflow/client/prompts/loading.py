"""Loading a prompt: from its address to a version with everything it includes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mlflow.client.prompts.cache import Kept, PromptCache, cache_of
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
    try:
        return whole(cache, cache.load(address, ttl), ttl)
    except MlflowException as error:
        if fallback is not None:
            _log.warning("The prompt %s could not be loaded, its fallback is used: %s", address, error.message)
            return _fallback(address, fallback)
        if error.error_code in _MISSING and allow_missing:
            return None
        raise _said_of_prompts(error, address) from error


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


def whole(cache: PromptCache, kept: Kept, ttl: float | None = None) -> PromptVersion:
    """Return a version with what its includes stand for now; the same object as long as they stand for the same."""
    if kept.whole is not None:
        prompt, used = kept.whole
        if not used or all(cache.load(address, ttl).prompt.version == version for address, version in used):
            return prompt
    led_to: dict[PromptAddress, int] = {}

    def loaded(address: PromptAddress) -> Loaded:
        found = cache.load(address, ttl).prompt
        led_to[address] = found.version
        return Loaded(found.name, found.version, found.template)

    prompt = kept.prompt.resolved(loaded)
    kept.whole = (prompt, list(led_to.items()))
    return prompt


def _said_of_prompts(error: MlflowException, address: PromptAddress) -> MlflowException:
    """Return the error in the words of prompts: the registry speaks of models and their versions."""
    if error.error_code == "RESOURCE_DOES_NOT_EXIST":
        if address.version is not None:
            return NotFound(f"Prompt (name={address.name}, version={address.version}) not found")
        return NotFound(f"Prompt with name={address.name} not found, or it has no version yet")
    if error.error_code == "INVALID_PARAMETER_VALUE" and address.alias and not isinstance(error, InvalidPrompt):
        return InvalidParameter(f"Prompt alias {address.alias} not found: '{address.name}' has no such alias.")
    return error


def _fallback(address: PromptAddress, given: str | list[dict[str, Any]] | PromptVersion) -> PromptVersion:
    from mlflow.entities.prompt_version import PromptVersion

    if isinstance(given, PromptVersion):
        return given
    return PromptVersion(address.name, address.version or 0, given)
