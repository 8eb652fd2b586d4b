"""A TCP proxy that lets requests through, and counts, holds back or cuts answers on their way back."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType


class CuttingProxy:
    """Listens on a port of its own and forwards to a server; a context manager.

    Attributes:
        cuts_left: of how many further requests the answer is cut; each counts down when its answer was there.
        skipped: how many answers get through before the first is cut.
        kept_bytes: how much of a cut answer still reaches the client.
        cut: how many answers were cut.
        delay_seconds: how long every answer is held back.
        answers: how many answers came from the server; large ones count as several.
        connections: how many connections were taken.
    """

    def __init__(self, server_port: int) -> None:
        self.cuts_left = 0
        self.skipped = 0
        self.kept_bytes = 0
        self.cut = 0
        self.delay_seconds = 0.0
        self.answers = 0
        self.connections = 0
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> CuttingProxy:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listener.close()
        self._thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client: socket.socket) -> None:
        """Pass requests and answers on, until either side is done or an answer is cut."""
        with client, socket.create_connection(("127.0.0.1", self._server_port)) as server, suppress(OSError):
            requests = threading.Thread(target=_pump, args=(client, server), daemon=True)
            requests.start()
            while answer := server.recv(65536):
                with self._lock:
                    self.answers += 1
                time.sleep(self.delay_seconds)
                if self._is_cut():
                    # The server has answered, so what was asked is done; the client does not learn it.
                    client.sendall(answer[: self.kept_bytes])
                    break
                client.sendall(answer)
            # Closing alone tells the client nothing while the other thread still reads from it.
            client.shutdown(socket.SHUT_RDWR)
            requests.join()

    def _is_cut(self) -> bool:
        with self._lock:
            if self.cuts_left == 0:
                return False
            if self.skipped:
                self.skipped -= 1
                return False
            self.cuts_left -= 1
            self.cut += 1
            return True


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):  # the other direction has ended it
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
