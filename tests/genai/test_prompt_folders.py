"""The folder of prompt files: nothing gets out of it, nothing in it is followed, files are there whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlflow.client.prompts.files.folder import SIZE_LIMIT, Folder, name_of, path_of
from mlflow.exceptions import Conflict, InvalidParameter, MlflowException


def file(folder: Path, path: str, text: str = "Hi\n") -> Path:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)
    return folder / path


def names(folder: Path) -> list[str]:
    return [found.prompt.name for found in Folder(str(folder)).read()[0]]


def troubles(folder: Path) -> dict[str, str]:
    return {trouble.path: trouble.reason for trouble in Folder(str(folder)).read()[1]}


def test_folders_in_a_name_are_folders_on_disk(tmp_path: Path) -> None:
    Folder(str(tmp_path)).write(path_of("team/support/greeting"), "Hi\n", None)

    assert (tmp_path / "team/support/greeting.prompt.md").read_text() == "Hi\n"
    assert names(tmp_path) == ["team/support/greeting"]


@pytest.mark.parametrize("name", [".git/hooks/pre-commit", "a/.env", "..a", "...", "a.prompt.md", "-rf", "a.b/c_d-e"])
def test_every_name_has_a_path_of_its_own_that_is_not_hidden(name: str) -> None:
    path = path_of(name)

    assert name_of(path) == name
    assert not any(part.startswith(".") for part in path.split("/"))


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "a//b", "..", "a\\..\\b", "a\0b", "", "C:x"])
def test_a_name_that_leads_elsewhere_has_no_path(name: str) -> None:
    with pytest.raises(InvalidParameter):
        path_of(name)


def test_a_link_on_the_way_is_not_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "prompts", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (inside / "team").symlink_to(outside)

    with pytest.raises(MlflowException, match="symbolic link"):
        Folder(str(inside)).write(path_of("team/qa"), "Hi\n", None)

    assert list(outside.iterdir()) == []


def test_a_file_that_is_a_link_is_neither_read_nor_written(tmp_path: Path) -> None:
    secret = file(tmp_path, "secret", "secret\n")
    inside = tmp_path / "prompts"
    inside.mkdir()
    (inside / "qa.prompt.md").symlink_to(secret)

    assert "symbolic link" in troubles(inside)["qa.prompt.md"]
    with pytest.raises(MlflowException, match="symbolic link"):
        Folder(str(inside)).write("qa.prompt.md", "Hi\n", None)
    assert secret.read_text() == "secret\n"


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    file(tmp_path, "real/qa.prompt.md")
    (tmp_path / "link").symlink_to(tmp_path / "real")

    assert names(tmp_path / "link") == ["qa"]


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "qa.prompt.md")

    assert "pipe" in troubles(tmp_path)["qa.prompt.md"]


def test_other_files_hidden_folders_and_linked_folders_are_left_alone(tmp_path: Path) -> None:
    file(tmp_path, "qa.prompt.md")
    file(tmp_path, "README.md")
    file(tmp_path, ".venv/x.prompt.md")
    file(tmp_path, "sub/x.prompt.md")
    (tmp_path / "loop").symlink_to(tmp_path)

    assert names(tmp_path) == ["qa", "sub/x"]
    assert troubles(tmp_path) == {}


def test_files_that_cannot_be_read_do_not_hide_the_others(tmp_path: Path) -> None:
    file(tmp_path, "good.prompt.md")
    file(tmp_path, "odd name.prompt.md")
    file(tmp_path, "half.prompt.md", "---\nversion: 1\n")
    file(tmp_path, "large.prompt.md", "x" * (SIZE_LIMIT + 1))
    file(tmp_path, "alias.prompt.md", "---\naliases: [latest]\n---\n")
    (tmp_path / "latin1.prompt.md").write_bytes(b"caf\xe9")

    assert names(tmp_path) == ["good"]
    assert sorted(troubles(tmp_path)) == [
        *("alias.prompt.md", "half.prompt.md", "large.prompt.md", "latin1.prompt.md", "odd name.prompt.md")
    ]


def test_two_files_of_one_prompt_are_told(tmp_path: Path) -> None:
    file(tmp_path, "a.prompt.md", "---\nname: qa\n---\nHi\n")
    file(tmp_path, "qa.prompt.md")

    assert troubles(tmp_path) == {"qa.prompt.md": "it is the prompt 'qa', and so is 'a.prompt.md'"}


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = file(tmp_path, "qa.prompt.md", "old\n")
    folder = Folder(str(tmp_path))
    path.write_text("edited meanwhile\n")

    with pytest.raises(Conflict):
        folder.write("qa.prompt.md", "new\n", "old\n")
    with pytest.raises(Conflict):
        folder.write("qa.prompt.md", "new\n", None)

    assert path.read_text() == "edited meanwhile\n"
    assert os.listdir(tmp_path) == ["qa.prompt.md"]


def test_a_folder_that_is_not_there_is_an_error_to_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="There is no folder"):
        Folder(str(tmp_path / "nowhere")).read()
