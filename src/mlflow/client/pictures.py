"""Pictures: from arrays, files and Pillow images to what is stored."""

from __future__ import annotations

import io
import os
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy
    import PIL.Image

THUMBNAIL_SIDE = 256  # pixels of the longer side
_INSTALL = "install it with `pip install 'headrace[extras]'`"


def _pillow() -> Any:
    try:
        import PIL.Image
    except ImportError as error:
        raise ImportError(f"Logging images needs Pillow: {_INSTALL}") from error
    return PIL.Image


class Image:
    """A picture that can be logged, also inside a table.

    Args:
        image: array of shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4), a Pillow image, the path of a file, or nested
            lists of numbers. Whole numbers are 0 to 255, fractions 0.0 to 1.0.

    Raises:
        TypeError: it is something else.
        ValueError: shape or values do not fit.
    """

    def __init__(self, image: numpy.ndarray | PIL.Image.Image | str | list[Any]) -> None:
        if isinstance(image, str | os.PathLike):
            with _pillow().open(image) as opened:
                opened.load()
                self.image: PIL.Image.Image = opened
        elif isinstance(image, list):
            import numpy

            self.image = picture_of(numpy.array(image))
        elif is_picture(image):
            self.image = picture_of(image)
        else:
            raise TypeError(
                f"Unsupported image object type: {type(image)}. `image` must be one of numpy.ndarray, "
                "PIL.Image.Image, or a filepath to an image."
            )

    def to_list(self) -> list[Any]:
        """Return the pixels, row by row: numbers, or tuples of numbers."""
        pixels = self.to_array().reshape(self.image.height * self.image.width, -1).tolist()
        return [pixel[0] if len(pixel) == 1 else tuple(pixel) for pixel in pixels]

    def to_array(self) -> numpy.ndarray:
        """Return the pixels as an array of shape (h, w) or (h, w, channels)."""
        import numpy

        return numpy.array(self.image)

    def to_pil(self) -> PIL.Image.Image:
        """Return the Pillow image."""
        return self.image

    def save(self, path: str) -> None:
        """Write it to a local file."""
        self.image.save(path)

    def resize(self, size: tuple[int, int]) -> Image:
        """Return a copy of another size, in pixels: (width, height)."""
        return Image(self.image.resize(size))


def is_picture(value: object) -> bool:
    """Tell whether something is an array, a Pillow image or an `Image`, without loading their libraries."""
    if isinstance(value, Image):
        return True
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(value).__mro__}
    return bool(names & {"numpy.ndarray", "PIL.Image.Image"})


def picture_of(value: Any) -> PIL.Image.Image:
    """Return a Pillow image of an array, a Pillow image or an `Image`.

    Raises:
        TypeError: it is none of these, or holds no numbers.
        ValueError: shape or values do not fit.
    """
    if isinstance(value, Image):
        return value.image
    if not is_picture(value):
        raise TypeError(
            f"Unsupported image object type: {type(value)}. `image` must be one of numpy.ndarray, PIL.Image.Image, "
            "and mlflow.Image."
        )
    if hasattr(value, "save"):
        picture: PIL.Image.Image = value
        return picture
    if value.ndim not in (2, 3):
        raise ValueError(f"`image` must be a 2D or 3D array but got image shape: {value.shape}")
    if value.ndim == 3 and value.shape[2] not in (1, 3, 4):
        raise ValueError(f"Invalid channel length: {value.shape[2]}. Must be one of [1, 3, 4]")
    pixels = _bytes_of(value)
    flat = pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
    made: PIL.Image.Image = _pillow().fromarray(flat)
    return made


def _bytes_of(pixels: Any) -> Any:
    """Return pixels as uint8: booleans become 0 and 255, fractions are stretched to 0 to 255."""
    import numpy

    kind = pixels.dtype.kind
    if kind == "b":
        return pixels.astype(numpy.uint8) * 255
    if kind in "iu":
        if pixels.size and (pixels.min() < 0 or pixels.max() > 255):
            raise ValueError(
                "Integer pixel values out of acceptable range [0, 255]. "
                f"Found minimum value {pixels.min()} and maximum value {pixels.max()}. "
                "Ensure all pixel values are within the specified range."
            )
        return pixels.astype(numpy.uint8)
    if kind != "f":
        raise TypeError(
            f"Invalid array data type: '{pixels.dtype.str}'. Must be one of ['bool', 'signed integer', "
            "'unsigned integer', 'floating']"
        )
    finite = numpy.nan_to_num(pixels.astype(numpy.float64), nan=0.0, posinf=1.0, neginf=0.0)
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    if low < 0 or high > 1:
        warnings.warn(
            f"Float pixel values out of acceptable range [0.0, 1.0]. Found minimum value {low} and maximum value "
            f"{high}. Rescaling values to [0.0, 1.0] with min/max scaler.",
            stacklevel=2,
        )
        finite = (finite - low) / (high - low) if high > low else numpy.clip(finite, 0.0, 1.0)
    return (finite * 255).astype(numpy.uint8)


def encoded(picture: PIL.Image.Image, extension: str) -> bytes:
    """Return the content of an image file.

    Args:
        picture: what to encode.
        extension: with its dot, `.png`; it chooses the format.

    Raises:
        ValueError: no format has this extension.
    """
    pillow = _pillow()
    format_ = pillow.registered_extensions().get(extension.lower())
    if format_ is None:
        raise ValueError(f"unknown file extension: {extension}. Use .png, .jpg, .webp …")
    buffer = io.BytesIO()
    picture.save(buffer, format=format_)
    return buffer.getvalue()


def thumbnail(picture: PIL.Image.Image) -> bytes:
    """Return a small WebP of a picture, its longer side 256 pixels; the UI shows it in charts."""
    width, height = picture.size
    scale = THUMBNAIL_SIDE / max(width, height)
    small = picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
    return encoded(small.resize((max(1, round(width * scale)), max(1, round(height * scale)))), ".webp")
