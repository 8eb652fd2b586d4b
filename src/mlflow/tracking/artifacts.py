"""Artifacts of the active run."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from mlflow.artifacts.paths import clean_path
from mlflow.artifacts.registry import below
from mlflow.tracking.active import active_or_new_run, chosen_run
from mlflow.tracking.clients import client
from mlflow.tracking.experiments import active_experiment_id

if TYPE_CHECKING:
    import pandas


def log_artifact(local_path: str, artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Copy a local file, or a folder under its own name, to a run; see `MlflowClient.log_artifact`."""
    chosen, run_id = chosen_run(run_id)
    chosen.log_artifact(run_id, local_path, artifact_path)


def log_artifacts(local_dir: str, artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Copy what is in a local folder to a run; see `MlflowClient.log_artifacts`."""
    chosen, run_id = chosen_run(run_id)
    chosen.log_artifacts(run_id, local_dir, artifact_path)


def log_text(text: str, artifact_file: str, run_id: str | None = None) -> None:
    """Write a text, as UTF-8, to an artifact."""
    chosen, run_id = chosen_run(run_id)
    chosen.log_text(run_id, text, artifact_file)


def log_dict(dictionary: dict[str, Any], artifact_file: str, run_id: str | None = None) -> None:
    """Write a dict or list to an artifact: YAML if the name ends in `.yml` or `.yaml`, else JSON."""
    chosen, run_id = chosen_run(run_id)
    chosen.log_dict(run_id, dictionary, artifact_file)


def log_figure(figure: Any, artifact_file: str, *, save_kwargs: dict[str, Any] | None = None) -> None:
    """Draw a matplotlib or plotly figure to an artifact; its file extension chooses the format."""
    chosen, run_id = active_or_new_run()
    chosen.log_figure(run_id, figure, artifact_file, save_kwargs=save_kwargs)


def log_image(
    image: Any,
    artifact_file: str | None = None,
    key: str | None = None,
    step: int | None = None,
    timestamp: int | None = None,
    synchronous: bool | None = False,
) -> None:
    """Log an image: as one file, or as a point in a series; see `MlflowClient.log_image`."""
    chosen, run_id = active_or_new_run()
    chosen.log_image(run_id, image, artifact_file, key, step, timestamp, synchronous)


def log_stream(stream: io.BufferedIOBase | io.RawIOBase, artifact_file: str, run_id: str | None = None) -> None:
    """Copy an open binary stream to an artifact, in constant memory."""
    chosen, run_id = chosen_run(run_id)
    chosen.log_stream(run_id, stream, artifact_file)


def log_table(data: dict[str, Any] | pandas.DataFrame, artifact_file: str, run_id: str | None = None) -> None:
    """Write rows to a table of a run, after those that are there; see `MlflowClient.log_table`."""
    chosen, run_id = chosen_run(run_id)
    chosen.log_table(run_id, data, artifact_file)


def load_table(
    artifact_file: str, run_ids: list[str] | None = None, extra_columns: list[str] | None = None
) -> pandas.DataFrame:
    """Read the tables of one name from the runs of the active experiment; see `MlflowClient.load_table`."""
    return client().load_table(active_experiment_id(), artifact_file, run_ids, extra_columns)


def get_artifact_uri(artifact_path: str | None = None) -> str:
    """Return where an artifact of the active run is, or its artifact root; starts a run when none is active."""
    chosen, run_id = active_or_new_run()
    return below(chosen.get_run(run_id).info.artifact_uri or "", clean_path(artifact_path))
