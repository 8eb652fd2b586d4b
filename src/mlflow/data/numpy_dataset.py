"""A data set that is a NumPy array, or several."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mlflow.data.dataset import Dataset
from mlflow.data.dataset_source import DatasetSource
from mlflow.data.digests import digest_of_arrays
from mlflow.data.sources import resolve_source
from mlflow.exceptions import InvalidParameter

if TYPE_CHECKING:
    import numpy

    Arrays = numpy.ndarray | dict[str, numpy.ndarray]


class NumpyDataset(Dataset):
    """Arrays of features, and of targets if there are any.

    Args:
        features: an array whose first axis counts the examples, or several by name; not copied.
        source: where they come from.
        targets: what is to be predicted, in the same form.
        name: `dataset` when left out.
        digest: at most 36 characters; computed when left out.

    Raises:
        MlflowException: INVALID_PARAMETER_VALUE something is no array.
    """

    def __init__(
        self,
        features: Arrays,
        source: DatasetSource,
        targets: Arrays | None = None,
        name: str | None = None,
        digest: str | None = None,
    ) -> None:
        for role, arrays in (("features", features), ("targets", targets)):
            for array in arrays.values() if isinstance(arrays, dict) else [arrays]:
                if array is not None and not hasattr(array, "dtype"):
                    raise InvalidParameter(
                        f"The {role} are a {type(array).__name__}, not a NumPy array. Convert them with numpy.asarray."
                    )
        self._features, self._targets = features, targets
        super().__init__(source, name, digest)

    def _compute_digest(self) -> str:
        return digest_of_arrays(self._features, self._targets)

    @property
    def features(self) -> Arrays:
        """The features."""
        return self._features

    @property
    def targets(self) -> Arrays | None:
        """What is to be predicted, or None."""
        return self._targets

    @property
    def profile(self) -> dict[str, Any]:
        """Shape, number of elements and bytes of features and targets."""
        profile: dict[str, Any] = {}
        for role, arrays in (("features", self._features), ("targets", self._targets)):
            if arrays is not None:
                profile[f"{role}_shape"] = _each(arrays, lambda array: list(array.shape))
                profile[f"{role}_size"] = _each(arrays, lambda array: int(array.size))
                profile[f"{role}_nbytes"] = _each(arrays, lambda array: int(array.nbytes))
        return profile

    @property
    def schema(self) -> dict[str, Any] | None:
        """Types and shapes, the first axis free; None when an array has no axis."""
        features, targets = _tensors(self._features), _tensors(self._targets)
        if features is None:
            return None
        return {"mlflow_tensorspec": {"features": features, "targets": targets}}


def _each(arrays: Arrays, measure: Any) -> Any:
    if isinstance(arrays, dict):
        return {name: measure(array) for name, array in arrays.items()}
    return measure(arrays)


def _tensors(arrays: Arrays | None) -> str | None:
    """Return the JSON text of the specs of arrays, as it is stored inside the schema."""
    if arrays is None:
        return None
    specs = []
    for name, array in arrays.items() if isinstance(arrays, dict) else [(None, arrays)]:
        if array.ndim == 0:
            return None
        # Texts of any length are one type, so the length is left out of its name.
        dtype = array.dtype.name.rstrip("0123456789") if array.dtype.kind in "US" else array.dtype.name
        tensor = {"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": [-1, *array.shape[1:]]}}
        specs.append({"name": name, **tensor} if name is not None else tensor)
    return json.dumps(specs)


def from_numpy(
    features: Arrays,
    source: str | DatasetSource | None = None,
    targets: Arrays | None = None,
    name: str | None = None,
    digest: str | None = None,
) -> NumpyDataset:
    """Make a data set of NumPy arrays.

    Args:
        features: an array whose first axis counts the examples, or several by name.
        source: a path, a web address, the URI of an object store or a `DatasetSource`; the running program when left
            out.
        targets: what is to be predicted, in the same form.
        name: `dataset` when left out.
        digest: at most 36 characters; computed when left out.
    """
    return NumpyDataset(features, resolve_source(source), targets, name, digest)
