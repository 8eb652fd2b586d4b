"""Artifacts of runs: files, folders, texts, figures, streams."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

import mlflow
from mlflow.exceptions import MlflowException


@pytest.fixture
def run_id(experiment: str) -> str:
    with mlflow.start_run() as run:
        return run.info.run_id


@pytest.fixture
def client(tracking_uri: str) -> mlflow.MlflowClient:
    return mlflow.MlflowClient()


def paths(client: mlflow.MlflowClient, run_id: str, folder: str | None = None) -> list[str]:
    found = []
    for info in client.list_artifacts(run_id, folder):
        found += paths(client, run_id, info.path) if info.is_dir else [info.path]
    return found


def content(client: mlflow.MlflowClient, run_id: str, path: str, target: Path) -> bytes:
    return Path(client.download_artifacts(run_id, path, str(target / "got"))).read_bytes()


def test_a_file_goes_to_the_root_or_into_a_folder(client: mlflow.MlflowClient, run_id: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("content")

    client.log_artifact(run_id, str(tmp_path / "a.txt"))
    client.log_artifact(run_id, str(tmp_path / "a.txt"), "deep/folder")

    assert paths(client, run_id) == ["a.txt", "deep/folder/a.txt"]
    assert content(client, run_id, "deep/folder/a.txt", tmp_path) == b"content"


def test_a_path_object_will_do(run_id: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("content")

    mlflow.log_artifact(tmp_path / "a.txt", run_id=run_id)  # type: ignore[arg-type]

    assert [info.path for info in mlflow.MlflowClient().list_artifacts(run_id)] == ["a.txt"]


def test_a_folder_goes_under_its_name_or_without_it(client: mlflow.MlflowClient, run_id: str, tmp_path: Path) -> None:
    (tmp_path / "folder" / "sub").mkdir(parents=True)
    (tmp_path / "folder" / "sub" / "a.txt").write_text("content")

    client.log_artifact(run_id, str(tmp_path / "folder"), "one")
    client.log_artifacts(run_id, str(tmp_path / "folder"), "two")

    assert paths(client, run_id) == ["one/folder/sub/a.txt", "two/sub/a.txt"]


def test_a_missing_local_file_is_told(client: mlflow.MlflowClient, run_id: str) -> None:
    with pytest.raises(FileNotFoundError, match="/no/such/file"):
        client.log_artifact(run_id, "/no/such/file")


def test_folders_are_listed_level_by_level_with_sizes(client: mlflow.MlflowClient, run_id: str) -> None:
    client.log_text(run_id, "äöü", "folder/a.txt")

    (folder,) = client.list_artifacts(run_id)
    (file,) = client.list_artifacts(run_id, "folder")

    assert (folder.path, folder.is_dir, folder.file_size) == ("folder", True, None)
    assert (file.path, file.is_dir, file.file_size) == ("folder/a.txt", False, 6)
    assert client.list_artifacts(run_id, "folder/a.txt") == []
    assert client.list_artifacts(run_id, "nowhere") == []


def test_all_artifacts_can_be_downloaded(client: mlflow.MlflowClient, run_id: str, tmp_path: Path) -> None:
    client.log_text(run_id, "one", "a.txt")
    client.log_text(run_id, "two", "folder/b.txt")

    local = Path(client.download_artifacts(run_id, "", str(tmp_path / "all")))

    assert (local / "a.txt").read_text() == "one"
    assert (local / "folder" / "b.txt").read_text() == "two"


def test_a_missing_artifact_is_told(client: mlflow.MlflowClient, run_id: str) -> None:
    with pytest.raises(MlflowException, match="nowhere") as failure:
        client.download_artifacts(run_id, "nowhere")

    assert failure.value.error_code == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize("path", ["../a.txt", "/a.txt", "a/../../b.txt"])
def test_a_path_that_leaves_the_run_is_refused(client: mlflow.MlflowClient, run_id: str, path: str) -> None:
    with pytest.raises(MlflowException, match="Invalid path"):
        client.log_text(run_id, "content", path)


def test_artifacts_of_an_unknown_run_are_an_error(client: mlflow.MlflowClient, run_id: str) -> None:
    with pytest.raises(MlflowException, match="not found"):
        client.log_text("0" * 32, "content", "a.txt")


def test_a_text_is_written_as_utf8(client: mlflow.MlflowClient, run_id: str, tmp_path: Path) -> None:
    client.log_text(run_id, "grüß\n", "a.txt")

    assert content(client, run_id, "a.txt", tmp_path) == "grüß\n".encode()
    with pytest.raises(TypeError, match="must be a string, not int"):
        client.log_text(run_id, 7, "a.txt")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{\n  "b": [\n    1\n  ],\n  "a": null\n}'),
        ("a.other", '{\n  "b": [\n    1\n  ],\n  "a": null\n}'),
        ("a.yaml", "a: null\nb:\n- 1\n"),
        ("a.yml", "a: null\nb:\n- 1\n"),
    ],
)
def test_a_dict_is_written_in_the_format_of_its_name(
    client: mlflow.MlflowClient, run_id: str, tmp_path: Path, name: str, text: str
) -> None:
    client.log_dict(run_id, {"b": [1], "a": None}, name)

    assert content(client, run_id, name, tmp_path).decode() == text


def test_what_json_does_not_know_is_written_as_text(client: mlflow.MlflowClient, run_id: str, tmp_path: Path) -> None:
    client.log_dict(run_id, {"path": Path("/tmp/a")}, "a.json")

    assert json.loads(content(client, run_id, "a.json", tmp_path)) == {"path": "/tmp/a"}


def test_a_stream_is_copied_from_where_it_stands(client: mlflow.MlflowClient, run_id: str, tmp_path: Path) -> None:
    stream = io.BytesIO(b"head|" + b"x" * 3_000_000)
    stream.seek(5)

    client.log_stream(run_id, stream, "big.bin")

    assert content(client, run_id, "big.bin", tmp_path) == b"x" * 3_000_000


def test_a_text_stream_is_refused(client: mlflow.MlflowClient, run_id: str) -> None:
    with pytest.raises(TypeError, match="open in binary mode"):
        client.log_stream(run_id, io.StringIO("text"), "a.txt")  # type: ignore[arg-type]

    assert paths(client, run_id) == []


@pytest.mark.parametrize(("extension", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_a_matplotlib_figure_is_drawn_in_the_format_of_its_name(
    client: mlflow.MlflowClient, run_id: str, tmp_path: Path, extension: str, start: bytes
) -> None:
    from matplotlib.figure import Figure

    figure = Figure()
    figure.add_subplot().plot([1, 2, 3])

    client.log_figure(run_id, figure, f"plots/loss.{extension}", save_kwargs={"dpi": 40})

    assert content(client, run_id, f"plots/loss.{extension}", tmp_path).startswith(start)


def test_a_plotly_figure_is_written_as_a_page(client: mlflow.MlflowClient, run_id: str, tmp_path: Path) -> None:
    graph_objects: Any = pytest.importorskip("plotly.graph_objects")

    client.log_figure(run_id, graph_objects.Figure(graph_objects.Scatter(x=[1], y=[2])), "plot.html")

    page = content(client, run_id, "plot.html", tmp_path)
    assert b"plotly" in page
    assert len(page) < 1_000_000, "the library comes from the web, not with every plot"


def test_what_is_no_figure_is_refused(client: mlflow.MlflowClient, run_id: str) -> None:
    with pytest.raises(TypeError, match="Unsupported figure object type"):
        client.log_figure(run_id, "a drawing", "a.png")


def test_the_fluent_functions_write_to_the_active_run(experiment: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(tmp_path / "a.txt"))
        mlflow.log_text("b", "b.txt")
        mlflow.log_dict({}, "c.json")
        mlflow.log_stream(io.BytesIO(b"d"), "d.bin")

    assert paths(mlflow.MlflowClient(), run.info.run_id) == ["a.txt", "b.txt", "c.json", "d.bin"]


def test_the_artifact_uri_of_the_active_run_can_be_had(experiment: str) -> None:
    with mlflow.start_run() as run:
        root = mlflow.get_artifact_uri()
        assert root == run.info.artifact_uri
        assert mlflow.get_artifact_uri("a/b.txt") == f"{root}/a/b.txt"


def test_an_artifact_is_found_again_by_its_uri(experiment: str) -> None:
    with mlflow.start_run() as run:
        mlflow.log_text("content", "folder/a.txt")

    assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/folder/a.txt") == "content"
    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/folder/a.txt") == "content"
