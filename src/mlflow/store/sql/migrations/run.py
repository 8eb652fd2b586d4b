"""Run the migrations on a database."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, pool

from mlflow.store.sql.dialects import Database
from mlflow.store.sql.migrations import VERSION_TABLE


def config() -> Config:
    """Return Alembic's configuration; nothing is read from files."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.set_main_option("version_table", VERSION_TABLE)
    return made


def migrate(database: Database, revision: str = "head") -> None:
    """Bring the database to a revision; a migration that was cut short is begun again from its last whole step."""
    name = "sqlite" if database.sql.name == "sqlite" else "postgresql+psycopg"
    engine = create_engine(f"{name}://", creator=database.connect, poolclass=pool.NullPool)
    settings = config()
    with engine.connect() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)
    engine.dispose()
