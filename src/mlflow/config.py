"""Settings that can be made in code, gathered in one place."""

from mlflow.environment_variables import MLFLOW_ENABLE_ASYNC_LOGGING
from mlflow.store.registry import (
    get_registry_uri,
    get_tracking_uri,
    is_tracking_uri_set,
    set_registry_uri,
    set_tracking_uri,
)
from mlflow.system_metrics import (
    disable_system_metrics_logging,
    enable_system_metrics_logging,
    set_system_metrics_node_id,
    set_system_metrics_samples_before_logging,
    set_system_metrics_sampling_interval,
)

__all__ = [
    "disable_system_metrics_logging",
    "enable_async_logging",
    "enable_system_metrics_logging",
    "get_registry_uri",
    "get_tracking_uri",
    "is_tracking_uri_set",
    "set_registry_uri",
    "set_system_metrics_node_id",
    "set_system_metrics_samples_before_logging",
    "set_system_metrics_sampling_interval",
    "set_tracking_uri",
]


def enable_async_logging(enable: bool = True) -> None:
    """Hand metrics, params and tags to a background thread, for this process and the children it starts.

    Args:
        enable: False goes back to waiting until each value is stored.
    """
    MLFLOW_ENABLE_ASYNC_LOGGING.set(enable)
