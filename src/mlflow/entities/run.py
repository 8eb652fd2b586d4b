"""A run: its info, its data, what it read and what it made."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import field

from mlflow.entities.base import AliasedEntity, Entity
from mlflow.entities.dataset import DatasetInput
from mlflow.entities.metric import Metric
from mlflow.entities.param import Param
from mlflow.entities.run_info import RunInfo


class RunTag(Entity, gc=False):
    """A key and a text attached to a run; may be overwritten."""

    key: str
    value: str = field(default_factory=str)


class RunData(AliasedEntity):
    """Latest metrics, params and tags of a run, as dicts; the lists behind them are what travels."""

    keywords: ClassVar[dict[str, str]] = {"metrics": "_metrics", "params": "_params", "tags": "_tags"}

    _metrics: list[Metric] = field(name="metrics", default_factory=list)
    _params: list[Param] = field(name="params", default_factory=list)
    _tags: list[RunTag] = field(name="tags", default_factory=list)

    @property
    def metrics(self) -> dict[str, float]:
        """Latest value of each metric."""
        return {metric.key: metric.value for metric in self._metrics}

    @property
    def params(self) -> dict[str, str]:
        """Params by key."""
        return {param.key: param.value for param in self._params}

    @property
    def tags(self) -> dict[str, str]:
        """Tags by key."""
        return {tag.key: tag.value for tag in self._tags}

    @property
    def _metric_objs(self) -> list[Metric]:
        return self._metrics

    def to_dictionary(self) -> dict[str, Any]:
        """Return metrics, params and tags as plain dicts."""
        return {"metrics": self.metrics, "params": self.params, "tags": self.tags}


class LoggedModelInput(Entity):
    """A logged model that a run read."""

    model_id: str


class LoggedModelOutput(Entity):
    """A logged model that a run made, at a step."""

    model_id: str
    step: int = field(default_factory=int)


class RunInputs(Entity):
    """Data sets and logged models that a run read."""

    dataset_inputs: list[DatasetInput] = field(default_factory=list)
    model_inputs: list[LoggedModelInput] = field(default_factory=list)


class RunOutputs(Entity):
    """Logged models that a run made."""

    model_outputs: list[LoggedModelOutput] = field(default_factory=list)


class Run(AliasedEntity):
    """A run. A snapshot: later writes do not change it."""

    keywords: ClassVar[dict[str, str]] = {
        "run_info": "info",
        "run_data": "data",
        "run_inputs": "inputs",
        "run_outputs": "outputs",
    }

    info: RunInfo
    data: RunData = field(default_factory=RunData)
    inputs: RunInputs = field(default_factory=RunInputs)
    outputs: RunOutputs = field(default_factory=RunOutputs)

    def to_dictionary(self) -> dict[str, Any]:
        """Return the run as nested plain dicts."""
        return {
            "info": {name: value for name, value in self.info.to_dictionary().items() if name != "run_uuid"},
            "data": self.data.to_dictionary(),
            "inputs": {
                "dataset_inputs": [
                    {"dataset": used.dataset.to_dictionary(), "tags": {tag.key: tag.value for tag in used.tags}}
                    for used in self.inputs.dataset_inputs
                ],
                "model_inputs": [model.to_dictionary() for model in self.inputs.model_inputs],
            },
            "outputs": {"model_outputs": [model.to_dictionary() for model in self.outputs.model_outputs]},
        }
