"""Every `MLFLOW_*` setting that is read, with its type and default, in one place.

A boolean is `true`/`1` or `false`/`0` in any letter case. A missing variable means the default.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Generic, TypeVar, cast

from mlflow.exceptions import InvalidParameter

T = TypeVar("T")


class Setting(Generic[T]):
    """One environment variable, read anew at each `get()`."""

    def __init__(self, name: str, read: Callable[[str], T], default: T) -> None:
        self.name = name
        self.default = default
        self._read = read

    def get(self) -> T:
        """Return the value, or the default when the variable is not set.

        Raises:
            InvalidParameter: the text is not of the setting's type.
        """
        text = os.environ.get(self.name)
        if text is None:
            return self.default
        try:
            return self._read(text)
        except ValueError as error:
            raise InvalidParameter(f"The environment variable {self.name} is {text!r}: {error}") from error

    def get_raw(self) -> str | None:
        """Return the text as it stands, or None."""
        return os.environ.get(self.name)

    def set(self, value: T) -> None:
        """Set the variable for this process and its children."""
        os.environ[self.name] = str(value)

    def unset(self) -> None:
        """Remove the variable."""
        os.environ.pop(self.name, None)

    def is_set(self) -> bool:
        """Tell whether the variable is set."""
        return self.name in os.environ

    is_defined = is_set

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"{self.name} (default: {self.default})"


def _boolean(text: str) -> bool:
    if text.lower() in ("true", "1"):
        return True
    if text.lower() in ("false", "0"):
        return False
    raise ValueError("write true, 1, false or 0")


def _text(name: str, default: str | None = None) -> Setting[str | None]:
    return Setting(name, str, default)


def _flag(name: str, default: bool) -> Setting[bool]:
    return Setting(name, _boolean, default)


def _int(name: str, default: int) -> Setting[int]:
    return Setting(name, int, default)


def _maybe_int(name: str) -> Setting[int | None]:
    return Setting(name, cast("Callable[[str], int | None]", int), None)


def _float(name: str, default: float) -> Setting[float]:
    return Setting(name, float, default)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip().lower() for word in text.split(",") if word.strip())


# Which server or database, as whom
MLFLOW_TRACKING_URI = _text("MLFLOW_TRACKING_URI")
MLFLOW_REGISTRY_URI = _text("MLFLOW_REGISTRY_URI")
MLFLOW_TRACKING_USERNAME = _text("MLFLOW_TRACKING_USERNAME")
MLFLOW_TRACKING_PASSWORD = _text("MLFLOW_TRACKING_PASSWORD")
MLFLOW_TRACKING_TOKEN = _text("MLFLOW_TRACKING_TOKEN")
MLFLOW_TRACKING_AUTH = _text("MLFLOW_TRACKING_AUTH")
MLFLOW_TRACKING_INSECURE_TLS = _flag("MLFLOW_TRACKING_INSECURE_TLS", False)
MLFLOW_TRACKING_SERVER_CERT_PATH = _text("MLFLOW_TRACKING_SERVER_CERT_PATH")
MLFLOW_TRACKING_CLIENT_CERT_PATH = _text("MLFLOW_TRACKING_CLIENT_CERT_PATH")

# Which experiment and run
MLFLOW_EXPERIMENT_ID = _text("MLFLOW_EXPERIMENT_ID")
MLFLOW_EXPERIMENT_NAME = _text("MLFLOW_EXPERIMENT_NAME")
MLFLOW_RUN_ID = _text("MLFLOW_RUN_ID")
MLFLOW_RUN_CONTEXT = _text("MLFLOW_RUN_CONTEXT")
MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH = _int("MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH", 2048)

# How requests are sent and tried again
MLFLOW_ALLOW_HTTP_REDIRECTS = _flag("MLFLOW_ALLOW_HTTP_REDIRECTS", True)
MLFLOW_HTTP_POOL_CONNECTIONS = _int("MLFLOW_HTTP_POOL_CONNECTIONS", 10)
MLFLOW_HTTP_POOL_MAXSIZE = _int("MLFLOW_HTTP_POOL_MAXSIZE", 10)
MLFLOW_HTTP_REQUEST_MAX_RETRIES = _int("MLFLOW_HTTP_REQUEST_MAX_RETRIES", 7)
MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR = _int("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", 2)
MLFLOW_HTTP_REQUEST_BACKOFF_JITTER = _float("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", 1.0)
MLFLOW_HTTP_REQUEST_TIMEOUT = _int("MLFLOW_HTTP_REQUEST_TIMEOUT", 120)
MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER = _flag("MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER", True)
MLFLOW_HTTP_TCP_KEEPALIVE = _flag("MLFLOW_HTTP_TCP_KEEPALIVE", True)
MLFLOW_HTTP_TCP_KEEPALIVE_COUNT = _int("MLFLOW_HTTP_TCP_KEEPALIVE_COUNT", 3)
MLFLOW_HTTP_TCP_KEEPALIVE_IDLE = _int("MLFLOW_HTTP_TCP_KEEPALIVE_IDLE", 30)
MLFLOW_HTTP_TCP_KEEPALIVE_INTERVAL = _int("MLFLOW_HTTP_TCP_KEEPALIVE_INTERVAL", 10)

# Artifacts
MLFLOW_ARTIFACT_UPLOAD_DOWNLOAD_TIMEOUT = _maybe_int("MLFLOW_ARTIFACT_UPLOAD_DOWNLOAD_TIMEOUT")
MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR = _flag("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", True)
MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD = _flag("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", False)
MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE = _int("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", 10 * 1024**2)
MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE = _int("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", 500 * 1024**2)

# What is remembered of prompts
MLFLOW_ALIAS_PROMPT_CACHE_TTL_SECONDS = _float("MLFLOW_ALIAS_PROMPT_CACHE_TTL_SECONDS", 60.0)
MLFLOW_VERSION_PROMPT_CACHE_TTL_SECONDS = _float("MLFLOW_VERSION_PROMPT_CACHE_TTL_SECONDS", float("inf"))
MLFLOW_PROMPT_CACHE_MAX_SIZE = _int("MLFLOW_PROMPT_CACHE_MAX_SIZE", 128)
# Where copies of loaded prompts are kept for when the server is down; "off": nowhere. Not a setting of MLflow's.
HEADRACE_PROMPT_COPIES = _text("HEADRACE_PROMPT_COPIES")
# Whether a process that loads prompts by alias listens to the registry's events, so that it hears of changes at once.
HEADRACE_PROMPT_EVENTS = _flag("HEADRACE_PROMPT_EVENTS", True)

# What is logged, and when
MLFLOW_TRUNCATE_LONG_VALUES = _flag("MLFLOW_TRUNCATE_LONG_VALUES", True)
MLFLOW_ENABLE_ASYNC_LOGGING = _flag("MLFLOW_ENABLE_ASYNC_LOGGING", False)
MLFLOW_ASYNC_LOGGING_THREADPOOL_SIZE = _int("MLFLOW_ASYNC_LOGGING_THREADPOOL_SIZE", 10)
MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS = _maybe_int("MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS")
MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING = _flag("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", False)
MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL = Setting[float | None]("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", float, None)
MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING = _maybe_int("MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING")
MLFLOW_SYSTEM_METRICS_NODE_ID = _text("MLFLOW_SYSTEM_METRICS_NODE_ID")
MLFLOW_CONFIGURE_LOGGING = _flag("MLFLOW_CONFIGURE_LOGGING", True)
MLFLOW_LOGGING_LEVEL = _text("MLFLOW_LOGGING_LEVEL")
MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT = _flag("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", False)

# The server (each is also an option of `mlflow server`)
MLFLOW_BACKEND_STORE_URI = _text("MLFLOW_BACKEND_STORE_URI")
MLFLOW_DEFAULT_ARTIFACT_ROOT = _text("MLFLOW_DEFAULT_ARTIFACT_ROOT")
MLFLOW_ARTIFACTS_DESTINATION = _text("MLFLOW_ARTIFACTS_DESTINATION")
MLFLOW_SERVE_ARTIFACTS = _flag("MLFLOW_SERVE_ARTIFACTS", True)
MLFLOW_SERVER_ALLOWED_HOSTS = _text("MLFLOW_SERVER_ALLOWED_HOSTS")
MLFLOW_SERVER_CORS_ALLOWED_ORIGINS = _text("MLFLOW_SERVER_CORS_ALLOWED_ORIGINS")
MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE = _flag("MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE", False)
MLFLOW_SERVER_X_FRAME_OPTIONS = _text("MLFLOW_SERVER_X_FRAME_OPTIONS", "SAMEORIGIN")
MLFLOW_STATIC_PREFIX = _text("MLFLOW_STATIC_PREFIX")

# Webhooks
MLFLOW_WEBHOOK_ALLOWED_SCHEMES = Setting[tuple[str, ...]]("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", _words, ("https",))
MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS = _flag("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", False)
MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS = _int("MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS", 10)
MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES = _int("MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES", 3)
MLFLOW_WEBHOOK_REQUEST_TIMEOUT = _int("MLFLOW_WEBHOOK_REQUEST_TIMEOUT", 30)
MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY = _text("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY")
