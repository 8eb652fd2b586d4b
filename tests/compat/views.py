"""What a transcript keeps of an entity: everything callers see, except what names this machine or this moment."""

from __future__ import annotations

from typing import Any

from tests.compat.recorder import Experiment, when

# Set from the surroundings of the process, not by the script.
_SURROUNDINGS = {"mlflow.user": "<user>", "mlflow.source.name": "<source>"}


def tags_of(tags: dict[str, str]) -> dict[str, str]:
    """Tags without those of git; user and program by name only."""
    return {
        key: _SURROUNDINGS.get(key, value) for key, value in tags.items() if not key.startswith("mlflow.source.git")
    }


def view_experiment(experiment: Any) -> Any:
    """Everything about an experiment."""
    if experiment is None:
        return None
    return {
        "id": Experiment(experiment.experiment_id),
        "name": experiment.name,
        "artifact_location": experiment.artifact_location,
        "lifecycle_stage": experiment.lifecycle_stage,
        "creation_time": when(experiment.creation_time),
        "last_update_time": when(experiment.last_update_time),
        "tags": dict(experiment.tags),
    }


def view_run(run: Any) -> Any:
    """Everything about a run; inputs only when there are any."""
    if run is None:
        return None
    info, data = run.info, run.data
    view = {
        "run_id": info.run_id,
        "run_name": info.run_name,
        "experiment_id": Experiment(info.experiment_id),
        "user_id": _SURROUNDINGS["mlflow.user"] if info.user_id else info.user_id,
        "status": info.status,
        "start_time": when(info.start_time),
        "end_time": when(info.end_time),
        "lifecycle_stage": info.lifecycle_stage,
        "artifact_uri": info.artifact_uri,
        "metrics": dict(data.metrics),
        "params": dict(data.params),
        "tags": tags_of(data.tags),
    }
    inputs = view_inputs(run)
    return {**view, "inputs": inputs} if inputs else view


def view_inputs(run: Any) -> list[dict[str, Any]]:
    """The datasets of a run, in the order of their names."""
    datasets = run.inputs.dataset_inputs if run.inputs else []
    return sorted(
        (
            {
                "name": item.dataset.name,
                "digest": item.dataset.digest,
                "source_type": item.dataset.source_type,
                "source": item.dataset.source,
                "schema": item.dataset.schema,
                "profile": item.dataset.profile,
                "tags": {tag.key: tag.value for tag in item.tags},
            }
            for item in datasets
        ),
        key=lambda item: (item["name"], item["digest"]),
    )


def view_points(metrics: Any) -> list[list[Any]]:
    """A metric's history: value, step, time."""
    return [[point.value, point.step, when(point.timestamp)] for point in metrics]


def view_files(infos: Any) -> list[list[Any]]:
    """An artifact listing: path, folder or not, size in bytes."""
    return [[info.path, info.is_dir, info.file_size] for info in infos]


def view_model(model: Any) -> Any:
    """Everything about a registered model."""
    return {
        "name": model.name,
        "description": model.description,
        "tags": dict(sorted(model.tags.items())),
        "aliases": dict(sorted(model.aliases.items())),
        "creation_timestamp": when(model.creation_timestamp),
        "last_updated_timestamp": when(model.last_updated_timestamp),
        "latest_versions": [one.version for one in model.latest_versions],
    }


def view_version(version: Any) -> Any:
    """Everything about a version of a model."""
    return {
        "name": version.name,
        "version": version.version,
        "source": version.source,
        "run_id": version.run_id,
        "run_link": version.run_link,
        "description": version.description,
        "stage": version.current_stage,
        "status": version.status,
        "tags": dict(sorted(version.tags.items())),
        "aliases": sorted(version.aliases),
        "creation_timestamp": when(version.creation_timestamp),
        "last_updated_timestamp": when(version.last_updated_timestamp),
    }
