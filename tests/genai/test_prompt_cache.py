"""What a process remembers of prompts: how soon it is quick, how long it may be old, and when it must not be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import mlflow
from tests.faults.forked import ForkedServer
from tests.faults.proxy import CuttingProxy
from tests.genai.loading import TTL, load, wait_for

QUICK_SECONDS = 0.1  # far more than a load from memory takes, far less than a server that answers late


@pytest.fixture
def client(proxy: CuttingProxy) -> mlflow.MlflowClient:
    """The client under test; what it asks goes through the proxy."""
    return mlflow.MlflowClient(proxy.url)


@pytest.mark.parametrize("form", ["prompts:/{}@live", "prompts:/{}/1", "prompts:/{}@latest", "{}"])
def test_a_prompt_loaded_again_is_the_very_same_object_and_nobody_is_asked(
    client: mlflow.MlflowClient, proxy: CuttingProxy, prompt: str, form: str
) -> None:
    first = load(client, form.format(prompt))
    asked = proxy.answers

    again = [load(client, form.format(prompt)) for _ in range(50)]

    assert all(one is first for one in again)
    assert proxy.answers == asked


def test_every_address_of_a_version_leads_to_the_same_object(client: mlflow.MlflowClient, prompt: str) -> None:
    assert load(client, f"prompts:/{prompt}/1") is load(client, f"prompts:/{prompt}@live")


def test_with_a_ttl_of_zero_every_load_asks(
    client: mlflow.MlflowClient, proxy: CuttingProxy, elsewhere: mlflow.MlflowClient, prompt: str
) -> None:
    address = f"prompts:/{prompt}@live"
    seen = []
    for version in (1, 2, 1, 2):
        elsewhere.set_prompt_alias(prompt, "live", version)
        asked = proxy.answers
        seen.append(load(client, address, ttl=0).version)
        assert proxy.answers == asked + 1

    assert seen == [1, 2, 1, 2]


def test_an_alias_that_another_process_moves_is_seen_here_after_its_ttl(
    server: ForkedServer, elsewhere: mlflow.MlflowClient, prompt: str
) -> None:
    script = """if True:
        import mlflow, sys, time
        while True:
            print(mlflow.genai.load_prompt(sys.argv[1]).version, flush=True)
            time.sleep(0.02)
    """
    other = subprocess.Popen(
        [sys.executable, "-c", script, f"prompts:/{prompt}@live"],
        env={**os.environ, "MLFLOW_TRACKING_URI": server.url, TTL: "0.5"},
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == "1\n"

        elsewhere.set_prompt_alias(prompt, "live", 2)
        moved_at = time.monotonic()

        assert "2\n" in other.stdout
        assert time.monotonic() - moved_at < 3, "its TTL is half a second"
        other.kill()


def test_a_refresh_never_makes_a_load_wait(
    client: mlflow.MlflowClient,
    proxy: CuttingProxy,
    elsewhere: mlflow.MlflowClient,
    prompt: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TTL, "0.2")
    address = f"prompts:/{prompt}@live"
    load(client, address)
    elsewhere.set_prompt_alias(prompt, "live", 2)
    proxy.delay_seconds = 1.0
    time.sleep(0.25)

    waits, seen = [], 1
    began = time.monotonic()
    while seen == 1:
        started = time.monotonic()
        seen = load(client, address).version
        waits.append(time.monotonic() - started)
        time.sleep(0.01)

    assert max(waits) < QUICK_SECONDS
    assert time.monotonic() - began > 0.9, "the answer was held back for a second"
    assert len(waits) > 20


def test_an_alias_nobody_asked_for_in_a_long_time_is_asked_for_before_it_is_given(
    client: mlflow.MlflowClient, elsewhere: mlflow.MlflowClient, prompt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TTL, "0.1")
    address = f"prompts:/{prompt}@live"
    load(client, address)
    elsewhere.set_prompt_alias(prompt, "live", 2)

    time.sleep(0.3)

    assert load(client, address).version == 2


def test_memory_is_bounded_and_keeps_what_was_used_last(
    client: mlflow.MlflowClient,
    proxy: CuttingProxy,
    elsewhere: mlflow.MlflowClient,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_PROMPT_CACHE_MAX_SIZE", "3")
    for number in range(6):
        elsewhere.register_prompt(name, str(number))

    def is_remembered(version: int) -> bool:
        asked = proxy.answers
        load(client, f"prompts:/{name}/{version}")
        return proxy.answers == asked

    for version in (1, 2, 3, 1, 4):
        load(client, f"prompts:/{name}/{version}")

    assert [is_remembered(version) for version in (3, 1, 4)] == [True, True, True]
    assert not is_remembered(2)


def test_nothing_is_remembered_of_what_was_not_found(
    client: mlflow.MlflowClient, elsewhere: mlflow.MlflowClient, name: str
) -> None:
    addresses = (name, f"prompts:/{name}/1", f"prompts:/{name}@live")
    assert [client.load_prompt(address, allow_missing=True) for address in addresses] == [None, None, None]

    elsewhere.register_prompt(name, "1")
    elsewhere.set_prompt_alias(name, "live", 1)

    assert [load(client, address).version for address in addresses] == [1, 1, 1]


def test_sixteen_threads_see_only_versions_that_the_alias_had(
    client: mlflow.MlflowClient, elsewhere: mlflow.MlflowClient, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TTL, "0.02")
    for number in range(1, 31):
        elsewhere.register_prompt(name, str(number))
    # Only even versions ever have the alias.
    elsewhere.set_prompt_alias(name, "live", 2)
    seen: set[tuple[int, object]] = set()
    faults: list[BaseException] = []
    over = threading.Event()

    def use(ttl: float | None) -> None:
        try:
            while not over.is_set():
                found = load(client, f"prompts:/{name}@live", ttl)
                seen.add((found.version, found.format()))
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=use, args=(0 if number < 4 else None,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for version in range(2, 31, 2):
        elsewhere.set_prompt_alias(name, "live", version)
        time.sleep(0.04)
    over.set()
    for thread in threads:
        thread.join()

    assert faults == []
    assert {version for version, _ in seen} <= set(range(2, 31, 2))
    assert len(seen) > 8
    assert all(text == str(version) for version, text in seen)
    assert load(client, f"prompts:/{name}@live", ttl=0).version == 30


def test_a_forked_child_loads_over_a_connection_of_its_own(
    client: mlflow.MlflowClient, proxy: CuttingProxy, elsewhere: mlflow.MlflowClient, prompt: str
) -> None:
    address = f"prompts:/{prompt}@live"
    load(client, address)
    connections = proxy.connections

    child = os.fork()
    if child == 0:
        try:
            right = all(load(client, address, ttl=0).version == 1 for _ in range(30)) and load(client, address).version
            os._exit(0 if right == 1 else 1)
        except BaseException:
            os._exit(2)
    assert all(load(client, address, ttl=0).version == 1 for _ in range(30))
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert proxy.connections == connections + 1


def test_a_background_refresh_works_in_a_forked_child_too(
    client: mlflow.MlflowClient, elsewhere: mlflow.MlflowClient, prompt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TTL, "0.3")
    address = f"prompts:/{prompt}@live"
    load(client, address)
    time.sleep(0.35)
    load(client, address)  # the thread that refreshes runs; a fork does not take it along
    reader, writer = os.pipe()

    child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            load(client, address)
            os.write(writer, b"loaded")
            wait_for(lambda: load(client, address).version == 2)
            os._exit(0)
        except BaseException:
            os._exit(2)
    assert os.read(reader, 6) == b"loaded"
    elsewhere.set_prompt_alias(prompt, "live", 2)
    _, status = os.waitpid(child, 0)
    os.close(reader)
    os.close(writer)

    assert os.waitstatus_to_exitcode(status) == 0


def test_the_name_of_an_experiment_is_not_looked_up_at_every_load(
    proxy: CuttingProxy, prompt: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "named in the environment")
    mlflow.set_tracking_uri(proxy.url)
    mlflow.genai.load_prompt(prompt)
    wait_for(lambda: "_mlflow_experiment_ids" in mlflow.genai.get_prompt_tags(prompt))
    asked = proxy.answers

    for _ in range(20):
        mlflow.genai.load_prompt(prompt)

    assert proxy.answers == asked
