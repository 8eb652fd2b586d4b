"""Fill MLflow's own tables directly, for it takes minutes to store 10,000 runs or prompts through its API.

Only for what is read afterwards; every write that is measured goes through the API. The columns are those that MLflow
3.17 fills itself when the same runs and prompts are stored over REST.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterable
from typing import Any

from benchmarks.content import FIRST_START_MS, HISTORY_KEY, RunContent, history_value
from benchmarks.databases import SQLITE, Database, postgresql_base
from benchmarks.prompt_content import SOURCE, PromptContent, version_tags

Rows = dict[str, list[tuple[Any, ...]]]

_COLUMNS = {
    "runs": "run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, "
    "source_version, lifecycle_stage, artifact_uri, experiment_id, deleted_time",
    "metrics": "key, value, timestamp, run_uuid, step, is_nan",
    "latest_metrics": "key, value, timestamp, step, is_nan, run_uuid",
    "params": "key, value, run_uuid",
    "tags": "key, value, run_uuid",
    "registered_models": "name, creation_time, last_updated_time, description, workspace",
    "registered_model_tags": "key, value, name, workspace",
    "model_versions": "name, version, creation_time, last_updated_time, description, user_id, current_stage, source, "
    "run_id, status, status_message, run_link, storage_location, workspace",
    "model_version_tags": "key, value, name, version, workspace",
}
_RUN_TABLES = ("runs", "metrics", "latest_metrics", "params", "tags")
_PROMPT_TABLES = ("registered_models", "registered_model_tags", "model_versions", "model_version_tags")
_WORKSPACE = "default"


def fill_runs(database: Database, experiment_id: str, contents: Iterable[RunContent]) -> None:
    """Store runs in an existing experiment of MLflow's database."""
    rows: Rows = {table: [] for table in _RUN_TABLES}
    for content in contents:
        run_id = uuid.uuid4().hex
        location = f"mlflow-artifacts:/{experiment_id}/{run_id}/artifacts"
        beginning = (run_id, content.name, "UNKNOWN", "", "", "", "RUNNING", content.start_ms, None, "")
        rows["runs"].append((*beginning, "active", location, int(experiment_id), None))
        for key, value in content.metrics.items():
            rows["metrics"].append((key, value, content.start_ms, run_id, 0, False))
            rows["latest_metrics"].append((key, value, content.start_ms, 0, False, run_id))
        rows["params"] += [(key, value, run_id) for key, value in content.params.items()]
        tags = {"mlflow.runName": content.name, **content.tags}
        rows["tags"] += [(key, value, run_id) for key, value in tags.items()]
    _insert(database, rows)


def fill_prompts(database: Database, contents: Iterable[PromptContent]) -> None:
    """Store prompts with a version each in MLflow's database."""
    rows: Rows = {table: [] for table in _PROMPT_TABLES}
    for content in contents:
        name, now = content.name, content.created_ms
        rows["registered_models"].append((name, now, now, None, _WORKSPACE))
        tags = {"mlflow.prompt.is_prompt": "true", **content.tags}
        rows["registered_model_tags"] += [(key, value, name, _WORKSPACE) for key, value in tags.items()]
        version = (name, 1, now, now, None, None, "None", SOURCE, None, "READY", None, None, SOURCE, _WORKSPACE)
        rows["model_versions"].append(version)
        parts = version_tags(content.template)
        rows["model_version_tags"] += [(key, value, name, 1, _WORKSPACE) for key, value in parts.items()]
    _insert(database, rows)


def fill_history(database: Database, run_id: str, points: int) -> None:
    """Store the long metric in an existing run of MLflow's database."""
    metrics = [(HISTORY_KEY, history_value(step), FIRST_START_MS + step, run_id, step, False) for step in range(points)]
    last = points - 1
    latest = (HISTORY_KEY, history_value(last), FIRST_START_MS + last, last, False, run_id)
    _insert(database, {"metrics": metrics, "latest_metrics": [latest]})


def _insert(database: Database, rows: Rows) -> None:
    if database.backend == SQLITE:
        _insert_into_sqlite(database.location, rows)
    else:
        _insert_into_postgresql(database.location, rows)


def _insert_into_sqlite(path: str, rows: Rows) -> None:
    connection = sqlite3.connect(path, timeout=60)
    try:
        with connection:
            for table, values in rows.items():
                marks = ", ".join("?" * len(values[0]))
                connection.executemany(f"INSERT INTO {table} ({_COLUMNS[table]}) VALUES ({marks})", values)
    finally:
        connection.close()


def _insert_into_postgresql(name: str, rows: Rows) -> None:
    import psycopg

    with psycopg.connect(f"{postgresql_base()}/{name}") as connection, connection.cursor() as cursor:
        for table, values in rows.items():
            with cursor.copy(f"COPY {table} ({_COLUMNS[table]}) FROM STDIN".encode()) as copy:
                for row in values:
                    copy.write_row(row)
