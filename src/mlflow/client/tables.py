"""The client's methods on tables that are kept as artifacts."""

from __future__ import annotations

import io
import json
import os
import uuid
from typing import TYPE_CHECKING, Any

from mlflow.client.artifacts import ArtifactMethods
from mlflow.client.frames import runs_table
from mlflow.client.logging import LoggingMethods
from mlflow.client.pictures import Image, encoded, thumbnail
from mlflow.client.runs import RunMethods
from mlflow.entities import Run
from mlflow.exceptions import InvalidParameter, NotFound
from mlflow.utils.mlflow_tags import MLFLOW_LOGGED_ARTIFACTS

if TYPE_CHECKING:
    import pandas


class TableMethods(ArtifactMethods, RunMethods, LoggingMethods):
    """Log and load tables."""

    def log_table(self, run_id: str, data: dict[str, Any] | pandas.DataFrame, artifact_file: str) -> None:
        """Write rows to a table of a run; rows of an existing table stay, the new ones come after them.

        Args:
            run_id: which run.
            data: columns by name, or a DataFrame. A cell may be an `mlflow.Image`.
            artifact_file: ends in `.json` or `.parquet`.

        Raises:
            ValueError: another extension.
            MlflowException: INVALID_PARAMETER_VALUE it is no table.
        """
        import pandas

        if os.path.splitext(artifact_file)[1] not in (".json", ".parquet"):
            raise ValueError(
                f"Invalid artifact file path '{artifact_file}'. Please ensure the file you are trying to log as a "
                "table has a file name with either '.json' or '.parquet' extension."
            )
        if not isinstance(data, pandas.DataFrame | dict):
            raise InvalidParameter("data must be a pandas.DataFrame or a dictionary")
        if isinstance(data, dict):
            one_row = all(isinstance(cell, str | bytes) or not hasattr(cell, "__len__") for cell in data.values())
            data = pandas.DataFrame({key: [cell] for key, cell in data.items()} if one_row else data)
        data = self._with_stored_images(run_id, data, artifact_file)
        listed = _tables_of(self.get_run(run_id))
        if artifact_file in listed:
            data = pandas.concat([self._read_table(run_id, artifact_file), data], ignore_index=True)
        self._write(run_id, _table_bytes(data, artifact_file), artifact_file)
        if artifact_file not in listed:
            entries = [{"path": path, "type": "table"} for path in [*listed, artifact_file]]
            self.set_tag(run_id, MLFLOW_LOGGED_ARTIFACTS, json.dumps(entries), synchronous=True)

    def load_table(
        self,
        experiment_id: str,
        artifact_file: str,
        run_ids: list[str] | None = None,
        extra_columns: list[str] | None = None,
    ) -> pandas.DataFrame:
        """Read the tables of one name from all runs of an experiment, one below the other.

        Args:
            experiment_id: where to look.
            artifact_file: name of the table.
            run_ids: only these runs.
            extra_columns: columns of `mlflow.search_runs` to add to each row, such as `run_id` or `params.lr`.

        Raises:
            MlflowException: RESOURCE_DOES_NOT_EXIST no run has such a table.
            KeyError: there is no such extra column.
        """
        import pandas

        tables = []
        for run in self._runs_with_tables(str(experiment_id), run_ids):
            if artifact_file not in _tables_of(run):
                continue
            table = self._read_table(run.info.run_id, artifact_file)
            if extra_columns:
                about = runs_table([run])
                for column in extra_columns:
                    table[column] = about[column].iloc[0]
            tables.append(table)
        if not tables:
            raise NotFound("No runs found with the corresponding table artifact.")
        return pandas.concat(tables, ignore_index=True)

    def _runs_with_tables(self, experiment_id: str, run_ids: list[str] | None) -> list[Run]:
        if run_ids:
            found = [self.get_run(run_id) for run_id in run_ids]
            return [run for run in found if run.info.experiment_id == experiment_id]
        runs: list[Run] = []
        token: str | None = None
        while True:
            page = self.search_runs(
                [experiment_id], f"tags.`{MLFLOW_LOGGED_ARTIFACTS}` LIKE '%\"table\"%'", page_token=token
            )
            runs += page
            token = page.token
            if not token:
                return runs

    def _read_table(self, run_id: str, artifact_file: str) -> pandas.DataFrame:
        import pandas

        with self._repository(run_id).open(artifact_file) as reader:
            content = b"".join(reader)
        if artifact_file.endswith(".parquet"):
            return pandas.read_parquet(io.BytesIO(content))
        table = json.loads(content)
        return pandas.DataFrame(table["data"], columns=table["columns"])

    def _with_stored_images(self, run_id: str, data: pandas.DataFrame, artifact_file: str) -> pandas.DataFrame:
        """Store the images among the cells as files, and put references to them into a copy of the table."""
        folder = f"table_images/{os.path.splitext(artifact_file)[0]}"
        columns = [name for name in data.columns if data[name].map(lambda cell: isinstance(cell, Image)).any()]
        if not columns:
            return data
        data = data.copy()
        for name in columns:
            data[name] = data[name].map(lambda cell: self._store_image(run_id, cell, folder))
        return data

    def _store_image(self, run_id: str, cell: Any, folder: str) -> Any:
        if not isinstance(cell, Image):
            return cell
        name = f"{folder}/{uuid.uuid4()}"
        self._write(run_id, encoded(cell.to_pil(), ".png"), f"{name}.png")
        self._write(run_id, thumbnail(cell.to_pil()), f"{name}.webp")
        return {"type": "image", "filepath": f"{name}.png", "compressed_filepath": f"{name}.webp"}


def _tables_of(run: Run) -> list[str]:
    """Return the paths of a run's tables, as its tag lists them."""
    try:
        entries = json.loads(run.data.tags.get(MLFLOW_LOGGED_ARTIFACTS, "[]"))
        return [entry["path"] for entry in entries if entry.get("type") == "table"]
    except (ValueError, TypeError, KeyError, AttributeError):  # a tag that somebody else wrote
        return []


def _table_bytes(data: pandas.DataFrame, artifact_file: str) -> bytes:
    if artifact_file.endswith(".parquet"):
        buffer = io.BytesIO()
        data.to_parquet(buffer)
        return buffer.getvalue()
    content: str = data.to_json(orient="split", index=False, date_format="iso")
    return content.encode()
