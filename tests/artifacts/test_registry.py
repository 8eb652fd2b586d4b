from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from mlflow.artifacts.local import LocalArtifactRepository
from mlflow.artifacts.proxied import ProxiedArtifactRepository
from mlflow.artifacts.registry import ENTRY_POINTS, below, folder_and_name, repository_for, split_runs_uri
from mlflow.exceptions import InvalidParameter, MlflowNotImplementedException


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("/a/b", LocalArtifactRepository),
        ("relative", LocalArtifactRepository),
        ("with:colon/x", None),
        ("file:///a", LocalArtifactRepository),
        ("FILE:/a", LocalArtifactRepository),
        ("mlflow-artifacts:/a", ProxiedArtifactRepository),
        ("http://h/api/2.0/mlflow-artifacts/artifacts/a", ProxiedArtifactRepository),
    ],
)
def test_the_scheme_decides_who_keeps_the_artifacts(uri: str, kind: type | None) -> None:
    if kind is None:
        with pytest.raises(MlflowNotImplementedException):
            repository_for(uri)
        return
    assert type(repository_for(uri, tracking_uri="http://h")) is kind


@pytest.mark.parametrize("uri", ["s3://bucket/a", "gs://bucket/a", "abfss://c@a.dfs.core.windows.net/x"])
def test_an_object_store_says_what_to_do_instead(uri: str) -> None:
    with pytest.raises(MlflowNotImplementedException, match="--artifacts-destination"):
        repository_for(uri)


def test_an_unknown_scheme_says_which_are_known() -> None:
    with pytest.raises(MlflowNotImplementedException, match="mlflow-artifacts:"):
        repository_for("zzz://x")


def test_an_installed_package_can_offer_a_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = importlib.metadata.EntryPoint("pathlike", "mlflow.artifacts.local:LocalArtifactRepository", ENTRY_POINTS)

    def entry_points(*, group: str, name: str) -> list[importlib.metadata.EntryPoint]:
        return [each for each in [offered] if (each.group, each.name) == (group, name)]

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)

    assert repository_for("pathlike:x").artifact_uri == "pathlike:x"


def test_a_runs_uri_is_looked_up(tmp_path: Path) -> None:
    found = repository_for("runs:/r1/model/sub", artifact_uri_of_run={"r1": str(tmp_path)}.__getitem__)

    assert found.artifact_uri == str(tmp_path / "model/sub")


def test_a_runs_uri_needs_somebody_to_ask() -> None:
    with pytest.raises(InvalidParameter, match="names a run"):
        repository_for("runs:/r1/model")


@pytest.mark.parametrize("uri", ["runs:/", "runs:", "runs:/r1/../x", "runs:/r1//etc"])
def test_incomplete_runs_uris_are_refused(uri: str) -> None:
    with pytest.raises(InvalidParameter):
        split_runs_uri(uri)


@pytest.mark.parametrize(
    ("uri", "path", "expected"),
    [
        ("/a", "b/c", "/a/b/c"),
        ("mlflow-artifacts:/0/r", "a b", "mlflow-artifacts:/0/r/a%20b"),
        ("mlflow-artifacts:/", "a", "mlflow-artifacts:/a"),
        ("wasbs://c@x/p?sig=1", "a", "wasbs://c@x/p/a?sig=1"),
        ("s3://bucket", "", "s3://bucket"),
    ],
)
def test_uris_of_what_is_below(uri: str, path: str, expected: str) -> None:
    assert below(uri, path) == expected


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("mlflow-artifacts:/x", ("mlflow-artifacts:/", "x")),
        ("mlflow-artifacts:/a/b%20c/", ("mlflow-artifacts:/a", "b c")),
        ("mlflow-artifacts://h:1/x", ("mlflow-artifacts://h:1/", "x")),
        ("mlflow-artifacts:/", ("mlflow-artifacts:/", "")),
    ],
)
def test_a_uri_splits_into_folder_and_name(uri: str, expected: tuple[str, str]) -> None:
    assert folder_and_name(uri) == expected


def test_a_local_path_may_lead_through_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")

    assert folder_and_name(str(tmp_path / "link" / "a")) == (str(tmp_path / "real"), "a")
    assert folder_and_name(f"file://{tmp_path}/link") == (str(tmp_path), "real")
