"""Many processes that do the same thing in the same moment.

`python -m tests.faults.herd TASK URI NAME COUNT` imports what is needed, forks COUNT children that wait at a gate,
opens the gate, and prints what each of them got, one JSON text a line. Forked and not started anew, so that they arrive
together: the imports of 32 processes would spread them over many seconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def together(task: str, uri: str, name: str, count: int = 32) -> list[dict[str, str]]:
    """Let `count` processes do a task at once.

    Args:
        task: `create` makes an experiment; `set` calls `mlflow.set_experiment`.
        uri: of the store: a database or a server.
        name: of the experiment.
        count: how many processes.

    Returns:
        Of each process, in any order: `{"id": …}`, or `{"error": code, "message": …}`.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.herd", task, uri, name, str(count)],
        cwd=_ROOT,
        env={**os.environ, "MLFLOW_TRACKING_URI": uri},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def main(task: str, uri: str, name: str, count: int) -> None:
    """Do what `together` asks for."""
    do = _TASKS[task]
    _import_everything(uri)
    gate, opener = os.pipe()
    results, result = os.pipe()
    for _ in range(count):
        if os.fork() == 0:
            os.close(opener)
            os.read(gate, 1)  # ends when the parent closes its side
            # One write below PIPE_BUF is never mixed with another process's.
            os.write(result, _told(do, uri, name).encode() + b"\n")
            os._exit(0)
    os.close(result)
    os.close(opener)
    with os.fdopen(results) as lines:
        sys.stdout.write(lines.read())
    for _ in range(count):
        os.wait()


def _told(do: Callable[[str, str], str], uri: str, name: str) -> str:
    from mlflow.exceptions import MlflowException

    try:
        return json.dumps({"id": do(uri, name)})
    except MlflowException as error:
        return json.dumps({"error": error.error_code, "message": error.message[:1000]})
    except Exception as error:
        return json.dumps({"error": type(error).__name__, "message": str(error)[:1000]})


def _create(uri: str, name: str) -> str:
    from mlflow.api.experiments import CreateExperiment
    from mlflow.store.base import Store
    from mlflow.store.rest import RestStore
    from mlflow.store.sql import SqlStore

    store: Store = RestStore(uri) if uri.startswith("http") else SqlStore(uri)
    return store.call(CreateExperiment(name=name)).experiment_id


def _set(uri: str, name: str) -> str:
    from mlflow import set_experiment

    return set_experiment(name).experiment_id


_TASKS: dict[str, Callable[[str, str], str]] = {"create": _create, "set": _set}


def _import_everything(uri: str) -> None:
    names = ["urllib3", "mlflow.store.rest", "mlflow.store.sql", "mlflow.tracking.experiments"]
    for name in [*names, *(["psycopg"] if uri.startswith("postgresql") else [])]:
        import_module(name)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
