"""Headrace: a fast, durable, drop-in implementation of the MLflow system.

This module is only the door: each name is loaded when it is first used, so that `import mlflow` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module

from mlflow.version import MLFLOW_VERSION, VERSION

TYPE_CHECKING = False  # type checkers take it for true; importing it from `typing` alone would cost milliseconds
if TYPE_CHECKING:
    from typing import Any

    from mlflow import artifacts as artifacts
    from mlflow import client as client
    from mlflow import config as config
    from mlflow import data as data
    from mlflow import entities as entities
    from mlflow import environment_variables as environment_variables
    from mlflow import exceptions as exceptions
    from mlflow import genai as genai
    from mlflow import store as store
    from mlflow import system_metrics as system_metrics
    from mlflow import tracking as tracking
    from mlflow import utils as utils
    from mlflow import webhooks as webhooks
    from mlflow.client import MlflowClient
    from mlflow.client.pictures import Image
    from mlflow.exceptions import MlflowException
    from mlflow.genai.old_names import (
        delete_prompt_alias,
        load_prompt,
        register_prompt,
        search_prompts,
        set_prompt_alias,
    )
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
    from mlflow.tracking.active import (
        ActiveRun,
        active_run,
        delete_run,
        end_run,
        get_parent_run,
        get_run,
        last_active_run,
        restore_run,
        start_run,
    )
    from mlflow.tracking.artifacts import (
        get_artifact_uri,
        load_table,
        log_artifact,
        log_artifacts,
        log_dict,
        log_figure,
        log_image,
        log_stream,
        log_table,
        log_text,
    )
    from mlflow.tracking.experiments import (
        create_experiment,
        delete_experiment,
        delete_experiment_tag,
        get_experiment,
        get_experiment_by_name,
        restore_experiment,
        search_experiments,
        set_experiment,
        set_experiment_tag,
        set_experiment_tags,
    )
    from mlflow.tracking.logging import (
        delete_tag,
        flush_artifact_async_logging,
        flush_async_logging,
        log_input,
        log_inputs,
        log_metric,
        log_metrics,
        log_outputs,
        log_param,
        log_params,
        set_tag,
        set_tags,
    )
    from mlflow.tracking.search import search_runs

__version__ = MLFLOW_VERSION
"""The MLflow release whose interface this is: other libraries compare it with the ones they know."""

headrace_version = VERSION
"""The version of Headrace itself."""

_MODULES = (
    "artifacts",
    "client",
    "config",
    "data",
    "entities",
    "environment_variables",
    "exceptions",
    "genai",
    "store",
    "system_metrics",
    "tracking",
    "utils",
    "version",
    "webhooks",
)

# Which module each name comes from.
_NAMES = {
    "mlflow.client": ("MlflowClient",),
    "mlflow.client.pictures": ("Image",),
    "mlflow.exceptions": ("MlflowException",),
    "mlflow.genai.old_names": (
        "delete_prompt_alias",
        "load_prompt",
        "register_prompt",
        "search_prompts",
        "set_prompt_alias",
    ),
    "mlflow.store.registry": (
        "get_registry_uri",
        "get_tracking_uri",
        "is_tracking_uri_set",
        "set_registry_uri",
        "set_tracking_uri",
    ),
    "mlflow.system_metrics": (
        "disable_system_metrics_logging",
        "enable_system_metrics_logging",
        "set_system_metrics_node_id",
        "set_system_metrics_samples_before_logging",
        "set_system_metrics_sampling_interval",
    ),
    "mlflow.tracking.active": (
        "ActiveRun",
        "active_run",
        "delete_run",
        "end_run",
        "get_parent_run",
        "get_run",
        "last_active_run",
        "restore_run",
        "start_run",
    ),
    "mlflow.tracking.artifacts": (
        "get_artifact_uri",
        "load_table",
        "log_artifact",
        "log_artifacts",
        "log_dict",
        "log_figure",
        "log_image",
        "log_stream",
        "log_table",
        "log_text",
    ),
    "mlflow.tracking.experiments": (
        "create_experiment",
        "delete_experiment",
        "delete_experiment_tag",
        "get_experiment",
        "get_experiment_by_name",
        "restore_experiment",
        "search_experiments",
        "set_experiment",
        "set_experiment_tag",
        "set_experiment_tags",
    ),
    "mlflow.tracking.logging": (
        "delete_tag",
        "flush_artifact_async_logging",
        "flush_async_logging",
        "log_input",
        "log_inputs",
        "log_metric",
        "log_metrics",
        "log_outputs",
        "log_param",
        "log_params",
        "set_tag",
        "set_tags",
    ),
    "mlflow.tracking.search": ("search_runs",),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names}

__all__ = [
    "ActiveRun",
    "Image",
    "MlflowClient",
    "MlflowException",
    "active_run",
    "create_experiment",
    "delete_experiment",
    "delete_experiment_tag",
    "delete_prompt_alias",
    "delete_run",
    "delete_tag",
    "disable_system_metrics_logging",
    "enable_system_metrics_logging",
    "end_run",
    "flush_artifact_async_logging",
    "flush_async_logging",
    "get_artifact_uri",
    "get_experiment",
    "get_experiment_by_name",
    "get_parent_run",
    "get_registry_uri",
    "get_run",
    "get_tracking_uri",
    "is_tracking_uri_set",
    "last_active_run",
    "load_prompt",
    "load_table",
    "log_artifact",
    "log_artifacts",
    "log_dict",
    "log_figure",
    "log_image",
    "log_input",
    "log_inputs",
    "log_metric",
    "log_metrics",
    "log_outputs",
    "log_param",
    "log_params",
    "log_stream",
    "log_table",
    "log_text",
    "register_prompt",
    "restore_experiment",
    "restore_run",
    "search_experiments",
    "search_prompts",
    "search_runs",
    "set_experiment",
    "set_experiment_tag",
    "set_experiment_tags",
    "set_prompt_alias",
    "set_registry_uri",
    "set_system_metrics_node_id",
    "set_system_metrics_samples_before_logging",
    "set_system_metrics_sampling_interval",
    "set_tag",
    "set_tags",
    "set_tracking_uri",
    "start_run",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    elif name in _MODULES:
        value = import_module(f"mlflow.{name}")
    else:
        raise AttributeError(f"module 'mlflow' has no attribute {name!r}")
    globals()[name] = value  # asked for once
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
