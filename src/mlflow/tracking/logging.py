"""Writing to the active run: metrics, params, tags, inputs and outputs."""

from __future__ import annotations

from typing import Any

from mlflow.client.background import flush_logs, flush_uploads
from mlflow.client.base import now_ms
from mlflow.entities import Dataset as DatasetEntity
from mlflow.entities import DatasetInput, InputTag, LoggedModelInput, LoggedModelOutput, Metric, Param, RunTag
from mlflow.exceptions import InvalidParameter
from mlflow.tracking.active import active_or_new_run, chosen_run
from mlflow.utils.async_logging.run_operations import RunOperations
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT


def log_metric(
    key: str,
    value: float,
    step: int | None = None,
    synchronous: bool | None = None,
    timestamp: int | None = None,
    run_id: str | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> RunOperations | None:
    """Add one point to the history of a metric; starts a run when none is active.

    Args:
        key: letters, digits, `_ - . : /` and spaces; at most 250 characters.
        value: a number, or an array or tensor of one element.
        step: any whole number; 0 when left out.
        synchronous: False hands it to a background thread; left out, MLFLOW_ENABLE_ASYNC_LOGGING decides.
        timestamp: milliseconds since the Unix epoch; now when left out.
        run_id: another run than the active one.
        model_id: the logged model it was measured for.
        dataset: the data set it was measured on.

    Returns:
        None, or with `synchronous=False` something to wait for.
    """
    client, run_id = chosen_run(run_id)
    return client.log_metric(
        run_id,
        key,
        value,
        timestamp,
        step,
        synchronous,
        dataset_name=dataset.name if dataset is not None else None,
        dataset_digest=dataset.digest if dataset is not None else None,
        model_id=model_id,
    )


def log_metrics(
    metrics: dict[str, float],
    step: int | None = None,
    synchronous: bool | None = None,
    run_id: str | None = None,
    timestamp: int | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> RunOperations | None:
    """Add one point to each of several metrics; see `log_metric`."""
    client, run_id = chosen_run(run_id)
    time = now_ms() if timestamp is None else timestamp
    points = [
        Metric(
            key=key,
            value=value,
            timestamp=time,
            step=0 if step is None else step,
            model_id=model_id,
            dataset_name=dataset.name if dataset is not None else None,
            dataset_digest=dataset.digest if dataset is not None else None,
        )
        for key, value in metrics.items()
    ]
    return client.log_batch(run_id, metrics=points, synchronous=synchronous)


def log_param(key: str, value: Any, synchronous: bool | None = None) -> Any:
    """Write a param of the active run: once, the same value again is fine; `value` is turned into text.

    Returns:
        The value, or with `synchronous=False` something to wait for.
    """
    client, run_id = active_or_new_run()
    return client.log_param(run_id, key, value, synchronous)


def log_params(
    params: dict[str, Any], synchronous: bool | None = None, run_id: str | None = None
) -> RunOperations | None:
    """Write several params; see `log_param`."""
    client, run_id = chosen_run(run_id)
    entries = [Param(key, str(value)) for key, value in params.items()]
    return client.log_batch(run_id, params=entries, synchronous=synchronous)


def set_tag(key: str, value: Any, synchronous: bool | None = None) -> RunOperations | None:
    """Set a tag of the active run, replacing an older value; `value` is turned into text."""
    client, run_id = active_or_new_run()
    return client.set_tag(run_id, key, value, synchronous)


def set_tags(tags: dict[str, Any], synchronous: bool | None = None) -> RunOperations | None:
    """Set several tags of the active run."""
    client, run_id = active_or_new_run()
    entries = [RunTag(key, str(value)) for key, value in tags.items()]
    return client.log_batch(run_id, tags=entries, synchronous=synchronous)


def delete_tag(key: str) -> None:
    """Remove a tag of the active run.

    Raises:
        MlflowException: RESOURCE_DOES_NOT_EXIST the run has no such tag.
    """
    client, run_id = active_or_new_run()
    client.delete_tag(run_id, key)


def log_input(
    dataset: Any = None,
    context: str | None = None,
    tags: dict[str, str] | None = None,
    model: LoggedModelInput | None = None,
) -> None:
    """Note that the active run read a data set or a logged model.

    Args:
        dataset: a data set of `mlflow.data`.
        context: what for: `training`, `eval` …
        tags: texts by key.
        model: a logged model.
    """
    log_inputs([dataset], [context], [tags], [model])


def log_inputs(
    datasets: list[Any] | None = None,
    contexts: list[str | None] | None = None,
    tags_list: list[dict[str, str] | None] | None = None,
    models: list[LoggedModelInput | None] | None = None,
) -> None:
    """Note several data sets and logged models that the active run read.

    Args:
        datasets: data sets of `mlflow.data`.
        contexts: what each data set was for; as long as `datasets`.
        tags_list: tags of each; as long as `datasets`.
        models: logged models.
    """
    datasets = datasets or []
    contexts = contexts or [None] * len(datasets)
    tags_list = tags_list or [None] * len(datasets)
    if not len(datasets) == len(contexts) == len(tags_list):
        raise InvalidParameter(
            f"Got {len(datasets)} datasets, {len(contexts)} contexts and {len(tags_list)} sets of tags: `datasets`, "
            "`contexts` and `tags_list` must be of the same length."
        )
    inputs = [
        DatasetInput(_entity(dataset), _input_tags(context, tags))
        for dataset, context, tags in zip(datasets, contexts, tags_list, strict=True)
        if dataset is not None
    ]
    client, run_id = active_or_new_run()
    client.log_inputs(run_id, inputs, [model for model in models or [] if model is not None])


def _entity(dataset: Any) -> DatasetEntity:
    if isinstance(dataset, DatasetEntity):
        return dataset
    if not hasattr(dataset, "_to_mlflow_entity"):
        raise InvalidParameter(
            f"{type(dataset).__name__} is no data set. Make one with mlflow.data.from_pandas, from_numpy …"
        )
    entity: DatasetEntity = dataset._to_mlflow_entity()
    return entity


def _input_tags(context: str | None, tags: dict[str, str] | None) -> list[InputTag]:
    found = [InputTag(key, str(value)) for key, value in (tags or {}).items()]
    if context:
        found.append(InputTag(MLFLOW_DATASET_CONTEXT, str(context)))
    return found


def log_outputs(models: list[LoggedModelOutput] | None = None) -> None:
    """Note which logged models the active run made."""
    client, run_id = active_or_new_run()
    client.log_outputs(run_id, models or [])


def flush_async_logging() -> None:
    """Wait until everything that was logged with `synchronous=False` is stored."""
    flush_logs()


def flush_artifact_async_logging() -> None:
    """Wait until every artifact that was logged with `synchronous=False` is stored."""
    flush_uploads()
