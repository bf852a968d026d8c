"""One font for all: the text provider of the window knows no second font to fall back on (decision 28)."""

from __future__ import annotations

from kivy.core.text import DEFAULT_FONT, LabelBase

from field_app.papers.font import font_file

__all__ = ["FONT", "font_file", "register"]

FONT = "Roundbook"


def register() -> None:
    """Make it the font of every text; before any widget is made."""
    path = str(font_file())
    for name in (FONT, DEFAULT_FONT):
        LabelBase.register(name, path)
