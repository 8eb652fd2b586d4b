"""The settings under which tests have webhooks told to receivers on this machine."""

from __future__ import annotations

NEAR = {
    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https",
    "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
    "MLFLOW_WEBHOOK_REQUEST_TIMEOUT": "3",
}
