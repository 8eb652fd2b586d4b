"""When a reply is lost on its way, the call is repeated and still done once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

import mlflow


class CuttingProxy:
    """Passes one request a connection on to the server; while `cuts` is above 0 it drops the reply."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.cuts = 0
        self.requests = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                self._pass_on(client)

    def _pass_on(self, client: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            request += client.recv(65536)
        head, _, body = request.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        while lengths and len(body) < int(lengths[0]):
            body += client.recv(65536)
        self.requests += 1
        with socket.create_connection(self.target) as server:
            server.sendall(head + b"\r\nConnection: close\r\n\r\n" + body)
            reply = b""
            while chunk := server.recv(65536):
                reply += chunk
        if self.cuts:
            self.cuts -= 1
        else:
            client.sendall(reply)


@contextmanager
def cutting_proxy(url: str) -> Iterator[CuttingProxy]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    proxy = CuttingProxy((parts.hostname, parts.port))
    try:
        yield proxy
    finally:
        proxy.listener.close()


@pytest.fixture
def proxy(server_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[CuttingProxy]:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "5")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    with cutting_proxy(server_url) as proxy:
        yield proxy


def test_a_run_whose_reply_was_lost_twice_is_created_once(proxy: CuttingProxy, server_url: str) -> None:
    experiment_id = mlflow.MlflowClient(server_url).create_experiment("lost replies of runs")
    proxy.cuts = 2

    run = mlflow.MlflowClient(proxy.url).create_run(experiment_id)

    assert proxy.requests == 3
    found = mlflow.MlflowClient(server_url).search_runs([experiment_id])
    assert [each.info.run_id for each in found] == [run.info.run_id]


def test_an_experiment_whose_reply_was_lost_is_not_taken_for_somebody_elses(
    proxy: CuttingProxy, server_url: str
) -> None:
    proxy.cuts = 1

    experiment_id = mlflow.MlflowClient(proxy.url).create_experiment("lost replies of experiments")

    assert mlflow.MlflowClient(server_url).get_experiment(experiment_id).name == "lost replies of experiments"


def test_a_metric_whose_reply_was_lost_has_one_point(proxy: CuttingProxy, server_url: str) -> None:
    run = mlflow.MlflowClient(server_url).create_run("0")
    proxy.cuts = 2

    mlflow.MlflowClient(proxy.url).log_metric(run.info.run_id, "m", 1.0)

    assert len(mlflow.MlflowClient(server_url).get_metric_history(run.info.run_id, "m")) == 1
