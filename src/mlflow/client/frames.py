"""Runs as a pandas table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlflow.entities import Run

if TYPE_CHECKING:
    import pandas


def runs_table(runs: list[Run]) -> pandas.DataFrame:
    """Return one row a run.

    Columns: run_id, experiment_id, status, artifact_uri, start_time and end_time (UTC), `metrics.*` (float, NaN where a
    run has none), `params.*` and `tags.*` (text, None where a run has none).
    """
    import pandas

    columns: dict[str, Any] = {
        "run_id": [run.info.run_id for run in runs],
        "experiment_id": [run.info.experiment_id for run in runs],
        "status": [run.info.status for run in runs],
        "artifact_uri": [run.info.artifact_uri for run in runs],
        "start_time": pandas.to_datetime([run.info.start_time for run in runs], unit="ms", utc=True),
        "end_time": pandas.to_datetime([run.info.end_time for run in runs], unit="ms", utc=True),
    }
    for prefix, missing in (("metrics", float("nan")), ("params", None), ("tags", None)):
        # One pass over what the runs have, not over runs times columns: most runs lack most columns.
        found: dict[str, list[Any]] = {}
        for row, run in enumerate(runs):
            for key, value in getattr(run.data, prefix).items():
                found.setdefault(key, [missing] * len(runs))[row] = value
        columns.update({f"{prefix}.{key}": values for key, values in found.items()})
    return pandas.DataFrame(columns)
