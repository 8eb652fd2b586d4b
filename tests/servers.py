"""Starting servers for tests: a real process on a free port, gone when the block ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

POLL_SECONDS = 0.02
STOP_SECONDS = 5.0


class ServerDidNotStart(AssertionError):
    """The process ended, or never answered `/health`; the message carries what it printed."""


def free_port() -> int:
    """Return a TCP port on the loopback address that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server_process(
    command: Sequence[str], url: str, *, env: Mapping[str, str] | None = None, ready_within_seconds: float = 60.0
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server command, wait until `url`/health answers, and end its whole process group afterwards.

    Args:
        command: program and arguments.
        url: the address it will listen on, without a trailing slash.
        env: variables added to ours.
        ready_within_seconds: patience until the first healthy answer.

    Raises:
        ServerDidNotStart: it ended early or stayed silent; the message shows its output.
    """
    with tempfile.TemporaryFile() as output:
        # A session of its own: servers fork workers, and all of them must go when the block ends.
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
        try:
            trouble = _wait_until_healthy(process, url, ready_within_seconds)
            if trouble:
                output.seek(0)
                printed = output.read()[-20_000:].decode(errors="replace")
                raise ServerDidNotStart(f"{' '.join(command)}\n{trouble}; it printed:\n{printed}")
            yield process
        finally:
            _end_group(process)


@contextmanager
def headrace_server(
    backend_uri: str, artifacts_dir: str | Path, *arguments: str, env: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run our server with this interpreter's `mlflow` and yield its base URL.

    Args:
        backend_uri: where runs live, e.g. `sqlite:////tmp/x.db`.
        artifacts_dir: where artifacts served by it are kept.
        *arguments: further words of the command line, e.g. `"--workers", "2"`.
        env: variables added to ours.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", backend_uri, "--artifacts-destination", str(artifacts_dir), *arguments]
    with server_process(command, url, env=env):
        yield url


def _wait_until_healthy(process: subprocess.Popen[bytes], url: str, patience_seconds: float) -> str | None:
    """Return None once the server answers, or one clause that says why it will not."""
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return f"the process ended with code {process.returncode}"
        # Not listening yet, or listening and not ready: both mean another look in a moment.
        with suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=2) as answer:
            if answer.status == 200:
                return None
        time.sleep(POLL_SECONDS)
    return f"no healthy answer within {patience_seconds:g} s"


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole group to stop, then insist; a worker may outlive the leader, so the group is signalled twice."""
    for number, patience in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
