"""The client's methods that write metrics, params, tags, inputs and outputs of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlflow.api.inputs import LogInputs, LogOutputs
from mlflow.api.metrics import LogMetric
from mlflow.api.params import LogParam
from mlflow.api.tags import DeleteTag, SetTag
from mlflow.client.background import Entry, background_log
from mlflow.client.base import ClientBase, now_ms, number, text, whole_number
from mlflow.client.batches import batches
from mlflow.entities import DatasetInput, LoggedModelInput, LoggedModelOutput, Metric, Param, RunTag
from mlflow.environment_variables import MLFLOW_ENABLE_ASYNC_LOGGING
from mlflow.utils.async_logging.run_operations import RunOperations


class LoggingMethods(ClientBase):
    """Write to runs. `synchronous=False` hands the values to a background thread and returns something to wait for;
    left out, MLFLOW_ENABLE_ASYNC_LOGGING decides."""

    def log_metric(
        self,
        run_id: str,
        key: str,
        value: float,
        timestamp: int | None = None,
        step: int | None = None,
        synchronous: bool | None = None,
        dataset_name: str | None = None,
        dataset_digest: str | None = None,
        model_id: str | None = None,
    ) -> RunOperations | None:
        """Add one point to the history of a metric.

        Args:
            run_id: an active run.
            key: letters, digits, `_ - . : /` and spaces; at most 250 characters.
            value: a number, or an array or tensor of one element.
            timestamp: milliseconds since the Unix epoch; now when left out.
            step: any whole number; 0 when left out.
            synchronous: see the class.
            dataset_name: the data set it was measured on.
            dataset_digest: digest of that data set.
            model_id: the logged model it was measured for.

        Returns:
            None, or with `synchronous=False` something to wait for.
        """
        metric = Metric(
            key=text("key", key),
            value=number(key, value),
            timestamp=now_ms() if timestamp is None else whole_number("timestamp", timestamp),
            step=0 if step is None else whole_number("step", step),
            model_id=model_id,
            dataset_name=dataset_name,
            dataset_digest=dataset_digest,
        )
        if not _is_synchronous(synchronous):
            return self._hand_over(run_id, metrics=[metric])
        self._call(
            LogMetric(
                run_id=text("run_id", run_id),
                key=metric.key,
                value=metric.value,
                timestamp=metric.timestamp,
                step=metric.step,
                model_id=model_id,
                dataset_name=dataset_name,
                dataset_digest=dataset_digest,
            )
        )
        return None

    def log_param(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> Any:
        """Write a param: once, the same value again is fine; `value` is turned into text.

        Returns:
            The value, or with `synchronous=False` something to wait for.

        Raises:
            MlflowException: INVALID_PARAMETER_VALUE it already has another value.
        """
        if _is_synchronous(synchronous):
            self._call(LogParam(run_id=text("run_id", run_id), key=text("key", key), value=str(value)))
            return value
        return self._hand_over(run_id, params=[Param(text("key", key), str(value))])

    def set_tag(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> RunOperations | None:
        """Set a tag, replacing an older value; `value` is turned into text.

        Returns:
            None, or with `synchronous=False` something to wait for.
        """
        if _is_synchronous(synchronous):
            self._call(SetTag(run_id=text("run_id", run_id), key=text("key", key), value=str(value)))
            return None
        return self._hand_over(run_id, tags=[RunTag(text("key", key), str(value))])

    def delete_tag(self, run_id: str, key: str) -> None:
        """Remove a tag.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST the run has no such tag.
        """
        self._call(DeleteTag(run_id=text("run_id", run_id), key=text("key", key)))

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
        synchronous: bool | None = None,
    ) -> RunOperations | None:
        """Log many values at once.

        Up to 1000 metrics, 100 params and 100 tags (1000 together) are stored whole or not at all; more of them are
        sent in several such batches.

        Returns:
            None, or with `synchronous=False` something to wait for.
        """
        metrics = [_sound(metric) for metric in metrics]
        params = [Param(text("key", param.key), str(param.value)) for param in params]
        tags = [RunTag(text("key", tag.key), str(tag.value)) for tag in tags]
        if _is_synchronous(synchronous):
            if metrics or params or tags:
                for call in batches(text("run_id", run_id), metrics, params, tags):
                    self._call(call)
            return None
        return self._hand_over(run_id, metrics, params, tags)

    def log_inputs(
        self,
        run_id: str,
        datasets: Sequence[DatasetInput] | None = None,
        models: Sequence[LoggedModelInput] | None = None,
    ) -> None:
        """Note which data sets and logged models a run read."""
        self._call(LogInputs(run_id=text("run_id", run_id), datasets=list(datasets or []), models=list(models or [])))

    def log_outputs(self, run_id: str, models: list[LoggedModelOutput]) -> None:
        """Note which logged models a run made."""
        self._call(LogOutputs(run_id=text("run_id", run_id), models=list(models)))

    def _hand_over(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> RunOperations:
        return background_log(self._tracking_uri).add(Entry(text("run_id", run_id), metrics, params, tags))


def _sound(metric: Metric) -> Metric:
    """Return the metric with a float value and whole step and time; a copy where something had to change."""
    value = number(metric.key, metric.value)
    timestamp = whole_number("timestamp", metric.timestamp)
    step = 0 if metric.step is None else whole_number("step", metric.step)
    if value is metric.value and timestamp is metric.timestamp and step is metric.step:
        return metric
    return Metric(
        key=text("key", metric.key),
        value=value,
        timestamp=timestamp,
        step=step,
        model_id=metric.model_id,
        dataset_name=metric.dataset_name,
        dataset_digest=metric.dataset_digest,
        run_id=metric.run_id,
    )


def _is_synchronous(asked: bool | None) -> bool:
    return asked if asked is not None else not MLFLOW_ENABLE_ASYNC_LOGGING.get()
