"""A data set that is a pandas table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlflow.data.colspec import UnknownType, columns_of
from mlflow.data.dataset import Dataset
from mlflow.data.dataset_source import DatasetSource
from mlflow.data.digests import digest_of_table
from mlflow.data.sources import resolve_source
from mlflow.exceptions import InvalidParameter
from mlflow.logging_utils import get_logger

if TYPE_CHECKING:
    import pandas

_log = get_logger(__name__)


class PandasDataset(Dataset):
    """A pandas table.

    Args:
        df: the table; it is not copied.
        source: where it comes from.
        targets: name of the column to be predicted.
        name: `dataset` when left out.
        digest: at most 36 characters; computed when left out.
        predictions: name of a column with a model's predictions.

    Raises:
        MlflowException: INVALID_PARAMETER_VALUE the table has no column of such a name.
    """

    def __init__(
        self,
        df: pandas.DataFrame,
        source: DatasetSource,
        targets: str | None = None,
        name: str | None = None,
        digest: str | None = None,
        predictions: str | None = None,
    ) -> None:
        for role, column in (("targets", targets), ("predictions", predictions)):
            if column is not None and column not in df.columns:
                raise InvalidParameter(
                    f"The specified pandas DataFrame does not contain the specified {role} column '{column}'."
                )
        self._df, self._targets, self._predictions = df, targets, predictions
        super().__init__(source, name, digest)
        self._schema = self._infer_schema()

    def _compute_digest(self) -> str:
        return digest_of_table(self._df)

    def _infer_schema(self) -> dict[str, Any] | None:
        try:
            columns = columns_of(self._df)
        except UnknownType as error:
            _log.debug("No schema for data set %s: %s", self.name, error)
            return None
        return {"mlflow_colspec": columns} if columns else None

    @property
    def df(self) -> pandas.DataFrame:
        """The table."""
        return self._df

    @property
    def targets(self) -> str | None:
        """Name of the column to be predicted."""
        return self._targets

    @property
    def predictions(self) -> str | None:
        """Name of the column with a model's predictions."""
        return self._predictions

    @property
    def profile(self) -> dict[str, int]:
        """Number of rows, and of cells."""
        return {"num_rows": len(self._df), "num_elements": int(self._df.size)}

    @property
    def schema(self) -> dict[str, Any] | None:
        """Names and types of the columns; None when one has a type without a name."""
        return self._schema


def from_pandas(
    df: pandas.DataFrame,
    source: str | DatasetSource | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> PandasDataset:
    """Make a data set of a pandas table.

    Args:
        df: the table.
        source: a path, a web address, the URI of an object store or a `DatasetSource`; the running program when left
            out.
        targets: name of the column to be predicted.
        name: `dataset` when left out.
        digest: at most 36 characters; computed when left out.
        predictions: name of a column with a model's predictions.
    """
    return PandasDataset(df, resolve_source(source), targets, name, digest, predictions)
