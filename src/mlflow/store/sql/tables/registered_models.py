"""Tables of registered models and prompts, which share one name space, and their tags."""

from sqlalchemy import Column, Index, Table

from mlflow.store.sql.tables.types import Id, Int, Small, String, metadata

MODEL = 1
PROMPT = 2

registered_models = Table(
    "registered_models",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("kind", Small, nullable=False),  # MODEL or PROMPT, for good
    Column("description", String, nullable=False),
    Column("last_version", Int, nullable=False),  # the number given last, also when that version was deleted
    Column("creation_time", Int, nullable=False),
    Column("last_update_time", Int, nullable=False),
)
# The two orders a list is read in.
Index("registered_models_by_name", registered_models.c.kind, registered_models.c.name)
Index("registered_models_by_update", registered_models.c.kind, registered_models.c.last_update_time)

registered_model_tags = Table(
    "registered_model_tags",
    metadata,
    Column("model", Int, primary_key=True, autoincrement=False),
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
    sqlite_with_rowid=False,
)
