"""How each server is started, watched and stopped. Every one runs with its own defaults."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.databases import Database
from benchmarks.load import RequestFailed, call, post, request_bytes
from benchmarks.peers import FASTTRACKML, Peer

_MARK = "HEADRACE_BENCH_SERVER"
_START_SECONDS = 180.0
_STOP_SECONDS = 20.0
_IDLE_CPU_SECONDS = 0.3  # per second


class ServerDidNotStart(Exception):
    """The process ended, or did not answer in time. The message carries the end of its log."""


@dataclass
class Server:
    """A running server with an empty database.

    Attributes:
        cold_start_seconds: from the spawn of the process to the first 200 of `/health`.
        first_search_seconds: from the spawn to the first `experiments/search` answered.
    """

    peer: Peer
    database: Database
    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    mark: str
    cold_start_seconds: float = 0.0
    first_search_seconds: float = 0.0
    answering_since: float = field(default=0.0)

    def process_ids(self) -> list[int]:
        """The server's processes: its descendants, and whoever carries its mark in the environment.

        Some detach from their parent into a session of their own; the mark finds those.
        """
        marked = f"{_MARK}={self.mark}".encode()
        parents: dict[int, int] = {}
        found: set[int] = set()
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                stat = (entry / "stat").read_text()
                environment = (entry / "environ").read_bytes()
            except OSError:  # it ended while we looked, or is not ours
                continue
            state, parent = stat.rpartition(")")[2].split()[:2]
            if state == "Z":
                continue
            parents[int(entry.name)] = int(parent)
            if marked in environment.split(b"\0"):
                found.add(int(entry.name))
        if self.process.pid in parents:
            found.add(self.process.pid)
        while children := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= children
        return sorted(found)

    def memory_bytes(self) -> int:
        """Proportional set size of all its processes together: shared pages are counted once, divided among sharers."""
        total = 0
        for pid in self.process_ids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total

    def settle(self, at_most_seconds: float = 60.0) -> None:
        """Wait until it has finished starting: workers and helpers go on loading after the first answer."""
        deadline = time.monotonic() + at_most_seconds
        used = self.cpu_seconds()
        while time.monotonic() < deadline:
            time.sleep(1.0)
            before, used = used, self.cpu_seconds()
            if used - before < _IDLE_CPU_SECONDS:
                return

    def cpu_seconds(self) -> float:
        """Processor time its living processes have used so far."""
        ticks = 0
        for pid in self.process_ids():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def log_end(self) -> str:
        """The line of its log that says most: the last that names an error, or else the last."""
        lines = [line.strip() for line in (self.folder / "server.log").read_text(errors="replace").splitlines()]
        lines = [line for line in lines if line]
        telling = [line for line in lines if "error" in line.lower()] or lines or ["its log is empty"]
        return telling[-1][-300:]

    def stop(self) -> None:
        """End it and all its processes, politely first. Returns when none is left."""
        pids = self.process_ids()
        _signal([self.process.pid], signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while (left := set(pids) & set(self.process_ids())) and time.monotonic() < deadline:
            if self.process.poll() is not None:
                _signal(sorted(left), signal.SIGTERM)
            time.sleep(0.1)
        _signal(self.process_ids(), signal.SIGKILL)
        self.process.wait()


def _signal(pids: list[int], what: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, what)
        except ProcessLookupError:
            continue


def start(peer: Peer, database: Database, folder: Path) -> Server:
    """Start a server on a free port and wait until it answers, timing both.

    Raises:
        ServerDidNotStart: it ended or kept silent for three minutes.
    """
    port = _free_port()
    mark = uuid.uuid4().hex
    command = _command(peer, database, folder, port)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "FML_"))}
    # The peers' commands look for `python` and helpers on PATH; telemetry would measure somebody else's network.
    path = f"{peer.bin}{os.pathsep}{os.environ.get('PATH', '')}"
    environment |= {_MARK: mark, "PATH": path, "DO_NOT_TRACK": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}
    environment.pop("VIRTUAL_ENV", None)
    environment.pop("PYTHONPATH", None)
    with (folder / "server.log").open("wb") as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(peer, database, folder, port, process, mark)
    try:
        _await(server, request_bytes("GET", port, "/health"), started)
        server.cold_start_seconds = time.perf_counter() - started
        _await(server, post(port, "/experiments/search", {"max_results": 10}), started)
        server.first_search_seconds = time.perf_counter() - started
    except BaseException:
        server.stop()
        raise
    server.answering_since = time.monotonic()
    return server


def _command(peer: Peer, database: Database, folder: Path, port: int) -> list[str]:
    uri = database.uri_for(peer.name)
    artifacts = str(folder / "artifacts")
    if peer.name == FASTTRACKML:
        program = [str(peer.bin / "fml"), "server", "-a", f"127.0.0.1:{port}", "-d", uri]
        return [*program, "--default-artifact-root", artifacts]
    program = [str(peer.bin / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port)]
    return [*program, "--backend-store-uri", uri, "--artifacts-destination", artifacts]


def _await(server: Server, request: bytes, started: float) -> None:
    while time.perf_counter() - started < _START_SECONDS:
        if server.process.poll() is not None:
            raise ServerDidNotStart(f"ended with code {server.process.returncode}: {server.log_end()}")
        try:
            call(server.port, request, timeout_seconds=60)
        except (OSError, RequestFailed):
            time.sleep(0.01)
        else:
            return
    raise ServerDidNotStart(f"no answer within {_START_SECONDS:.0f} seconds: {server.log_end()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
