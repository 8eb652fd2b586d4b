"""Copies of prompts on disk, for a process that starts while the registry cannot be reached."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import mlflow
from tests.faults.forked import ForkedServer
from tests.faults.proxy import CuttingProxy
from tests.genai.loading import load

A_FEW_SECONDS = 8.0  # with the start of a Python process and its imports on a busy machine
WARNING = "cannot be reached"


@pytest.fixture(autouse=True)
def _usual_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again for minutes, as is the default: where there is something else to give, nobody should wait for that."""
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)


@pytest.fixture
def client(server: ForkedServer) -> mlflow.MlflowClient:
    return mlflow.MlflowClient(server.url)


def new_process(url: str, *addresses: str) -> tuple[str, str, float]:
    """Load prompts in a new process; return the texts or errors it printed, its warnings, and the seconds it took."""
    script = """if True:
        import mlflow, sys
        for address in sys.argv[1:]:
            try:
                print(mlflow.genai.load_prompt(address).format(), end=" ")
            except mlflow.MlflowException as error:
                print(error.error_code, end=" ")
    """
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script, *addresses],
        env={**os.environ, "MLFLOW_TRACKING_URI": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip(), done.stderr, time.monotonic() - started


# -- In a process that goes on.


# -- In a process that starts while the server is away.


def test_a_new_process_loads_from_the_copies_on_disk_within_seconds_and_warns(
    client: mlflow.MlflowClient, elsewhere: mlflow.MlflowClient, server: ForkedServer, prompt: str, name: str
) -> None:
    elsewhere.register_prompt(f"{name}-whole", f"[{{{{> {prompt}@live }}}}]")
    addresses = [f"prompts:/{prompt}@live", prompt, f"prompts:/{prompt}/1", f"{name}-whole"]
    assert [load(client, address).format() for address in addresses] == ["1", "2", "1", "[1]"]
    server.kill()

    printed, warnings, seconds = new_process(server.url, *addresses, *addresses)

    assert printed == "1 2 1 [1] 1 2 1 [1]"
    assert seconds < A_FEW_SECONDS
    assert warnings.count(WARNING) == 3, "one for each alias"
    assert f"prompts:/{prompt}@live is version 1, as it was " in warnings
    assert " seconds ago" in warnings


def test_a_server_that_does_not_answer_holds_up_a_new_process_once_and_not_for_each_prompt(
    proxy: CuttingProxy, elsewhere: mlflow.MlflowClient, name: str
) -> None:
    client = mlflow.MlflowClient(proxy.url)
    names = [f"{name}-{number}" for number in range(20)]
    for one in names:
        elsewhere.register_prompt(one, "x")
        load(client, one)
    proxy.delay_seconds = 60.0

    printed, _, seconds = new_process(proxy.url, *names)

    assert printed == " ".join("x" for _ in names)
    assert seconds < A_FEW_SECONDS


def test_the_age_of_a_copy_is_that_of_its_last_answer(
    client: mlflow.MlflowClient, server: ForkedServer, copies: Path, prompt: str
) -> None:
    load(client, f"prompts:/{prompt}@live")
    (copy,) = copies.glob("*/*~@live.json")
    text = copy.read_text()
    at = float(text.partition('"at":')[2].rstrip("}"))
    copy.write_text(text.replace(str(at), str(at - 3 * 86_400)))
    server.kill()

    _, warnings, _ = new_process(server.url, f"prompts:/{prompt}@live")

    assert "as it was 3 days ago" in warnings


def test_copies_go_when_the_registry_says_that_there_is_no_such_thing(
    client: mlflow.MlflowClient, elsewhere: mlflow.MlflowClient, copies: Path, prompt: str
) -> None:
    addresses = (f"prompts:/{prompt}@live", f"prompts:/{prompt}/1")
    for address in addresses:
        load(client, address)
    assert len(list(copies.glob("*/*.json"))) == 2
    elsewhere.delete_prompt_version(prompt, 1)

    for address in addresses:
        assert client.load_prompt(address, allow_missing=True, cache_ttl_seconds=0) is None

    assert list(copies.glob("*/*.json")) == []


def test_copies_are_readable_by_the_user_alone(client: mlflow.MlflowClient, copies: Path, prompt: str) -> None:
    load(client, f"prompts:/{prompt}@live")

    (folder,) = copies.iterdir()
    files = list(folder.iterdir())
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]


def test_a_copy_that_another_user_has_put_there_is_not_read(
    client: mlflow.MlflowClient, server: ForkedServer, copies: Path, prompt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    load(client, f"prompts:/{prompt}/1")
    (copy,) = copies.glob("*/*.json")
    os.chown(copy, 65534, 65534)
    server.kill()
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")

    assert new_process(server.url, f"prompts:/{prompt}/1")[0] == "TEMPORARILY_UNAVAILABLE"


@pytest.mark.parametrize("setting", ["off", "OFF", "0", "false", ""])
def test_copies_can_be_turned_off(
    client: mlflow.MlflowClient,
    server: ForkedServer,
    prompt: str,
    setting: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HEADRACE_PROMPT_COPIES", setting)

    load(client, f"prompts:/{prompt}@live")

    assert list(home.iterdir()) == []
    assert list(tmp_path.iterdir()) == [home]


def test_copies_are_in_the_user_s_cache_folder_unless_it_is_said_where(
    client: mlflow.MlflowClient, prompt: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("HEADRACE_PROMPT_COPIES")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    load(client, f"prompts:/{prompt}@live")

    assert len(list((tmp_path / "cache/headrace/prompts").glob("*/*.json"))) == 2


def test_without_copies_a_new_process_has_nothing_to_go_by(
    client: mlflow.MlflowClient, server: ForkedServer, prompt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_PROMPT_COPIES", "off")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    load(client, f"prompts:/{prompt}@live")
    server.kill()

    assert new_process(server.url, f"prompts:/{prompt}@live")[0] == "TEMPORARILY_UNAVAILABLE"


@pytest.mark.parametrize("kind", ["version", "alias"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: b"\0" * len(data),
        lambda data: b"[1, 2]",
        lambda data: data.replace(b"prompt-", b"other--"),
    ],
    ids=["empty", "half", "zeros", "other JSON", "of another prompt"],
)
def test_a_damaged_copy_is_as_good_as_none(
    client: mlflow.MlflowClient,
    server: ForkedServer,
    copies: Path,
    prompt: str,
    kind: str,
    damage: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load(client, f"prompts:/{prompt}@live")
    (copy,) = copies.glob("*/*~@live.json" if kind == "alias" else "*/*~1.json")
    assert callable(damage)
    copy.write_bytes(damage(copy.read_bytes()))

    assert new_process(server.url, f"prompts:/{prompt}@live")[0] == "1", "the server is there"

    copy.write_bytes(damage(copy.read_bytes()))
    server.kill()
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    assert new_process(server.url, f"prompts:/{prompt}@live")[0] == "TEMPORARILY_UNAVAILABLE"


def test_a_folder_that_cannot_be_written_to_costs_the_copies_and_nothing_else(
    client: mlflow.MlflowClient, prompt: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("HEADRACE_PROMPT_COPIES", str(tmp_path / "file" / "below"))

    assert load(client, f"prompts:/{prompt}@live").version == 1


# -- With a fallback.
