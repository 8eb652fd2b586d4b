"""Runs as CSV, with the columns of MLflow's `experiments csv`."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from mlflow.cli.times import utc_time

if TYPE_CHECKING:
    from mlflow.entities import Run

INFO = ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time")


def write_runs(runs: Sequence[Run], file: TextIO) -> None:
    """Write a header and one line for each run.

    After the columns of `INFO` come `metrics.*`, `params.*` and `tags.*`, sorted, one for each key any run has; a run
    without that key has an empty cell, and so has a metric that is not a number. Times are UTC, in milliseconds.
    """
    metrics = sorted({key for run in runs for key in run.data.metrics})
    params = sorted({key for run in runs for key in run.data.params})
    tags = sorted({key for run in runs for key in run.data.tags})
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*INFO, *_titles("metrics", metrics), *_titles("params", params), *_titles("tags", tags)])
    for run in runs:
        data = run.data
        values, settings, labels = data.metrics, data.params, data.tags
        row: list[Any] = [run.info.run_id, run.info.experiment_id, run.info.status, run.info.artifact_uri]
        row += [utc_time(run.info.start_time), utc_time(run.info.end_time)]
        row += [_number(values.get(key)) for key in metrics]
        row += [settings.get(key) for key in params]
        row += [labels.get(key) for key in tags]
        writer.writerow(row)


def _titles(kind: str, keys: Sequence[str]) -> list[str]:
    return [f"{kind}.{key}" for key in keys]


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)
