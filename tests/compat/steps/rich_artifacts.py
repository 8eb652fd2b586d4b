"""Images, figures and tables."""

from __future__ import annotations

import re
from typing import Any

from tests.compat.recorder import World, attempt, mlflow, step


def _paths(world: World, run_id: str, path: str | None = None) -> Any:
    """Listed paths, folders entered; the random part of image names left out."""
    found: list[str] = []
    for info in world.client.list_artifacts(run_id, path):
        if info.is_dir:
            found += _paths(world, run_id, info.path)
        else:
            # Older clients put any letter in front of the UUID.
            found.append(re.sub(r"[0-9a-z]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uuid>", info.path))
    return sorted(found)


def _picture(colour: int = 128) -> Any:
    import numpy as np

    return np.full((4, 6, 3), colour, dtype=np.uint8)


@step("images as files")
def _(world: World) -> Any:
    from PIL import Image

    run_id = world.new_run()
    world.client.log_image(run_id, _picture(), "array.png")
    world.client.log_image(run_id, Image.fromarray(_picture(9)), "pillow.png")
    world.client.log_image(run_id, mlflow.Image(_picture(7)), "own.png")
    world.client.log_image(run_id, _picture()[:, :, 0] / 255.0, "grey.png")
    loaded = mlflow.artifacts.load_image(f"runs:/{run_id}/array.png")
    return {"paths": _paths(world, run_id), "size": loaded.size, "pixel": loaded.convert("RGB").getpixel((0, 0))}


@step("images that cannot be")
def _(world: World) -> Any:
    import numpy as np

    run_id = world.new_run()
    log = world.client.log_image
    return {
        "out of range": attempt(log, run_id, np.full((4, 4, 3), 300), "a.png"),
        "floats out of range": attempt(log, run_id, np.full((4, 4), 1.5), "b.png"),
        "five channels": attempt(log, run_id, np.zeros((4, 4, 5), dtype=np.uint8), "c.png"),
        "one dimension": attempt(log, run_id, np.zeros(4), "d.png"),
        "text": attempt(log, run_id, "picture", "e.png"),
        "no place": attempt(log, run_id, _picture()),
        "both places": attempt(log, run_id, _picture(), "f.png", key="k"),
        "kept": _paths(world, run_id),
    }


@step("images of a series")
def _(world: World) -> Any:
    run_id = world.new_run()
    for number in range(3):
        world.client.log_image(
            run_id, _picture(number), key="dogs", step=20 + number, timestamp=1763000000000 + number, synchronous=True
        )
    world.client.log_image(run_id, _picture(), key="a/b c", step=0, timestamp=5, synchronous=True)
    tags = world.client.get_run(run_id).data.tags
    return {"paths": _paths(world, run_id), "tag": tags.get("mlflow.loggedImages")}


@step("image keys and steps that are refused")
def _(world: World) -> Any:
    run_id = world.new_run()
    log = world.client.log_image
    return {
        "key": attempt(log, run_id, _picture(), key="b*d", step=0, timestamp=1, synchronous=True),
        "key with a hash": attempt(log, run_id, _picture(), key="a#b", step=0, timestamp=1, synchronous=True),
        "step": attempt(log, run_id, _picture(), key="k", step="x", timestamp=1, synchronous=True),
    }


@step("figures of matplotlib")
def _(world: World) -> Any:
    from matplotlib.figure import Figure

    figure = Figure()
    figure.add_subplot().plot([0, 1], [1, 0])
    run_id = world.new_run()
    for name in ("f.png", "deep/f.svg", "f.pdf"):
        world.client.log_figure(run_id, figure, name)
    world.client.log_figure(run_id, figure, "small.png", save_kwargs={"dpi": 20})
    return {"paths": _paths(world, run_id), "text": attempt(world.client.log_figure, run_id, "figure", "x.png")}


@step("tables of dictionaries")
def _(world: World) -> Any:
    run_id = world.new_run(run_name="table")
    world.client.log_table(run_id, {"q": ["a", "b"], "n": [1, 2]}, "t/table.json")
    world.client.log_table(run_id, {"q": ["c"], "n": [3]}, "t/table.json")
    frame = mlflow.load_table("t/table.json", run_ids=[run_id])
    return {
        "columns": list(frame.columns), "q": list(frame["q"]), "n": [int(value) for value in frame["n"]],
        "text": mlflow.artifacts.load_text(f"runs:/{run_id}/t/table.json"),
        "tag": world.client.get_run(run_id).data.tags.get("mlflow.loggedArtifacts"), "paths": _paths(world, run_id),
    }  # fmt: skip


@step("tables of several runs, with extra columns")
def _(world: World) -> Any:
    experiment_id = world.new_experiment("tables")
    runs = [world.new_run(experiment_id=experiment_id, run_name=f"t{number}") for number in range(2)]
    for number, run_id in enumerate(runs):
        world.client.log_table(run_id, {"n": [number]}, "table.json")
    frame = world.client.load_table(experiment_id, "table.json", extra_columns=["run_id"])
    return {
        "columns": sorted(frame.columns),
        "n": sorted(int(value) for value in frame["n"]),
        "runs": set(frame["run_id"]) == set(runs),
    }


@step("tables that cannot be")
def _(world: World) -> Any:
    run_id = world.new_run()
    return {
        "wrong ending": attempt(world.client.log_table, run_id, {"a": [1]}, "t.csv"),
        "wrong type": attempt(world.client.log_table, run_id, [1, 2], "t.json"),
        "missing": attempt(mlflow.load_table, "nothing.json", run_ids=[run_id]),
    }


@step("tables of pandas frames")
def _(world: World) -> Any:
    import pandas as pd

    run_id = world.new_run()
    world.client.log_table(run_id, pd.DataFrame({"x": [1.5, 2.5], "s": ["a", "b"]}), "frame.json")
    frame = mlflow.load_table("frame.json", run_ids=[run_id])
    return {"x": [float(value) for value in frame["x"]], "s": list(frame["s"]), "paths": _paths(world, run_id)}
