"""Data sets that runs read: what they are, where they come from, and a digest that changes with them."""

from __future__ import annotations

from mlflow.data.dataset import Dataset
from mlflow.data.dataset_source import DatasetSource
from mlflow.data.numpy_dataset import from_numpy
from mlflow.data.pandas_dataset import from_pandas
from mlflow.data.sources import source_of
from mlflow.entities import Dataset as DatasetEntity
from mlflow.entities import DatasetInput
from mlflow.exceptions import InvalidParameter

__all__ = ["from_numpy", "from_pandas", "get_source"]


def get_source(dataset: DatasetEntity | DatasetInput | Dataset) -> DatasetSource:
    """Return where a data set comes from; call `load()` on it to get the data.

    Args:
        dataset: a data set of `mlflow.data`, or one that a run read, as in `run.inputs.dataset_inputs`.

    Raises:
        MlflowException: INVALID_PARAMETER_VALUE it is no data set; RESOURCE_DOES_NOT_EXIST its kind of source is not
            known here.
    """
    if isinstance(dataset, Dataset):
        return dataset.source
    if isinstance(dataset, DatasetInput):
        dataset = dataset.dataset
    if isinstance(dataset, DatasetEntity):
        return source_of(dataset)
    raise InvalidParameter(
        f"Unrecognized dataset type {type(dataset)}. Expected one of: `mlflow.data.dataset.Dataset`, "
        "`mlflow.entities.Dataset`, `mlflow.entities.DatasetInput`."
    )
