"""What logging in the background gives back: something to wait for."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from mlflow.exceptions import MlflowException


class RunOperations:
    """Values on their way to a run.

    Args:
        operation_futures: one future for each part of the operation.
    """

    def __init__(self, operation_futures: list[Future[Any]] | None) -> None:
        self._operation_futures = list(operation_futures or [])

    def wait(self) -> None:
        """Wait until everything is stored.

        Raises:
            MlflowException: some of it could not be stored; the message says what the store answered.
        """
        failures = [error for future in self._operation_futures if (error := future.exception()) is not None]
        if failures:
            code = failures[0].error_code if isinstance(failures[0], MlflowException) else "INTERNAL_ERROR"
            raise MlflowException(
                "The following failures occurred while performing one or more async logging operations: "
                f"{list(dict.fromkeys(str(failure) for failure in failures))}",
                code,
            ) from failures[0]


def get_combined_run_operations(run_operations_list: list[RunOperations]) -> RunOperations:
    """Return one RunOperations that stands for all of the given ones."""
    return RunOperations([future for each in run_operations_list for future in each._operation_futures])
