"""The client's method that logs images."""

from __future__ import annotations

import os
import re
import uuid
from typing import TYPE_CHECKING, Any

from mlflow.client.artifacts import ArtifactMethods
from mlflow.client.background import background_uploads
from mlflow.client.base import now_ms, whole_number
from mlflow.client.logging import LoggingMethods
from mlflow.client.pictures import encoded, picture_of, thumbnail
from mlflow.utils.mlflow_tags import MLFLOW_LOGGED_IMAGES

if TYPE_CHECKING:
    import PIL.Image

_KEY = re.compile(r"[\w\-. /]+")


class ImageMethods(ArtifactMethods, LoggingMethods):
    """Log images."""

    def log_image(
        self,
        run_id: str,
        image: Any,
        artifact_file: str | None = None,
        key: str | None = None,
        step: int | None = None,
        timestamp: int | None = None,
        synchronous: bool | None = None,
    ) -> None:
        """Log an image: as one file, or as a point in a series that the UI shows step by step.

        Args:
            run_id: which run.
            image: array of shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4), a Pillow image or an `mlflow.Image`.
            artifact_file: name of the file; its extension chooses the format.
            key: name of the series; letters, digits, `_ - . /` and spaces.
            step: 0 when left out; only with `key`.
            timestamp: milliseconds since the Unix epoch, now when left out; only with `key`.
            synchronous: False uploads in the background; only with `key`.

        Raises:
            TypeError: both or neither of `artifact_file` and `key` are given, or it is no image.
            ValueError: key, shape or values do not fit.
        """
        if artifact_file is not None and any(argument is not None for argument in (key, step, timestamp)):
            raise TypeError(
                "The `artifact_file` parameter cannot be used in conjunction with `key`, `step`, or `timestamp` "
                "parameters. Please ensure that `artifact_file` is specified alone, without any of these conflicting "
                "parameters."
            )
        if artifact_file is None and key is None:
            raise TypeError(
                "Invalid arguments: Please specify exactly one of `artifact_file` or `key`. Use `key` to log dynamic "
                "image charts or `artifact_file` for saving static images."
            )
        picture = picture_of(image)
        if artifact_file is not None:
            self._write(run_id, encoded(picture, os.path.splitext(artifact_file)[1]), artifact_file)
            return
        name = _series_file(str(key), step, timestamp)
        if synchronous is None or synchronous:
            self._log_series_image(run_id, picture, name)
        else:
            snapshot = picture.copy()  # the caller may draw on
            background_uploads().add(lambda: self._log_series_image(run_id, snapshot, name))

    def _log_series_image(self, run_id: str, picture: PIL.Image.Image, name: str) -> None:
        self._write(run_id, encoded(picture, ".png"), f"{name}.png")
        self._write(run_id, thumbnail(picture), f"{name}+compressed.webp")
        self.set_tag(run_id, MLFLOW_LOGGED_IMAGES, "True", synchronous=True)


def _series_file(key: str, step: int | None, timestamp: int | None) -> str:
    """Return the file's path without extension; the UI reads key, step and time from it."""
    if not _KEY.fullmatch(key):
        raise ValueError(
            "The `key` parameter may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), "
            f"and slashes (/).The provided key `{key}` contains invalid characters."
        )
    number = 0 if step is None else whole_number("step", step)
    time = now_ms() if timestamp is None else whole_number("timestamp", timestamp)
    return f"images/{key.replace('/', '~')}+step+{number}+timestamp+{time}+{uuid.uuid4()}"
