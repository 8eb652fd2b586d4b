"""Artifacts through the server: writing, listing, reading, and paths that lead outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.compat.recorder import World, attempt, mlflow, step
from tests.compat.views import view_files


def _tree(root: Any) -> dict[str, Any]:
    """Every file under `root` with its text, or its length when it is not text."""
    root = Path(root)
    found: dict[str, Any] = {}
    for path in sorted(root.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            try:
                found[path.relative_to(root).as_posix()] = data.decode() if len(data) < 200 else len(data)
            except UnicodeDecodeError:
                found[path.relative_to(root).as_posix()] = len(data)
    return found


def _write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def _everything(world: World, run_id: str) -> Any:
    """All listed artifacts, folders entered."""
    found, waiting = [], [None]
    while waiting:
        for info in world.client.list_artifacts(run_id, waiting.pop(0)):
            found.append([info.path, info.is_dir, info.file_size])
            if info.is_dir:
                waiting.append(info.path)
    return sorted(found)


@step("a run without artifacts lists nothing")
def _(world: World) -> Any:
    return {
        "root": world.client.list_artifacts(world.new_run()),
        "path": world.client.list_artifacts(world.new_run(), "x"),
    }


@step("text can be logged, listed and loaded")
def _(world: World) -> Any:
    run_id = world.new_run()
    world.client.log_text(run_id, "hello\nwörld 🧪", "notes/hello.txt")
    uri = f"runs:/{run_id}/notes/hello.txt"
    return {
        "listing": _everything(world, run_id),
        "loaded": mlflow.artifacts.load_text(uri),
        "by artifact uri": mlflow.artifacts.load_text(
            world.client.get_run(run_id).info.artifact_uri + "/notes/hello.txt"
        ),
    }


@step("dictionaries are written as JSON or YAML")
def _(world: World) -> Any:
    run_id = world.new_run()
    for name in ("d.json", "d.yaml", "d.yml", "d.txt", "d"):
        world.client.log_dict(run_id, {"b": [1, 2.5, None, True], "a": {"ü": "x"}}, name)
    return {
        "listing": _everything(world, run_id),
        "texts": {
            name: mlflow.artifacts.load_text(f"runs:/{run_id}/{name}") for name in ("d.json", "d.yaml", "d.txt", "d")
        },
        "loaded": mlflow.artifacts.load_dict(f"runs:/{run_id}/d.json"),
    }


@step("load_dict of what is not JSON")
def _(world: World) -> Any:
    run_id = world.new_run()
    world.client.log_text(run_id, "not json", "bad.json")
    return attempt(mlflow.artifacts.load_dict, f"runs:/{run_id}/bad.json")


@step("a file, in the root and in a folder")
def _(world: World) -> Any:
    run_id, folder = world.new_run(), _write(world.folder(), a_txt="A", b_bin="B" * 500)
    world.client.log_artifact(run_id, str(folder / "a.txt"))
    world.client.log_artifact(run_id, str(folder / "b.bin"), "deep/er")
    return {"everything": _everything(world, run_id), "root": view_files(world.client.list_artifacts(run_id))}


@step("a file that is not there")
def _(world: World) -> Any:
    run_id = world.new_run()
    return {
        "log_artifact": attempt(world.client.log_artifact, run_id, str(world.tmp / "missing.txt")),
        "log_artifacts": attempt(world.client.log_artifacts, run_id, str(world.tmp / "missing")),
        "kept": _everything(world, run_id),
    }


@step("a folder of files")
def _(world: World) -> Any:
    run_id, folder = (
        world.new_run(),
        _write(world.folder(), a_txt="A", sub__b_txt="B", sub__deep__c_txt="C", empty_txt=""),
    )
    (folder / "nothing inside").mkdir()
    world.client.log_artifacts(run_id, str(folder))
    world.client.log_artifacts(run_id, str(folder / "sub"), "copy")
    return _everything(world, run_id)


@step("log_artifact of a folder")
def _(world: World) -> Any:
    run_id, folder = world.new_run(), _write(world.folder(), pack__a_txt="A", pack__sub__b_txt="B")
    answer = attempt(world.client.log_artifact, run_id, str(folder / "pack"))
    return {"answer": answer, "everything": _everything(world, run_id)}


@step("an artifact can be written again")
def _(world: World) -> Any:
    run_id = world.new_run()
    world.client.log_text(run_id, "first, longer", "same.txt")
    world.client.log_text(run_id, "second", "same.txt")
    return {"text": mlflow.artifacts.load_text(f"runs:/{run_id}/same.txt"), "listing": _everything(world, run_id)}


@step("listing one level at a time")
def _(world: World) -> Any:
    run_id = world.new_run()
    for path in ("z.txt", "a.txt", "m/one.txt", "m/n/two.txt"):
        world.client.log_text(run_id, path, path)
    return {
        str(path): attempt(lambda path=path: view_files(world.client.list_artifacts(run_id, path)))
        for path in (None, "", "m", "m/", "m/n", "a.txt", "missing", "m/missing")
    }


@step("downloading a file, a folder and everything")
def _(world: World) -> Any:
    run_id, target = world.new_run(), world.folder()
    for path in ("root.txt", "f/one.txt", "f/g/two.txt"):
        world.client.log_text(run_id, path, path)
    whole = mlflow.artifacts.download_artifacts(f"runs:/{run_id}/", dst_path=str(target))
    one = world.client.download_artifacts(run_id, "f/one.txt", str(world.folder()))
    folder = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="f", dst_path=str(world.folder()))
    somewhere = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="f/g/two.txt")
    return {
        "everything": _tree(whole), "one": [Path(one).name, Path(one).read_text()], "folder": _tree(folder),
        "into a folder of its own": Path(somewhere).read_text(), "type": type(somewhere).__name__,
    }  # fmt: skip


@step("downloading what is not there")
def _(world: World) -> Any:
    run_id = world.new_run()
    world.client.log_text(run_id, "x", "there.txt")
    download = mlflow.artifacts.download_artifacts
    return {
        "missing file": attempt(download, f"runs:/{run_id}/missing.txt", dst_path=str(world.folder())),
        "unknown run": attempt(download, f"runs:/{'0' * 32}/x", dst_path=str(world.folder())),
        "nothing given": attempt(download),
        "both given": attempt(download, f"runs:/{run_id}/there.txt", run_id=run_id, artifact_path="there.txt"),
        "into a folder that is not there": attempt(
            download, f"runs:/{run_id}/there.txt", dst_path=str(world.tmp / "no" / "such")
        ),
    }


@step("list_artifacts of mlflow.artifacts")
def _(world: World) -> Any:
    run_id = world.new_run()
    world.client.log_text(run_id, "x", "f/x.txt")
    listing = mlflow.artifacts.list_artifacts
    return {
        "by run": view_files(listing(run_id=run_id)),
        "by run and path": view_files(listing(run_id=run_id, artifact_path="f")),
        "by uri": view_files(listing(f"runs:/{run_id}/f")),
        "nothing given": attempt(listing),
    }


ODD_PATHS = ("../x", "a/../../x", "/etc/x", "a/../b", "./a", "..", "a\\b", "%2e%2e/x", "a//b", "a#b")


@step("paths that lead outside: log_artifact")
def _(world: World) -> Any:
    folder = _write(world.folder(), a_txt="A")

    def log(path: str) -> Any:
        run_id = world.new_run()
        answer = attempt(world.client.log_artifact, run_id, str(folder / "a.txt"), path)
        return {"answer": answer, "kept": _everything(world, run_id)}

    return {path: log(path) for path in ODD_PATHS}


@step("paths that lead outside: log_text")
def _(world: World) -> Any:
    def log(path: str) -> Any:
        run_id = world.new_run()
        return {"answer": attempt(world.client.log_text, run_id, "x", path), "kept": _everything(world, run_id)}

    return {path: log(path) for path in ODD_PATHS}


@step("paths that lead outside: reading")
def _(world: World) -> Any:
    run_id = world.new_run()
    for path in ("a/b/f.txt", "b/f.txt", "x"):
        world.client.log_text(run_id, path, path)
    return {
        "list": {
            path: attempt(lambda path=path: view_files(world.client.list_artifacts(run_id, path))) for path in ODD_PATHS
        },
        "download": {path: attempt(_download, world, run_id, path) for path in ODD_PATHS},
    }


def _download(world: World, run_id: str, path: str) -> Any:
    return _tree(world.client.download_artifacts(run_id, path, str(world.folder())))


@step("artifact names that are unusual")
def _(world: World) -> Any:
    run_id = world.new_run()
    names = (
        "with space.txt",
        "ünï çode 実験.txt",
        "plus+and&=.txt",
        "per%cent.txt",
        "hash#tag.txt",
        "q?mark.txt",
        ".hidden",
        "a'b.txt",
    )
    answers = {name: attempt(world.client.log_text, run_id, f"content of {name}", name) for name in names}
    loaded = {name: attempt(mlflow.artifacts.load_text, f"runs:/{run_id}/{name}") for name in names}
    return {"answers": answers, "listing": _everything(world, run_id), "loaded": loaded}


@step("fluent artifacts go to the active run")
def _(world: World) -> Any:
    mlflow.set_experiment(experiment_id=world.experiment_id)
    folder = _write(world.folder(), a_txt="A", sub__b_txt="B")
    with mlflow.start_run() as run:
        mlflow.log_text("text", "t.txt")
        mlflow.log_dict({"a": 1}, "d.json")
        mlflow.log_artifact(str(folder / "a.txt"), "one")
        mlflow.log_artifacts(str(folder), "many")
        uris = [mlflow.get_artifact_uri(), mlflow.get_artifact_uri("one/a.txt")]
    return {"uris": uris, "everything": _everything(world, run.info.run_id)}


@step("fluent artifacts of a given run")
def _(world: World) -> Any:
    run_id, folder = world.new_run(), _write(world.folder(), a_txt="A")
    mlflow.log_text("text", "t.txt", run_id=run_id)
    mlflow.log_dict({"a": 1}, "d.json", run_id=run_id)
    mlflow.log_artifact(str(folder / "a.txt"), run_id=run_id)
    mlflow.log_artifacts(str(folder), "many", run_id=run_id)
    return {"everything": _everything(world, run_id), "active": mlflow.active_run()}


@step("artifacts of a deleted run can still be read")
def _(world: World) -> Any:
    run_id = world.new_run()
    world.client.log_text(run_id, "kept", "a.txt")
    world.client.delete_run(run_id)
    return {
        "listing": attempt(_everything, world, run_id),
        "text": attempt(mlflow.artifacts.load_text, f"runs:/{run_id}/a.txt"),
        "writing": attempt(world.client.log_text, run_id, "more", "b.txt"),
    }


@step("a file of several megabytes arrives whole")
def _(world: World) -> Any:
    run_id, folder = world.new_run(), world.folder()
    data = bytes(range(256)) * 20_000
    (folder / "big.bin").write_bytes(data)
    world.client.log_artifact(run_id, str(folder / "big.bin"))
    back = world.client.download_artifacts(run_id, "big.bin", str(world.folder()))
    return {"same": Path(back).read_bytes() == data, "listing": _everything(world, run_id)}


@step("artifact uris of runs and experiments")
def _(world: World) -> Any:
    run = world.client.get_run(world.new_run())
    mlflow.set_experiment(experiment_id=world.experiment_id)
    return {
        "run": run.info.artifact_uri,
        "experiment": world.client.get_experiment(world.experiment_id).artifact_location,
        "in an experiment with a location": world.client.get_run(
            world.new_run(experiment_id=world.new_experiment(artifact_location="s3://bucket/root"))
        ).info.artifact_uri,
    }
