"""Messages to the user on stderr, in one form: `2026/01/31 12:00:00 WARNING mlflow.tracking.active: text`."""

from __future__ import annotations

import logging
import sys

from mlflow.environment_variables import MLFLOW_CONFIGURE_LOGGING, MLFLOW_LOGGING_LEVEL

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_TIME_FORMAT = "%Y/%m/%d %H:%M:%S"


class _StderrHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to whatever `sys.stderr` is now: notebooks and tests replace it after we are set up."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self):  # type: ignore[no-untyped-def]
        return sys.stderr

    @stream.setter
    def stream(self, value: object) -> None:
        pass


def get_logger(name: str) -> logging.Logger:
    """Return a logger below `mlflow`, after giving that one a handler unless the application did so already.

    MLFLOW_CONFIGURE_LOGGING=false leaves all handlers to the application; MLFLOW_LOGGING_LEVEL sets the level.
    """
    root = logging.getLogger("mlflow")
    if not root.handlers and MLFLOW_CONFIGURE_LOGGING.get():
        handler = _StderrHandler()
        handler.setFormatter(logging.Formatter(_FORMAT, _TIME_FORMAT))
        root.addHandler(handler)
        if root.level == logging.NOTSET:
            root.setLevel((MLFLOW_LOGGING_LEVEL.get() or "INFO").upper())
        root.propagate = False
    return logging.getLogger(name)
