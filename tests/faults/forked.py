"""A server that is up again in milliseconds, for tests that kill it by the hundred.

`python -m tests.faults.forked` imports everything and waits; for each server it forks, and the child calls
`mlflow.server.run`, which is what `mlflow server` does once it has read its options. It is the same server: when the
fork happens there is no thread, no store, no event loop and no socket, only imported modules, so the child stands where
a new process stands after its imports. Those take a second, and a test that dies 200 times cannot wait for them.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from mlflow.server import Settings
from tests.servers import free_port

_ROOT = Path(__file__).parents[2]
_POLL_SECONDS = 0.002
_READY_SECONDS = 30.0


class ForkedServer:
    """One server on one port, started and killed as often as wanted; a context manager that leaves nothing running.

    Args:
        backend_uri: where runs live; may be set anew before the next start.
        folder: for artifacts.
    """

    def __init__(self, backend_uri: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.pid: int | None = None
        self.backend_uri = backend_uri
        self._artifacts = str(folder / "artifacts")
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forked"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._output,
            cwd=_ROOT,
            text=True,
        )

    def __enter__(self) -> ForkedServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.close()  # it kills its child and ends
        self._parent.wait(timeout=10)
        self._parent.stdout.close()
        if error is not None:
            error.add_note(f"the server printed:\n{self.printed()[-5000:]}")
        self._output.close()

    def start(self, *, wait: bool = True) -> int:
        """Start the server and return its process id; `wait` until it takes connections."""
        settings = Settings(backend_store_uri=self.backend_uri, artifacts_destination=self._artifacts, port=self.port)
        self.pid = int(self._ask({"start": asdict(settings)}))
        if wait:
            self.wait()
        return self.pid

    def wait(self) -> None:
        """Wait until the server takes connections."""
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(_POLL_SECONDS)
            else:
                return
        raise AssertionError(f"the server did not start within {_READY_SECONDS:g} s; it printed:\n{self.printed()}")

    def kill(self, number: int = signal.SIGKILL) -> int:
        """Send the signal, wait for the end, and return how it ended: minus the signal's number, or the exit code."""
        self.pid = None
        return int(self._ask({"kill": number}))

    def memory_bytes(self) -> int:
        """Return the memory that the server holds right now (resident, shared with its parent included)."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def printed(self) -> str:
        """Return what every server so far has printed."""
        return os.pread(self._output.fileno(), 10_000_000, 0).decode(errors="replace")

    def _ask(self, question: dict[str, Any]) -> str:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(json.dumps(question) + "\n")
        self._parent.stdin.flush()
        answer = self._parent.stdout.readline()
        assert answer, f"the parent of the servers died:\n{self.printed()}"
        return answer


def main() -> None:
    """Answer the questions of a ForkedServer until it goes away."""
    _import_everything()
    gc.freeze()  # what is imported is never collected, so a child does not copy it by looking at it
    child = 0
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a server prints must not look like an answer
    for line in sys.stdin:
        question = json.loads(line)
        if settings := question.get("start"):
            child = os.fork()
            if child == 0:
                _serve(settings)
            answers.write(f"{child}\n")
        else:
            os.kill(child, question["kill"])
            answers.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
            child = 0
        answers.flush()
    if child:
        os.kill(child, signal.SIGKILL)


def _serve(settings: dict[str, Any]) -> None:
    from mlflow.server import run

    os.close(0)
    try:
        run(Settings(**settings))
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _import_everything() -> None:
    # Modules that are loaded when the first request needs them would cost each child their import again.
    from importlib import import_module

    for name in (
        "mlflow.server.app",
        "mlflow.store.sql.search.runs",
        "mlflow.store.sql.search.experiments",
        "psycopg",
        "uvicorn.lifespan.on",
        "uvicorn.loops.auto",
        "uvicorn.protocols.http.httptools_impl",
        "uvloop",
    ):
        import_module(name)


if __name__ == "__main__":
    main()
