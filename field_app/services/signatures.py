"""A signature on the glass: the strokes of a finger, and the picture that is kept of them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]
WIDE_PX, LINE_PX, MARGIN_PX = 1000, 6, 24
LEAST_POINTS, LEAST_SHARE = 8, 0.04


@dataclass(frozen=True, slots=True)
class Signature:
    """Args: strokes: points between 0 and 1, x from the left, y from the top. aspect: height of the glass by its width.
    person: who signed.
    """

    strokes: Sequence[Sequence[Point]]
    aspect: float
    person: str = ""

    def is_written(self) -> bool:
        """Whether it is more than a touch by mistake."""
        points = [point for stroke in self.strokes for point in stroke]
        if len(points) < LEAST_POINTS:
            return False
        across, along = zip(*points, strict=True)
        return bool(max(across) - min(across) + max(along) - min(along) > LEAST_SHARE)

    def picture(self) -> bytes:
        """It as a PNG, black on white."""
        from PIL import Image, ImageDraw

        high = max(1, round(WIDE_PX * self.aspect))
        image = Image.new("L", (WIDE_PX + 2 * MARGIN_PX, high + 2 * MARGIN_PX), 255)
        pen = ImageDraw.Draw(image)
        for stroke in self.strokes:
            points = [(MARGIN_PX + x * WIDE_PX, MARGIN_PX + y * high) for x, y in stroke]
            pen.line(points, fill=0, width=LINE_PX, joint="curve")
            for x, y in points:
                pen.ellipse((x - LINE_PX / 2, y - LINE_PX / 2, x + LINE_PX / 2, y + LINE_PX / 2), fill=0)
        made = io.BytesIO()
        image.save(made, "PNG", optimize=True)
        return made.getvalue()
