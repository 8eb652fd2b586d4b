"""Which store answers for a tracking URI."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlflow.exceptions import InvalidParameter
from mlflow.store import registry
from mlflow.store.registry import store_for
from mlflow.store.rest import RestStore


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("MLFLOW_REGISTRY_URI", raising=False)
    monkeypatch.setattr(registry, "_tracking_uri", None)
    monkeypatch.setattr(registry, "_registry_uri", None)
    yield
    registry.close_stores()


def test_without_a_choice_runs_go_to_a_database_in_the_current_folder(tmp_path: Path) -> None:
    assert registry.get_tracking_uri() == f"sqlite:///{tmp_path}/mlflow.db"
    assert not registry.is_tracking_uri_set()
    assert list(tmp_path.iterdir()) == []


def test_the_environment_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://there:5000")

    assert registry.get_tracking_uri() == "http://there:5000"
    assert registry.is_tracking_uri_set()


def test_a_choice_in_code_wins_and_reaches_child_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://there:5000")

    registry.set_tracking_uri("http://here:5000")

    assert registry.get_tracking_uri() == "http://here:5000"
    assert os.environ["MLFLOW_TRACKING_URI"] == "http://here:5000"


def test_none_goes_back_to_the_default(tmp_path: Path) -> None:
    registry.set_tracking_uri("http://here:5000")
    registry.set_tracking_uri(None)

    assert registry.get_tracking_uri() == f"sqlite:///{tmp_path}/mlflow.db"
    assert not registry.is_tracking_uri_set()


def test_a_path_becomes_a_file_uri(tmp_path: Path) -> None:
    registry.set_tracking_uri(Path("runs"))

    assert registry.get_tracking_uri() == (tmp_path / "runs").as_uri()
    registry.set_tracking_uri(None)


def test_the_registry_is_where_the_runs_are_unless_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://there:5000")
    assert registry.get_registry_uri() == "http://there:5000"

    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "http://models:5000")
    assert registry.get_registry_uri() == "http://models:5000"

    registry.set_registry_uri("http://other:5000")
    assert registry.get_registry_uri() == "http://other:5000"


def test_a_store_is_opened_once(tmp_path: Path) -> None:
    assert store_for("sqlite:///runs.db") is store_for(f"sqlite:///{tmp_path}/runs.db")


def test_a_relative_database_stays_where_it_was_when_the_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_for("sqlite:///runs.db")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")

    assert (tmp_path / "runs.db").exists()
    assert store_for("sqlite:///../runs.db") is not None
    assert not (tmp_path / "sub" / "runs.db").exists()


def test_a_forked_child_opens_the_store_anew() -> None:
    ours = store_for("http://there:5000")

    child = os.fork()
    if child == 0:
        os._exit(0 if store_for("http://there:5000") is not ours else 1)
    _, status = os.waitpid(child, 0)

    assert status == 0


def test_an_http_address_is_a_server() -> None:
    assert isinstance(store_for("https://there"), RestStore)


@pytest.mark.parametrize("uri", ["./mlruns", "/data/mlruns", "file:///data/mlruns"])
def test_a_folder_is_refused_with_a_way_out(uri: str) -> None:
    with pytest.raises(InvalidParameter, match="hint: use a database file instead"):
        store_for(uri)


@pytest.mark.parametrize("uri", ["databricks", "databricks://profile"])
def test_databricks_is_refused_by_name(uri: str) -> None:
    with pytest.raises(InvalidParameter, match="Databricks workspace"):
        store_for(uri)


def test_an_unknown_kind_of_uri_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="is of no kind that is known"):
        store_for("redis://there")
