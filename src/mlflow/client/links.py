"""Where to look at a run in a browser."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from mlflow.environment_variables import MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT
from mlflow.store.registry import is_http


def print_links(tracking_uri: str, experiment_id: str, run_id: str, run_name: str | None) -> None:
    """Print the addresses of a run and its experiment, when a server shows them.

    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT=true keeps it quiet.
    """
    if not is_http(tracking_uri) or MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT.get():
        return
    parts = urlsplit(tracking_uri)
    # A password in the tracking URI has no business on the screen or in a log.
    base = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
    experiment = f"{base}/#/experiments/{experiment_id}"
    _say(f"🏃 View run {run_name or run_id} at: {experiment}/runs/{run_id}")
    _say(f"🧪 View experiment at: {experiment}")


def _say(line: str) -> None:
    try:
        print(line)
    except UnicodeEncodeError:  # a terminal without emoji
        print(line.encode("ascii", "ignore").decode().strip())
