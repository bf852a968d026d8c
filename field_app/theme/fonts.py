"""One font for Chinese and Latin, from a package (decision 28): the text provider knows no second font to fall back on."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from kivy.core.text import DEFAULT_FONT, LabelBase

FONT = "Roundbook"
PACKAGE, FILE = "pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"


def font_file() -> Path:
    """Where the font is. Raises: ModuleNotFoundError if its package is not installed."""
    with as_file(files(PACKAGE) / FILE) as path:
        return path


def register() -> None:
    """Make it the font of every text; before any widget is made."""
    path = str(font_file())
    for name in (FONT, DEFAULT_FONT):
        LabelBase.register(name, path)
