"""Where webhooks behave otherwise than MLflow's on purpose: the whole list, with reasons."""

from __future__ import annotations

from typing import Any

from tests.compat.environments import NEWEST
from tests.compat.known import Known, Rule

CHAPTER = ("webhooks",)
VERSIONS = ("3.7.0", NEWEST)
NEAR = {
    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https",
    "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
    "MLFLOW_WEBHOOK_CACHE_TTL": "0",  # MLflow tells a new webhook nothing for up to a minute otherwise
}
"""Under these settings of the server the chapter is recorded and played."""

_REFUSED = {"error_code": "INVALID_PARAMETER_VALUE"}


def _seen_before_sending(where: str, theirs: Any, ours: Any) -> bool:
    told, seen = ({"error": {"class": name, **_REFUSED}} for name in ("RestException", "MlflowException"))
    return bool(theirs == told and ours == seen)


CLIENTS: tuple[Known, ...] = ()
SDK: tuple[Known, ...] = (
    Rule("a mistake that is seen before anything is sent is not one that a server told", _seen_before_sending),
)
