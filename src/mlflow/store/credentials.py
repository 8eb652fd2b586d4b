"""Who we are for a server: the Authorization header from URL, environment or `~/.mlflow/credentials`."""

from __future__ import annotations

import base64
import configparser
from pathlib import Path
from urllib.parse import unquote

from mlflow import environment_variables as env
from mlflow.exceptions import InvalidParameter


def authorization(url_user: str | None, url_password: str | None) -> str | None:
    """Return the value of the Authorization header, or None when no credentials are known.

    The first of these that is there wins: user and password in the URL, MLFLOW_TRACKING_USERNAME and
    MLFLOW_TRACKING_PASSWORD, MLFLOW_TRACKING_TOKEN, the file `~/.mlflow/credentials`.
    """
    if url_user is not None:
        return _basic(unquote(url_user), unquote(url_password or ""))
    user, password = env.MLFLOW_TRACKING_USERNAME.get(), env.MLFLOW_TRACKING_PASSWORD.get()
    if user and password:
        return _basic(user, password)
    if token := env.MLFLOW_TRACKING_TOKEN.get():
        return f"Bearer {token}"
    stored_user, stored_password = _stored()
    user, password = user or stored_user, password or stored_password
    return _basic(user, password) if user and password else None


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


_read: tuple[tuple[str, float], tuple[str | None, str | None]] | None = None


def _stored() -> tuple[str | None, str | None]:
    """Return user and password from the credentials file; read again only when the file has changed."""
    global _read
    try:
        path = Path.home() / ".mlflow" / "credentials"
        stamp = (str(path), path.stat().st_mtime)
    except (OSError, RuntimeError):  # no such file, or no home
        return None, None
    if _read is None or _read[0] != stamp:
        config = configparser.ConfigParser(interpolation=None)
        try:
            config.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError) as error:
            raise InvalidParameter(
                f"The credentials file {path} cannot be read: {error}. It needs a section [mlflow] with "
                "mlflow_tracking_username and mlflow_tracking_password."
            ) from error
        section = config["mlflow"] if config.has_section("mlflow") else {}
        _read = stamp, (section.get("mlflow_tracking_username"), section.get("mlflow_tracking_password"))
    return _read[1]
