from __future__ import annotations

import os
import stat
import threading
import time
from pathlib import Path

import pytest

from mlflow.artifacts.local import LocalArtifactRepository, local_path_of
from mlflow.artifacts.paths import STAGING
from mlflow.artifacts.progress import Meter
from mlflow.artifacts.rooted import ArtifactNotFound, IsAFolder, RootedFolder
from mlflow.artifacts.staging import FORGOTTEN_AFTER, StagedFile, sweep
from mlflow.entities import FileInfo
from mlflow.exceptions import InvalidParameter, NotFound


@pytest.fixture
def repository(tmp_path: Path) -> LocalArtifactRepository:
    return LocalArtifactRepository(str(tmp_path / "root"))


def names_in(folder: str) -> set[str]:
    return {os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names}


def write(path: Path, content: bytes = b"content") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_logged_file_keeps_its_name_and_bytes(repository: LocalArtifactRepository, tmp_path: Path) -> None:
    repository.log_artifact(str(write(tmp_path / "a.txt", b"hello")), "in/folder")

    with repository.open("in/folder/a.txt") as reader:
        assert (reader.read(), reader.size) == (b"hello", 5)


def test_a_file_replaces_the_one_before(repository: LocalArtifactRepository) -> None:
    repository.upload_stream([b"a long first version"], "a")
    repository.upload_stream([b"sec", b"ond"], "a")

    with repository.open("a") as reader:
        assert reader.read() == b"second"


def test_nothing_is_visible_before_commit(repository: LocalArtifactRepository) -> None:
    writer = repository.create("new/a")
    writer.write(b"half")

    assert repository.list_artifacts() == []
    writer.commit()
    assert repository.list_artifacts("new") == [FileInfo("new/a", False, 4)]


def test_a_failing_stream_leaves_nothing_behind(repository: LocalArtifactRepository) -> None:
    def breaking() -> object:
        yield b"half"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        repository.upload_stream(breaking(), "new/a")  # type: ignore[arg-type]

    assert os.listdir(repository.root) == []


def test_a_failing_upload_keeps_the_file_that_was_there(repository: LocalArtifactRepository) -> None:
    repository.upload_stream([b"old"], "a")
    writer = repository.create("a")
    writer.write(b"new")
    writer.discard()

    with repository.open("a") as reader:
        assert reader.read() == b"old"


def test_a_reader_keeps_the_version_it_opened(repository: LocalArtifactRepository) -> None:
    repository.upload_stream([b"old"], "a")
    with repository.open("a") as reader:
        repository.upload_stream([b"new one"], "a")

        assert reader.read() == b"old"


def test_readers_see_one_version_or_the_other_while_it_is_replaced(repository: LocalArtifactRepository) -> None:
    versions = {bytes([65 + number]) * 200_000 for number in range(4)}
    repository.upload_stream([min(versions)], "a")
    seen: set[bytes] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            with repository.open("a") as reader:
                seen.add(reader.read())

    reading = threading.Thread(target=read)
    reading.start()
    for _ in range(10):
        for version in versions:
            repository.upload_stream([version[:100_000], version[100_000:]], "a")
    done.set()
    reading.join()

    assert seen <= versions


def test_the_etag_changes_with_the_content(repository: LocalArtifactRepository) -> None:
    etags = set()
    for content in (b"one", b"two"):
        repository.upload_stream([content], "a")
        with repository.open("a") as reader:
            etags.add(reader.etag)

    assert len(etags) == 2


def test_a_listing_has_one_level_sorted_with_sizes(repository: LocalArtifactRepository) -> None:
    for path in ("m/b.txt", "m/a/deep.txt", "m/c.txt", "other"):
        repository.upload_stream([b"12345"], path)

    assert repository.list_artifacts("m") == [
        FileInfo("m/a", True),
        FileInfo("m/b.txt", False, 5),
        FileInfo("m/c.txt", False, 5),
    ]


@pytest.mark.parametrize("path", ["missing", "a", "a/below"])
def test_the_listing_of_a_file_or_of_nothing_is_empty(repository: LocalArtifactRepository, path: str) -> None:
    repository.upload_stream([b"x"], "a")

    assert repository.list_artifacts(path) == []


def test_staged_files_do_not_show(repository: LocalArtifactRepository) -> None:
    writer = repository.create("a")
    writer.write(b"x")

    assert os.listdir(repository.root) == [STAGING]
    assert repository.list_artifacts() == []
    writer.discard()


def test_no_staging_folder_stays_in_the_users_folder(repository: LocalArtifactRepository) -> None:
    repository.upload_stream([b"x"], "a")

    assert os.listdir(repository.root) == ["a"]


def test_what_a_crash_left_is_swept_after_a_day(repository: LocalArtifactRepository) -> None:
    staging = Path(repository.root, STAGING)
    fresh, old = write(staging / "fresh"), write(staging / "old")
    old_upload = write(staging / "mpu-1" / "part").parent
    yesterday = time.time() - FORGOTTEN_AFTER - 60
    os.utime(old, (yesterday, yesterday))
    os.utime(old_upload, (yesterday, yesterday))

    sweep(repository.folder)

    assert list(staging.iterdir()) == [fresh]


def test_a_new_repository_sweeps_on_its_first_upload(tmp_path: Path) -> None:
    old = write(tmp_path / STAGING / "old")
    os.utime(old, (0, 0))

    LocalArtifactRepository(str(tmp_path)).upload_stream([b"x"], "a")

    assert not old.exists()


def test_missing_files_and_folders_are_told_apart(repository: LocalArtifactRepository) -> None:
    repository.upload_stream([b"x"], "folder/a")

    with pytest.raises(ArtifactNotFound):
        repository.open("missing")
    with pytest.raises(ArtifactNotFound):
        repository.open("missing/deeper")
    with pytest.raises(IsAFolder):
        repository.open("folder")
    with pytest.raises(InvalidParameter, match="is a file"):
        repository.open("folder/a/below")


@pytest.mark.parametrize("path", ["folder", "folder/a/below"])
def test_a_file_cannot_replace_a_folder_or_be_below_a_file(repository: LocalArtifactRepository, path: str) -> None:
    repository.upload_stream([b"x"], "folder/a")

    with pytest.raises(InvalidParameter):
        repository.upload_stream([b"y"], path)

    assert names_in(repository.root) == {"folder/a"}


@pytest.mark.parametrize("path", ["link.txt", "folder/x", "folder/deep/x", "up/b.txt"])
def test_links_are_never_followed_for_reading(repository: LocalArtifactRepository, tmp_path: Path, path: str) -> None:
    outside = write(tmp_path / "outside" / "x", b"secret").parent
    write(outside / "deep" / "x")
    write(Path(repository.root, "b.txt"))
    Path(repository.root, "link.txt").symlink_to(outside / "x")
    Path(repository.root, "folder").symlink_to(outside)
    Path(repository.root, "up").symlink_to(".")

    with pytest.raises(InvalidParameter, match="symbolic link"):
        repository.open(path)
    with pytest.raises(InvalidParameter, match="symbolic link"):
        repository.download_file(path, str(tmp_path / "copy"))
    assert [info.path for info in repository.list_artifacts()] == ["b.txt"]


def test_links_are_never_followed_for_writing(repository: LocalArtifactRepository, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "x", b"precious").parent
    os.makedirs(repository.root)
    Path(repository.root, "link").symlink_to(outside / "x")
    Path(repository.root, "folder").symlink_to(outside)

    repository.upload_stream([b"new"], "link")
    with pytest.raises(InvalidParameter, match="symbolic link"):
        repository.upload_stream([b"new"], "folder/y")

    assert names_in(str(outside)) == {"x"}
    assert (outside / "x").read_bytes() == b"precious"


def test_a_staging_folder_that_is_a_link_is_refused(repository: LocalArtifactRepository, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    os.makedirs(repository.root)
    Path(repository.root, STAGING).symlink_to(tmp_path / "outside")

    with pytest.raises(InvalidParameter, match="symbolic link"):
        repository.upload_stream([b"x"], "a")


def test_deleting_a_folder_does_not_follow_links(repository: LocalArtifactRepository, tmp_path: Path) -> None:
    precious = write(tmp_path / "outside" / "x")
    os.makedirs(repository.root + "/folder")
    Path(repository.root, "folder", "link").symlink_to(precious.parent)
    Path(repository.root, "link").symlink_to(precious.parent)

    repository.delete_artifacts("folder")
    repository.delete_artifacts("link")

    assert not os.path.lexists(repository.root + "/link")
    assert precious.exists()


def test_nothing_is_deleted_through_a_link(repository: LocalArtifactRepository, tmp_path: Path) -> None:
    precious = write(tmp_path / "outside" / "x")
    os.makedirs(repository.root)
    Path(repository.root, "link").symlink_to(precious.parent)

    with pytest.raises(InvalidParameter, match="symbolic link"):
        repository.delete_artifacts("link/x")

    assert precious.exists()


def test_the_root_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to("real")

    LocalArtifactRepository(str(tmp_path / "root")).upload_stream([b"x"], "a")

    assert (tmp_path / "real" / "a").read_bytes() == b"x"


def test_a_pipe_among_the_artifacts_does_not_hang_anyone(repository: LocalArtifactRepository) -> None:
    os.makedirs(repository.root)
    os.mkfifo(repository.root + "/pipe")

    with pytest.raises(InvalidParameter, match="pipe"):
        repository.open("pipe")
    assert repository.list_artifacts() == []


def test_a_folder_swapped_for_a_link_between_two_steps_is_not_followed(
    repository: LocalArtifactRepository, tmp_path: Path
) -> None:
    repository.upload_stream([b"inside"], "f/a")
    outside = write(tmp_path / "outside" / "a", b"secret").parent
    with RootedFolder(repository.root).folder("f") as place:
        os.rename(repository.root + "/f", repository.root + "/g")
        os.symlink(outside, repository.root + "/f")
        fd = place.open("a", os.O_RDONLY)

    assert os.read(fd, 100) == b"inside"
    os.close(fd)


def test_deleting_removes_files_and_folders_and_takes_missing_ones(repository: LocalArtifactRepository) -> None:
    for path in ("a", "f/b", "f/g/c", "d"):
        repository.upload_stream([b"x"], path)

    for path in ("a", "f", "missing", "missing/deeper", "d/below"):
        repository.delete_artifacts(path)

    assert names_in(repository.root) == {"d"}
    assert os.listdir(repository.root) == ["d"]


def test_deleting_everything_removes_the_root(repository: LocalArtifactRepository) -> None:
    repository.upload_stream([b"x"], "f/a")

    repository.delete_artifacts()
    repository.delete_artifacts()

    assert not os.path.exists(repository.root)


def test_a_folder_is_logged_with_everything_in_it(repository: LocalArtifactRepository, tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in (".hidden", "sub/b", "sub/deep/c"):
        write(source / name)
    (source / "empty").mkdir()
    (source / "link").symlink_to(write(tmp_path / "elsewhere"))
    (source / "sub" / "again").symlink_to(source)

    repository.log_artifacts(str(source), "to")

    assert names_in(repository.root) == {"to/.hidden", "to/sub/b", "to/sub/deep/c", "to/link"}
    assert os.path.isdir(repository.root + "/to/empty")


def test_logging_a_folder_as_one_artifact_keeps_its_name(repository: LocalArtifactRepository, tmp_path: Path) -> None:
    write(tmp_path / "model" / "MLmodel")

    repository.log_artifact(str(tmp_path / "model") + "/", "to")

    assert names_in(repository.root) == {"to/model/MLmodel"}


def test_a_missing_local_file_is_the_callers_error(repository: LocalArtifactRepository, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        repository.log_artifact(str(tmp_path / "missing"))
    with pytest.raises(NotADirectoryError):
        repository.log_artifacts(str(write(tmp_path / "file")))


def test_logging_a_folder_stops_at_the_first_error(repository: LocalArtifactRepository, tmp_path: Path) -> None:
    for number in range(200):
        write(tmp_path / "source" / f"{number:03}")
    write(tmp_path / "source" / "#bad")

    with pytest.raises(InvalidParameter, match="#bad"):
        repository.log_artifacts(str(tmp_path / "source"))

    assert not os.path.exists(os.path.join(repository.root, STAGING))


def test_progress_ends_at_the_sum_of_all_files(repository: LocalArtifactRepository, tmp_path: Path) -> None:
    for number in range(20):
        write(tmp_path / "source" / str(number), b"x" * 1000)
    reports: list[tuple[int, int]] = []

    repository.log_artifacts(str(tmp_path / "source"), progress=lambda done, total: reports.append((done, total)))

    assert reports[-1] == (20_000, 20_000)
    assert [done for done, _ in reports] == sorted(done for done, _ in reports)


def test_a_download_lands_under_the_artifacts_own_name(repository: LocalArtifactRepository, tmp_path: Path) -> None:
    repository.upload_stream([b"x"], "f/g/a")

    assert repository.download_artifacts("f/g/a", str(tmp_path / "new")) == str(tmp_path / "new" / "a")
    assert repository.download_artifacts("f", str(tmp_path / "new")) == str(tmp_path / "new" / "f")
    assert repository.download_artifacts("", str(tmp_path / "all")) == str(tmp_path / "all")
    assert names_in(str(tmp_path / "new")) == {"a", "f/g/a"}
    assert names_in(str(tmp_path / "all")) == {"f/g/a"}


def test_without_a_destination_local_files_are_used_in_place(repository: LocalArtifactRepository) -> None:
    repository.upload_stream([b"x"], "f/a")

    assert repository.download_artifacts("f/a") == os.path.join(repository.root, "f/a")
    with pytest.raises(NotFound):
        repository.download_artifacts("missing")


def test_downloading_what_is_not_there_says_so(repository: LocalArtifactRepository, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="Failed to download artifacts from path 'missing'"):
        repository.download_artifacts("missing", str(tmp_path))


def test_an_empty_folder_is_downloaded_as_one(repository: LocalArtifactRepository, tmp_path: Path) -> None:
    repository.keep_empty_folder("f/empty")

    assert os.listdir(repository.download_artifacts("f/empty", str(tmp_path))) == []


def test_files_of_proc_are_copied_although_they_claim_to_be_empty(repository: LocalArtifactRepository) -> None:
    if not os.path.exists("/proc/version"):
        pytest.skip("needs /proc")

    repository.log_artifact("/proc/version")

    with repository.open("version") as reader:
        assert reader.read() == Path("/proc/version").read_bytes()


def test_new_files_get_the_usual_permissions(repository: LocalArtifactRepository) -> None:
    repository.upload_stream([b"x"], "a")
    umask = os.umask(0)
    os.umask(umask)

    assert stat.S_IMODE(os.stat(repository.root + "/a").st_mode) == 0o666 & ~umask


def test_writing_after_the_end_is_refused(repository: LocalArtifactRepository) -> None:
    staged = StagedFile(repository.folder, "a")
    staged.discard()

    with pytest.raises(Exception, match="ended already"):
        staged.write(b"x")
    assert os.listdir(repository.root) == []


def test_a_meter_counts_back_when_bytes_have_to_be_moved_again() -> None:
    reports: list[tuple[int, int]] = []
    meter = Meter(lambda done, total: reports.append((done, total)), 10)

    for count in (6, -6, 10):
        meter.advance(count)

    assert reports == [(6, 10), (0, 10), (10, 10)]


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("/a/b c", "/a/b c"),
        ("relative/x", "relative/x"),
        ("file:///a/b%20c", "/a/b c"),
        ("file:/a/b", "/a/b"),
        ("file://localhost/a", "/a"),
        ("file:///a#b", "/a#b"),
        ("file:relative", "relative"),
    ],
)
def test_file_uris_and_paths_name_local_folders(uri: str, path: str) -> None:
    assert local_path_of(uri) == path


def test_a_file_uri_of_another_host_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="host"):
        local_path_of("file://elsewhere/a")
