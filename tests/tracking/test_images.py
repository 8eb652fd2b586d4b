"""Images: as files, and as series that the UI shows step by step."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

import mlflow
from mlflow.client.pictures import Image, picture_of, thumbnail


def files(run_id: str, folder: str | None = None) -> list[str]:
    return [info.path for info in mlflow.MlflowClient().list_artifacts(run_id, folder)]


def opened(run_id: str, path: str) -> PIL.Image.Image:
    with PIL.Image.open(Path(mlflow.MlflowClient().download_artifacts(run_id, path))) as image:
        image.load()
        return image


def test_an_image_is_stored_in_the_format_of_its_name(experiment: str) -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    with mlflow.start_run() as run:
        mlflow.log_image(pixels, "folder/a.png")
        mlflow.log_image(PIL.Image.new("RGB", (5, 7)), "b.jpg")

    assert np.array_equal(np.asarray(opened(run.info.run_id, "folder/a.png")), pixels)
    assert (opened(run.info.run_id, "b.jpg").size, opened(run.info.run_id, "b.jpg").format) == ((5, 7), "JPEG")


def test_a_series_image_has_key_step_and_time_in_its_name_and_a_thumbnail(experiment: str) -> None:
    with mlflow.start_run() as run:
        mlflow.log_image(np.zeros((400, 300, 3), np.uint8), key="val/dogs", step=3, timestamp=1234)
        mlflow.flush_artifact_async_logging()

    small, large = files(run.info.run_id, "images")
    assert re.fullmatch(r"images/val~dogs\+step\+3\+timestamp\+1234\+[0-9a-f-]{36}\.png", large)
    assert small == large.removesuffix(".png") + "+compressed.webp"
    assert opened(run.info.run_id, small).size == (192, 256)
    assert mlflow.get_run(run.info.run_id).data.tags["mlflow.loggedImages"] == "True"


def test_an_image_that_is_changed_after_logging_is_stored_as_it_was(experiment: str) -> None:
    image = PIL.Image.new("L", (2, 2), color=7)
    with mlflow.start_run() as run:
        mlflow.log_image(image, key="a")
        image.paste(99, (0, 0, 2, 2))
        mlflow.flush_artifact_async_logging()

    stored = next(path for path in files(run.info.run_id, "images") if path.endswith(".png"))
    assert opened(run.info.run_id, stored).getpixel((0, 0)) == 7


@pytest.mark.parametrize(
    "arguments", [{}, {"artifact_file": "a.png", "key": "a"}, {"artifact_file": "a.png", "step": 1}]
)
def test_either_a_file_or_a_key_is_needed(local_uri: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="artifact_file"):
        mlflow.log_image(np.zeros((2, 2), np.uint8), **arguments)


@pytest.mark.parametrize("key", ["a#b", "a\nb", "a+b", ""])
def test_a_key_with_other_characters_is_refused(local_uri: str, key: str) -> None:
    with pytest.raises(ValueError, match="may only contain alphanumerics"):
        mlflow.log_image(np.zeros((2, 2), np.uint8), key=key)


def test_an_extension_that_is_no_image_format_is_refused(local_uri: str) -> None:
    with pytest.raises(ValueError, match=r"unknown file extension: \.txt"):
        mlflow.log_image(np.zeros((2, 2), np.uint8), "a.txt")


@pytest.mark.parametrize(
    ("array", "mode", "pixels"),
    [
        (np.array([[True, False]]), "L", [255, 0]),
        (np.array([[0, 255]], np.int64), "L", [0, 255]),
        (np.array([[0.0, 0.5, 1.0]], np.float32), "L", [0, 127, 255]),
        (np.array([[[5], [6]]], np.uint8), "L", [5, 6]),
        (np.array([[[1, 2, 3]]], np.uint8), "RGB", [1, 2, 3]),
        (np.array([[[1, 2, 3, 4]]], np.uint8), "RGBA", [1, 2, 3, 4]),
    ],
)
def test_arrays_become_pixels(array: np.ndarray, mode: str, pixels: list[int]) -> None:
    picture = picture_of(array)

    assert picture.mode == mode
    assert np.asarray(picture).ravel().tolist() == pixels


def test_fractions_outside_zero_and_one_are_stretched_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="Rescaling values"):
        picture = picture_of(np.array([[1.0, 3.0, np.nan]]))

    assert np.asarray(picture).ravel().tolist() == [85, 255, 0]


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.array([[300]]), "out of acceptable range"),
        (np.array([[-1]]), "out of acceptable range"),
        (np.zeros(4, np.uint8), "must be a 2D or 3D array"),
        (np.zeros((2, 2, 5), np.uint8), "Invalid channel length: 5"),
    ],
)
def test_arrays_that_are_no_pixels_are_refused(array: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        picture_of(array)


@pytest.mark.parametrize("value", ["a.png", [[1, 2]], 7, np.array([["a"]])])
def test_what_is_no_picture_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"[mM]ust be one of"):
        picture_of(value)


def test_a_picture_is_made_of_lists_files_and_arrays(tmp_path: Path) -> None:
    image = Image([[0, 128], [255, 7]])
    image.save(str(tmp_path / "a.png"))

    again = Image(str(tmp_path / "a.png"))

    assert again.to_list() == [0, 128, 255, 7]
    assert again.to_array().tolist() == [[0, 128], [255, 7]]
    assert again.resize((4, 6)).to_pil().size == (4, 6)


@pytest.mark.parametrize(("mode", "size", "expected"), [("P", (600, 10), (256, 4)), ("LA", (1, 900), (1, 256))])
def test_thumbnails_are_256_pixels_long_whatever_the_mode(
    mode: str, size: tuple[int, int], expected: tuple[int, int], tmp_path: Path
) -> None:
    (tmp_path / "t.webp").write_bytes(thumbnail(PIL.Image.new(mode, size)))

    with PIL.Image.open(tmp_path / "t.webp") as small:
        assert small.size == expected
