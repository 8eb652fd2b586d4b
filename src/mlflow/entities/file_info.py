"""One entry of an artifact listing."""

from __future__ import annotations

from mlflow.entities.base import Entity


class FileInfo(Entity):
    """A file or folder; `path` is relative to the listed root, `file_size` in bytes (None for a folder)."""

    path: str
    is_dir: bool
    file_size: int | None = None
