"""Changes of the schema, one module of `versions/` each, run by Alembic."""

VERSION_TABLE = "headrace_version"
"""Holds the schema's revision. Not Alembic's usual name: that one marks a database made by MLflow."""

REVISIONS = ("0001",)
"""Every revision this version knows, oldest first; a test compares it with `versions/`."""

HEAD = REVISIONS[-1]
