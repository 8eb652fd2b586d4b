"""Tables of prompts' versions, of the words in them, and of the runs that used them."""

from sqlalchemy import Column, Index, Table

from mlflow.store.sql.tables.model_versions import index_versions, version_columns
from mlflow.store.sql.tables.types import Int, String, metadata

prompt_versions = Table(
    "prompt_versions",
    metadata,
    *version_columns(),
    Column("type", String),
    Column("template", String),
    Column("response_format", String),  # JSON
    Column("model_config", String),  # JSON
    Column("variables", String),  # JSON
)
index_versions(prompt_versions)

run_prompts = Table(
    "run_prompts",
    metadata,
    Column("run", Int, primary_key=True, autoincrement=False),
    Column("name", String, primary_key=True),
    Column("version", Int, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
# By name and not by number: the run's tag, which is what travels, may name what is not there (yet).
Index("run_prompts_by_name", run_prompts.c.name, run_prompts.c.run)
Index("run_prompts_by_version", run_prompts.c.name, run_prompts.c.version, run_prompts.c.run)
