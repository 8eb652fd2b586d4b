"""Secrets as they are stored: encrypted when the operator has set a key, else as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow.environment_variables import MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY
from mlflow.exceptions import InvalidParameter

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_PLAIN = "plain:"
_SEALED = "fernet:"


class Unreadable(Exception):
    """A secret was encrypted with a key that is not set now."""


def seal(secret: str) -> str:
    """Return a secret as it is stored."""
    fernet = _fernet()
    return _PLAIN + secret if fernet is None else _SEALED + fernet.encrypt(secret.encode()).decode()


def unseal(stored: str) -> str:
    """Return a stored secret.

    Raises:
        Unreadable: with what to do about it.
    """
    if stored.startswith(_PLAIN):
        return stored.removeprefix(_PLAIN)
    from cryptography.fernet import InvalidToken

    fernet = _fernet()
    try:
        if fernet is not None:
            return fernet.decrypt(stored.removeprefix(_SEALED).encode()).decode()
    except InvalidToken:
        pass
    raise Unreadable(
        f"The secret was encrypted with another key. Set {MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY} to that one, or give "
        "the webhook its secret again."
    )


def check_key() -> None:
    """Refuse a key that is none, before anything is encrypted with it.

    Raises:
        InvalidParameter: with how to make one; the key itself is not shown.
    """
    _fernet()


def _fernet() -> Fernet | None:
    key = MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY.get()
    if not key:
        return None
    from cryptography.fernet import Fernet

    try:
        return Fernet(key)
    except ValueError as error:
        raise InvalidParameter(
            f"The environment variable {MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY} is no key: it must be 32 bytes in "
            'URL-safe Base64. Make one with `python -c "from cryptography.fernet import Fernet; '
            'print(Fernet.generate_key().decode())"`.'
        ) from error
