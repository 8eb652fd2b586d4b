"""Where SQLite was built without FTS5, words are looked for in the templates themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mlflow.api.model_versions import DeleteModelVersion
from mlflow.api.prompts import SearchPromptText
from mlflow.store.sql import SqlStore
from mlflow.store.sql.tables import prompt_texts
from tests.contract.registering import add_prompt_version, new_prompt


class Cursor(sqlite3.Cursor):
    """A cursor of a SQLite that knows no FTS5."""

    def execute(self, sql: str, *parameters: object) -> sqlite3.Cursor:  # type: ignore[override]
        assert "fts5(" not in sql
        return super().execute(sql.replace("name = 'fts5'", "name = 'fts5 is missing'"), *parameters)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A store whose database has no index of words."""
    made = SqlStore(f"sqlite:///{tmp_path}/plain.db")
    with closing(sqlite3.connect(tmp_path / "plain.db")) as database:
        for name in ("added", "removed", "changed"):
            database.execute(f"DROP TRIGGER prompt_texts_{name}")
        database.execute("DROP TABLE prompt_texts")
    yield made
    made.close()


def found(store: SqlStore, query: str) -> list[str]:
    return [match.name for match in store.call(SearchPromptText(query=query)).matches]


def test_every_word_must_occur_in_any_letter_case(store: SqlStore) -> None:
    name = new_prompt(store, "greeting")
    add_prompt_version(store, name, "Be KIND to Ünal, {{name}}.")

    assert found(store, "kind ünal") == [name]
    assert found(store, '"to ünal" NAME') == [name]
    assert found(store, "kind nobody") == []
    (match,) = store.call(SearchPromptText(query="kind")).matches
    assert match.snippet == "Be KIND to Ünal, {{name}}."
    store.call(DeleteModelVersion(name=name, version="1"))
    assert found(store, "kind") == []


def test_a_schema_without_the_index_can_be_made(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "new.db")) as database:
        prompt_texts.index_words(Cursor(database), "sqlite")
        assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
