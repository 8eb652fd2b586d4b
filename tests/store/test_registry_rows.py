"""What is deleted from the registry leaves no rows behind that nobody could ever see again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mlflow.api.model_versions import DeleteModelVersion
from mlflow.api.registered_models import DeleteRegisteredModel
from mlflow.store.sql import SqlStore
from tests.contract.registering import add_prompt_version, add_version, new_model, new_prompt, set_alias

TABLES = (
    "registered_models",
    "registered_model_tags",
    "model_versions",
    "prompt_versions",
    "model_version_tags",
    "aliases",
    "alias_history",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    made = SqlStore(f"sqlite:///{tmp_path}/rows.db")
    yield made
    made.close()


def left(folder: Path) -> dict[str, int]:
    """How many rows there are in each table that has some."""
    with closing(sqlite3.connect(folder / "rows.db")) as database:
        counts = {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}
    return {table: count for table, count in counts.items() if count}


@pytest.mark.parametrize("kind", ["model", "prompt"])
def test_a_deleted_version_leaves_what_its_aliases_went_through_and_a_deleted_model_nothing(
    store: SqlStore, tmp_path: Path, kind: str
) -> None:
    if kind == "model":
        name = new_model(store, tags={"a": "1"})
        add_version(store, name, tags={"b": "2"})
    else:
        name = new_prompt(store, tags={"a": "1"})
        add_prompt_version(store, name, b="2")
    set_alias(store, name, "prod", 1)

    store.call(DeleteModelVersion(name=name, version="1"))
    assert left(tmp_path) == {"registered_models": 1, "registered_model_tags": 1, "alias_history": 2}

    store.call(DeleteRegisteredModel(name=name))
    assert left(tmp_path) == {}
