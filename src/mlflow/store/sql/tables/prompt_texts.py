"""The index of the words in prompts, in each database's own way. It follows `prompt_versions` by itself.

Every sign of ASCII separates words on both: PostgreSQL alone would take `a/b` for one word, a path.
"""

from __future__ import annotations

from typing import Any

_SIGNS = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~"


def spaced(text: str) -> str:
    """Return the words of PostgreSQL for a text with spaces instead of signs."""
    return f"translate({text}, '{_SIGNS}', repeat(' ', 32))"


SQLITE = (
    "CREATE VIRTUAL TABLE prompt_texts USING fts5("
    "template, content='prompt_versions', content_rowid='id', tokenize='unicode61 remove_diacritics 0')",
    "CREATE TRIGGER prompt_texts_added AFTER INSERT ON prompt_versions BEGIN "
    "INSERT INTO prompt_texts (rowid, template) VALUES (new.id, new.template); END",
    "CREATE TRIGGER prompt_texts_removed AFTER DELETE ON prompt_versions BEGIN "
    "INSERT INTO prompt_texts (prompt_texts, rowid, template) VALUES ('delete', old.id, old.template); END",
    "CREATE TRIGGER prompt_texts_changed AFTER UPDATE OF template ON prompt_versions BEGIN "
    "INSERT INTO prompt_texts (prompt_texts, rowid, template) VALUES ('delete', old.id, old.template); "
    "INSERT INTO prompt_texts (rowid, template) VALUES (new.id, new.template); END",
)
"""FTS5's table over the templates and what keeps it in step; not there where SQLite was built without FTS5."""

POSTGRESQL = (
    "ALTER TABLE prompt_versions ADD COLUMN words tsvector GENERATED ALWAYS AS "
    f"(to_tsvector('simple', {spaced('template')})) STORED",
    "CREATE INDEX prompt_versions_by_word ON prompt_versions USING gin (words)",
)


def index_words(cursor: Any, dialect: str) -> None:
    """Make the index in a new schema."""
    if dialect == "sqlite" and not cursor.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone():
        return  # searches read the templates themselves
    for statement in SQLITE if dialect == "sqlite" else POSTGRESQL:
        cursor.execute(statement)
