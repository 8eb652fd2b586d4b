"""Tables of aliases, and of every move they made."""

from sqlalchemy import Column, Index, Table

from mlflow.store.sql.tables.types import Id, Int, String, metadata

aliases = Table(
    "aliases",
    metadata,
    Column("model", Int, primary_key=True, autoincrement=False),
    Column("alias", String, primary_key=True),
    Column("version", Int, nullable=False),
    sqlite_with_rowid=False,
)

alias_history = Table(
    "alias_history",
    metadata,
    Column("id", Id, primary_key=True),
    Column("model", Int, nullable=False),
    Column("alias", String, nullable=False),
    Column("from_version", Int),  # NULL: there was no such alias
    Column("to_version", Int),  # NULL: it was removed
    Column("user_id", String, nullable=False),  # "": unknown
    Column("time", Int, nullable=False),
    Column("undone_to", Int),  # of a roll-back: the row whose state is in force again
)
Index("alias_history_by_alias", alias_history.c.model, alias_history.c.alias, alias_history.c.id)
