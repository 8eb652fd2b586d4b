"""What a person sees: the same commands with a real terminal at the other end."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from mlflow.client import MlflowClient


def on_terminal(*words: str) -> str:
    """Run `mlflow` in a terminal of 80 columns and return what it showed, without colours."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm"}
    process = subprocess.Popen(
        [sys.executable, "-m", "mlflow", *words], stdin=follower, stdout=follower, stderr=follower, env=environment
    )
    os.close(follower)
    shown = b""
    try:
        while chunk := os.read(leader, 65536):
            shown += chunk
    except OSError:  # Linux: the other end is closed
        pass
    os.close(leader)
    process.wait(30)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r\n", "\n")


def test_runs_fit_an_80_column_terminal_with_their_status(client: MlflowClient) -> None:
    made = client.create_run("0", start_time=1_700_000_000_000, run_name="a-name-of-19-letters")

    shown = on_terminal("runs", "list", "--experiment-id", "0")

    (line,) = [line for line in shown.splitlines() if made.info.run_id in line]
    assert "RUNNING" in line
    assert max(map(len, shown.splitlines())) <= 80


def test_no_runs_are_said_in_words(folder: Path) -> None:
    assert on_terminal("runs", "list", "--experiment-id", "0") == "No runs in experiment 0 (view: active_only).\n"


def test_names_cannot_play_tricks_on_the_terminal(client: MlflowClient) -> None:
    client.create_experiment("[red]not markup[/red] \x1b]0;title\x07")

    shown = on_terminal("experiments", "search")

    assert "[red]not markup[/red]" in shown
    assert "\ufffd]0;title\ufffd" in shown
    assert not {"\x1b", "\x07"} & set(shown)


def test_a_server_that_is_not_there_is_given_up_on_within_seconds(folder: Path) -> None:
    os.environ["MLFLOW_TRACKING_URI"] = "http://127.0.0.1:9"  # the folder fixture takes it back

    shown = on_terminal("experiments", "search")

    assert "connection refused (3 tries" in shown
    assert "\nhint: " in shown
