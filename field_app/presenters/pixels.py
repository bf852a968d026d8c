"""Photos as pixels of the size that a screen needs. Runs in the worker."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageOps


@dataclass(frozen=True)
class Pixels:
    """A picture as rows of red, green, blue, alpha, top row first."""

    size: tuple[int, int]
    rgba: bytes


def pixels(image_bytes: bytes, longest: int) -> Pixels:
    """Decode an image and shrink it so that its longer side has at most `longest` pixels.

    Raises: PIL.UnidentifiedImageError if it is no image.
    """
    with Image.open(io.BytesIO(image_bytes)) as image:
        image.draft("RGB", (longest, longest))
        upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((longest, longest))
        return Pixels(size=upright.size, rgba=upright.convert("RGBA").tobytes())
