"""A slip as a picture that any messenger takes."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from field_app.papers.font import font_file
from field_app.papers.slip import Slip

WIDE_PX, EDGE_PX = 1080, 64
INK, QUIET, RULE, PAPER = "#1F2A37", "#5B6673", "#E7E2D9", "#FFFFFF"
SMALL, TEXT, TITLE, LARGE = 32, 38, 50, 60


def picture_of(slip: Slip) -> bytes:
    """The slip as a PNG, 1080 pixels wide and as high as it needs."""
    measured = _Sheet(None)
    high = _draw(measured, slip)
    image = Image.new("RGB", (WIDE_PX, high), PAPER)
    _draw(_Sheet(image), slip)
    made = io.BytesIO()
    image.save(made, "PNG", optimize=True)
    return made.getvalue()


class _Sheet:
    """Writes downwards. Without an image it only measures."""

    def __init__(self, image: Image.Image | None) -> None:
        self.image = image
        self.pen = ImageDraw.Draw(image) if image is not None else None
        self.y = EDGE_PX

    def room(self, height: int) -> None:
        """Leave some space."""
        self.y += height

    def text(self, words: str, size: int, *, ink: str = INK, strong: bool = False, wide: int = 0) -> None:
        """A text from the left edge, on as many lines as it needs."""
        for line in wrapped(words, size, wide or WIDE_PX - 2 * EDGE_PX):
            self._put((EDGE_PX, self.y), line, size, ink, strong)
            self.y += round(size * 1.4)

    def pair(self, left: str, right: str, size: int, *, ink: str = INK, strong: bool = False) -> None:
        """A text at the left, wrapped before the one at the right edge."""
        taken = round(_font(size).getlength(right))
        self._put((WIDE_PX - EDGE_PX - taken, self.y), right, size, ink, strong)
        self.text(left, size, ink=ink, strong=strong, wide=WIDE_PX - 2 * EDGE_PX - taken - 32)

    def rule(self) -> None:
        """A thin line across."""
        self.y += 18
        if self.pen is not None:
            self.pen.rectangle((EDGE_PX, self.y, WIDE_PX - EDGE_PX, self.y + 2), fill=RULE)
        self.y += 20

    def paste(self, picture: bytes, wide: int) -> None:
        """A picture at the left edge."""
        with Image.open(io.BytesIO(picture)) as opened:
            image = opened.convert("RGB")
        high = round(image.height * wide / image.width)
        if self.image is not None:
            self.image.paste(image.resize((wide, high), Image.Resampling.LANCZOS), (EDGE_PX, self.y))
        self.y += high

    def _put(self, at: tuple[int, int], words: str, size: int, ink: str, strong: bool) -> None:
        if self.pen is not None:
            weight = max(1, size // 40) if strong else 0
            self.pen.text(at, words, font=_font(size), fill=ink, stroke_width=weight, stroke_fill=ink)


def _draw(sheet: _Sheet, slip: Slip) -> int:
    sheet.text(slip.company, SMALL, ink=QUIET)
    sheet.text(slip.heading, LARGE, strong=True)
    sheet.room(8)
    sheet.text(slip.customer, TITLE, strong=True)
    for label, text in slip.facts:
        sheet.pair(label, text, SMALL, ink=QUIET)
    sheet.rule()
    for line in slip.lines:
        sheet.pair(line.name, line.amount, TEXT)
        sheet.text(line.detail, SMALL, ink=QUIET)
        sheet.room(12)
    sheet.rule()
    sheet.pair(*slip.total, TITLE, strong=True)
    if slip.signature:
        sheet.room(24)
        sheet.paste(slip.signature, 520)
        sheet.text(slip.signed, SMALL, ink=QUIET)
    if slip.remark:
        sheet.room(24)
        sheet.text(slip.remark, SMALL, ink=QUIET)
    return sheet.y + EDGE_PX


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file()), size)


def wrapped(words: str, size: int, wide: float, length: Callable[[str], float] | None = None) -> list[str]:
    """A text cut into lines of at most `wide` pixels: between words, and inside what has no spaces."""
    measure = length or _font(size).getlength
    found: list[str] = []
    for paragraph in words.split("\n"):
        line = ""
        for part in _parts(paragraph):
            if line and measure(line + part.rstrip()) > wide:
                found.append(line.rstrip())
                line = part.lstrip()
            else:
                line += part
        found.append(line.rstrip())
    return found


def _parts(paragraph: str) -> list[str]:
    """Where a line may end: after a space, and around each Chinese character."""
    found, word = [], ""
    for sign in paragraph:
        word += sign
        if sign == " " or ord(sign) > 0x2E7F:
            found.append(word)
            word = ""
    return [*found, word] if word else found
