"""A program of its own: read an image of any origin on stdin, write a small clean JPEG on stdout.

It runs as a child process (see thumbnails.py), because decoding is where hostile bytes do harm: the process first takes
its own means away, and it holds no key, no database and no address that would be worth taking.

Exit status: 0 with the JPEG on stdout; 3 with one word on stderr when the image is at fault (`not-an-image`,
`too-many-pixels`, `too-much-memory`, `broken`). The system ends it by SIGXCPU when it takes too long.
"""

from __future__ import annotations

import contextlib
import io
import resource
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MEMORY_BYTES = 512 * 1024 * 1024
CPU_S = 5
MOST_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
AT_FAULT = 3


class ImageAtFault(Exception):
    """The image cannot be taken, and never will be; the message is the one word that says why."""


def give_up_means() -> None:
    """Limit what this process may use, for good: memory, processor time, no file to write, no core dump."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def shrink(data: bytes, longest_side: int) -> bytes:
    """The image as an upright JPEG of at most longest_side pixels, with nothing of the original but its pixels.

    Raises: ImageAtFault.
    """
    from PIL import Image  # after the limits, which then cover the library as well

    Image.MAX_IMAGE_PIXELS = None  # our own limit is lower, and is checked before any pixel is decoded
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (OSError, ValueError, SyntaxError) as error:
        raise ImageAtFault("not-an-image") from error
    if image.width * image.height > MOST_PIXELS:
        raise ImageAtFault("too-many-pixels")
    try:
        image.draft("RGB", (longest_side * 2, longest_side * 2))  # a JPEG is decoded at a fraction of its size
        image.load()
        image = on_white(image, longest_side)
    except (OSError, ValueError, SyntaxError) as error:
        raise ImageAtFault("broken") from error
    except MemoryError as error:
        raise ImageAtFault("too-much-memory") from error

    small = io.BytesIO()
    image.save(small, "JPEG", quality=80, optimize=True)
    return small.getvalue()


def on_white(image: Image, longest_side: int) -> Image:
    """The image made small and turned upright on a new white canvas, so that nothing hidden in it comes along."""
    from PIL import Image, ImageOps

    see_through = image.has_transparency_data
    if image.mode not in ("RGB", "RGBA", "L"):
        image = image.convert("RGBA" if see_through else "RGB")
    image.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    with contextlib.suppress(Exception):  # a broken EXIF block costs the photo its turn, not its thumbnail
        image = ImageOps.exif_transpose(image)
    canvas = Image.new("RGB", image.size, "white")
    if see_through:
        image = image.convert("RGBA")
        canvas.paste(image, mask=image.getchannel("A"))
    else:
        canvas.paste(image.convert("RGB"))
    return canvas


def main(longest_side: int) -> int:
    """Read, shrink, write; returns the exit status."""
    give_up_means()
    try:
        small = shrink(sys.stdin.buffer.read(), longest_side)
    except ImageAtFault as fault:
        print(fault, file=sys.stderr)
        return AT_FAULT
    sys.stdout.buffer.write(small)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1])))
