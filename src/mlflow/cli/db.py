"""`mlflow db …`: look after the database of a tracking server."""

from __future__ import annotations

import click

from mlflow.cli.errors import Problem
from mlflow.cli.groups import Group
from mlflow.cli.redact import without_password

NOT_YET = frozenset(
    {"delete-trace-rollups", "migrate-to-default-workspace", "move-resources", "prepopulate-trace-analytics"}
)


@click.group(cls=Group, not_yet=NOT_YET)
def db() -> None:
    """Look after the database of a tracking server."""


@db.command()
@click.argument("url")
def upgrade(url: str) -> None:
    """Bring a database to the schema of this version.

    An empty database gets all tables.

    URL is, for example, sqlite:///mlflow.db or postgresql://user:password@host/database. Back the database up first.
    Running it again, also after an interruption, does no harm.
    """
    if url.lower().startswith(("http://", "https://")):
        raise Problem(
            f"{without_password(url)} is the address of a server, not of a database",
            "Give the URI that the server was started with as --backend-store-uri",
        )
    from mlflow.store.sql import upgrade as upgrade_database

    revision = upgrade_database(url)
    click.echo(f"{without_password(url)} has schema {revision}, the one of this version.", err=True)
