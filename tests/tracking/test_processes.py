"""What happens to runs when processes end, fork or are killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import mlflow
from mlflow.entities import Run


def run_script(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    script = folder / "script.py"
    script.write_text(f"import mlflow\nmlflow.set_tracking_uri('sqlite:///{folder}/runs.db')\n{body}\n")
    return subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60)


def runs(folder: Path) -> dict[str, Run]:
    mlflow.set_tracking_uri(f"sqlite:///{folder}/runs.db")
    return {str(run.info.run_name): run for run in mlflow.MlflowClient().search_runs(["0"])}


def test_runs_left_open_are_ended_when_the_interpreter_stops(tmp_path: Path) -> None:
    body = """
import threading
mlflow.start_run(run_name="outer")
mlflow.start_run(run_name="inner", nested=True)
thread = threading.Thread(target=lambda: mlflow.start_run(run_name="of a thread"))
thread.start()
thread.join()
"""
    assert run_script(tmp_path, body).returncode == 0

    found = runs(tmp_path)
    assert {name: run.info.status for name, run in found.items()} == dict.fromkeys(
        ["outer", "inner", "of a thread"], "FINISHED"
    )


def test_values_logged_in_the_background_are_stored_before_the_interpreter_stops(tmp_path: Path) -> None:
    body = """
mlflow.start_run(run_name="r")
for step in range(3000):
    mlflow.log_metric("m", step, step=step, synchronous=False)
"""
    assert run_script(tmp_path, body).returncode == 0

    run_id = runs(tmp_path)["r"].info.run_id
    assert len(mlflow.MlflowClient().get_metric_history(run_id, "m")) == 3000


def test_a_forked_child_logs_to_the_run_but_does_not_end_it(tmp_path: Path) -> None:
    body = """
import os, sys
mlflow.start_run(run_name="r")
mlflow.log_metric("before", 1)
child = os.fork()
if child == 0:
    mlflow.log_metric("in child", 2)
    mlflow.log_metric("in background of child", 3, synchronous=False)
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
assert mlflow.get_run(mlflow.active_run().info.run_id).info.status == "RUNNING"
mlflow.log_metric("after", 4)
"""
    done = run_script(tmp_path, body)
    assert done.returncode == 0, done.stderr

    run = runs(tmp_path)["r"]
    assert run.data.metrics == {"before": 1.0, "in child": 2.0, "in background of child": 3.0, "after": 4.0}
    assert run.info.status == "FINISHED"


def test_what_was_logged_survives_a_killed_process(tmp_path: Path) -> None:
    body = """
import os, signal
mlflow.start_run(run_name="r")
mlflow.log_metric("m", 1)
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert run_script(tmp_path, body).returncode == -9

    assert runs(tmp_path)["r"].data.metrics == {"m": 1.0}


def test_child_processes_inherit_where_to_log(tmp_path: Path) -> None:
    body = """
import subprocess, sys
mlflow.set_experiment("e")
code = "import mlflow; run = mlflow.start_run(); print(mlflow.get_experiment(run.info.experiment_id).name)"
print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
"""
    assert run_script(tmp_path, body).stdout.strip() == "e"


def test_nothing_is_printed_for_a_local_database(tmp_path: Path) -> None:
    done = run_script(tmp_path, "with mlflow.start_run():\n    mlflow.log_metric('m', 1)")

    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("quiet", [False, True])
def test_a_server_shows_where_to_look_at_the_run(
    server_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, quiet: bool
) -> None:
    monkeypatch.setenv("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", str(quiet))
    mlflow.set_tracking_uri(server_url.replace("//", "//me:secret@") + "/")

    with mlflow.start_run(run_name="r") as run:
        pass

    page = f"{server_url}/#/experiments/0"
    lines = [f"🏃 View run r at: {page}/runs/{run.info.run_id}", f"🧪 View experiment at: {page}"]
    assert capsys.readouterr().out.splitlines() == ([] if quiet else lines)
