"""Where data sets come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlflow.data.dataset_source import DatasetSource
from mlflow.data.sources import (
    CodeDatasetSource,
    HTTPDatasetSource,
    LocalArtifactDatasetSource,
    S3ArtifactDatasetSource,
    resolve_source,
    source_of,
)
from mlflow.entities import Dataset
from mlflow.exceptions import MlflowException, NotFound, Unavailable
from tests.servers import free_port
from tests.store.scripted_server import Answer, scripted_server


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        ("https://host/a.csv", "http"),
        ("http://host/", "http"),
        ("/data/a.csv", "local"),
        ("a.csv", "local"),
        ("file:///data/a.csv", "local"),
        ("s3://bucket/a", "s3"),
        ("gs://bucket/a", "gs"),
        ("wasbs://a@b/c", "wasbs"),
        ("abfss://a@b/c", "abfss"),
        ("hdfs://host/a", "hdfs"),
        ("ftp://host/a", "ftp"),
        ("sftp://host/a", "sftp"),
    ],
)
def test_a_name_tells_the_kind_of_source(named: str, kind: str) -> None:
    source = resolve_source(named)

    assert source._get_source_type() == kind
    assert named in source.to_json()


def test_every_stored_source_can_be_made_anew() -> None:
    for source in (
        CodeDatasetSource({"mlflow.user": "anna"}),
        HTTPDatasetSource("https://host/a.csv"),
        LocalArtifactDatasetSource("/data/a.csv"),
        S3ArtifactDatasetSource("s3://bucket/a"),
    ):
        stored = Dataset(name="d", digest="1", source_type=source._get_source_type(), source=source.to_json())

        again = source_of(stored)

        assert type(again) is type(source)
        assert again.to_dict() == source.to_dict()


def test_without_a_source_it_is_the_running_program() -> None:
    source = resolve_source(None)

    assert source._get_source_type() == "code"
    assert source.to_dict()["tags"]["mlflow.source.type"] == "LOCAL"
    with pytest.raises(MlflowException, match="run that code"):
        source.load()


def test_a_source_of_ones_own_is_used_as_it_is() -> None:
    class Mine(DatasetSource):
        @staticmethod
        def _get_source_type() -> str:
            return "mine"

        def load(self) -> str:
            return "data"

        def to_dict(self) -> dict[str, str]:
            return {}

        @classmethod
        def from_dict(cls, source_dict: dict[str, str]) -> Mine:
            return cls()

    mine = Mine()

    assert resolve_source(mine) is mine


@pytest.mark.parametrize("named", ["runs:/1/a", "foo:bar", 3, ["a.csv"]])
def test_what_names_no_source_is_refused(named: object) -> None:
    with pytest.raises(NotFound, match="Could not find a source information resolver"):
        resolve_source(named)


def test_a_local_file_is_where_it_is_until_a_copy_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    source = LocalArtifactDatasetSource(str(tmp_path / "a.csv"))

    assert source.load() == str(tmp_path / "a.csv")
    copy = Path(source.load(str(tmp_path / "copy")))
    assert (copy.parent, copy.read_text()) == (tmp_path / "copy", "a\n1\n")


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({}, "wine data.csv"),
        ({"Content-Disposition": 'attachment; filename="red.csv"'}, "red.csv"),
        ({"Content-Disposition": 'attachment; filename="../../etc/red.csv"'}, "red.csv"),
    ],
)
def test_a_file_on_the_web_is_downloaded_under_its_bare_name_without_our_credentials(
    headers: dict[str, str], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret")
    with scripted_server() as server:
        server.will_answer(Answer(b"a\n1\n", headers=headers))

        path = Path(HTTPDatasetSource(f"{server.url}/files/wine%20data.csv?v=2").load(str(tmp_path)))

        assert (path.parent, path.name, path.read_text()) == (tmp_path, name, "a\n1\n")
        assert "Authorization" not in server.asked[0].headers


def test_a_file_on_the_web_that_cannot_be_had_is_told() -> None:
    with scripted_server() as server:
        server.will_answer(Answer(status=404))
        with pytest.raises(Unavailable, match="it answered with status 404"):
            HTTPDatasetSource(server.url).load()


def test_a_web_server_that_cannot_be_reached_is_told() -> None:
    with pytest.raises(Unavailable, match="cannot be downloaded"):
        HTTPDatasetSource(f"http://127.0.0.1:{free_port()}/a.csv").load()
