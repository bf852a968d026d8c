"""The camera of the device, through plyer. A desktop without one offers files alone."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from kivy.utils import platform

from field_app.language import gettext as _


def is_there() -> bool:
    """Whether this machine has a camera that plyer can call."""
    return platform in ("android", "ios")


def take(keep: Callable[[Callable[[], bytes]], None], tell: Callable[[str], None]) -> None:
    """Open the camera; `keep` gets a function that reads the picture and deletes the file that the camera wrote."""
    from plyer import camera

    handle, name = tempfile.mkstemp(suffix=".jpg")
    os.close(handle)
    path = Path(name)

    def read() -> bytes:
        try:
            return path.read_bytes()
        finally:
            path.unlink(missing_ok=True)

    def taken(_filename: str) -> bool:
        if path.exists() and path.stat().st_size:
            keep(read)
        else:
            path.unlink(missing_ok=True)
        return False

    try:
        camera.take_picture(filename=str(path), on_complete=taken)
    except (NotImplementedError, OSError):
        path.unlink(missing_ok=True)
        tell(_("The camera cannot be opened. Choose a file instead."))
