"""The functions for users, `mlflow.artifacts.*`, on a real database and on plain paths."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlflow import artifacts
from mlflow.client import MlflowClient
from mlflow.entities import FileInfo
from mlflow.exceptions import BadRequest, InvalidParameter, NotFound, RunNotFound
from mlflow.tracking import set_tracking_uri


@pytest.fixture
def tracking_uri(tmp_path: Path) -> Iterator[str]:
    set_tracking_uri(uri := f"sqlite:///{tmp_path}/runs.db")
    yield uri
    set_tracking_uri(None)


@pytest.fixture
def run_id(tracking_uri: str, tmp_path: Path) -> str:
    client = MlflowClient(tracking_uri)
    experiment = client.create_experiment("e", artifact_location=str(tmp_path / "runs"))
    run: str = client.create_run(experiment).info.run_id
    (tmp_path / "b.txt").write_text("hällo")
    (tmp_path / "c.json").write_text('{"x": 1}')
    client.log_artifact(run, str(tmp_path / "b.txt"), "a")
    client.log_artifact(run, str(tmp_path / "c.json"))
    return run


def test_artifacts_of_a_run_are_listed(run_id: str, tracking_uri: str) -> None:
    top = [FileInfo("a", True), FileInfo("c.json", False, 8)]

    assert artifacts.list_artifacts(run_id=run_id, tracking_uri=tracking_uri) == top
    assert artifacts.list_artifacts(f"runs:/{run_id}", tracking_uri=tracking_uri) == top
    assert artifacts.list_artifacts(f"runs:/{run_id}/a", tracking_uri=tracking_uri) == [FileInfo("a/b.txt", False, 6)]
    assert artifacts.list_artifacts(run_id=run_id, artifact_path="c.json", tracking_uri=tracking_uri) == []


def test_artifacts_of_a_run_are_downloaded(run_id: str, tracking_uri: str, tmp_path: Path) -> None:
    new = tmp_path / "new"

    file = artifacts.download_artifacts(
        run_id=run_id, artifact_path="a/b.txt", dst_path=str(new), tracking_uri=tracking_uri
    )
    folder = artifacts.download_artifacts(f"runs:/{run_id}/a", dst_path=str(new), tracking_uri=tracking_uri)

    assert (file, folder) == (str(new / "b.txt"), str(new / "a"))
    assert Path(file).read_text() == Path(folder, "b.txt").read_text() == "hällo"


def test_content_is_loaded(run_id: str) -> None:
    assert artifacts.load_text(f"runs:/{run_id}/a/b.txt") == "hällo"
    assert artifacts.load_dict(f"runs:/{run_id}/c.json") == {"x": 1}


def test_an_image_is_loaded(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    image.new("RGB", (3, 2), "red").save(tmp_path / "i.png")

    assert artifacts.load_image(str(tmp_path / "i.png")).size == (3, 2)


@pytest.mark.parametrize("load", [artifacts.load_dict, artifacts.load_image, artifacts.load_text])
def test_content_of_another_kind_is_the_callers_error(tmp_path: Path, load: object) -> None:
    (tmp_path / "a").write_bytes(b"\xff\xfe no text")
    assert callable(load)

    with pytest.raises(BadRequest):
        load(str(tmp_path / "a"))


def test_plain_paths_and_file_uris_work_without_any_run(tmp_path: Path) -> None:
    (tmp_path / "f" / "g").mkdir(parents=True)
    (tmp_path / "f" / "g" / "a").write_text("x")

    assert artifacts.list_artifacts(f"file://{tmp_path}/f") == [FileInfo("f/g", True)]
    assert artifacts.list_artifacts(str(tmp_path / "missing")) == []
    assert artifacts.download_artifacts(str(tmp_path / "f")) == str(tmp_path / "f")
    assert artifacts.download_artifacts(str(tmp_path / "f/g/a"), dst_path=str(tmp_path / "to")) == str(
        tmp_path / "to/a"
    )
    with pytest.raises(NotFound):
        artifacts.load_text(str(tmp_path / "missing"))


def test_exactly_one_of_uri_and_run_is_given() -> None:
    for arguments in ({}, {"artifact_uri": "/a", "run_id": "r"}):
        with pytest.raises(InvalidParameter, match="Exactly one"):
            artifacts.list_artifacts(**arguments)
        with pytest.raises(InvalidParameter, match="Exactly one"):
            artifacts.download_artifacts(**arguments)


def test_a_path_goes_with_a_run_only() -> None:
    with pytest.raises(InvalidParameter, match="artifact_path"):
        artifacts.download_artifacts(artifact_uri="/a", artifact_path="b")


def test_a_missing_run_says_so(run_id: str, tracking_uri: str) -> None:
    with pytest.raises(RunNotFound):
        artifacts.list_artifacts(run_id="0" * 32, tracking_uri=tracking_uri)


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = "{'urllib3', 'fastapi', 'starlette', 'sqlalchemy', 'rich', 'numpy', 'pandas', 'PIL'}"
    code = f"import sys, mlflow.artifacts; assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True)
