"""The one font of the app, Chinese and Latin together, from a package (decision 28)."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

PACKAGE, FILE = "pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"


def font_file() -> Path:
    """Where it is. Raises: ModuleNotFoundError if its package is not installed."""
    with as_file(files(PACKAGE) / FILE) as path:
        return path
