"""The camera of a desktop, through Kivy: there where Kivy finds a provider (`pip install roundbook[webcam]` brings one)."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.metrics import dp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.image import Image as Shown
from kivy.utils import platform

from field_app.language import gettext as _
from field_app.screens.widgets.buttons import BigButton
from field_app.screens.widgets.sheets import Sheet
from field_app.screens.widgets.text import Words
from field_app.theme.theme import theme

log = logging.getLogger(__name__)
SIZE = (1280, 720)


def is_there() -> bool:
    """Whether this desktop has a camera that can be opened."""
    if platform not in ("linux", "win", "macosx") or (platform == "linux" and not any(Path("/dev").glob("video*"))):
        return False
    return _provider() is not None


def _provider() -> Any:
    from kivy.core.camera import Camera

    return Camera


class WebcamSheet(Sheet):
    """What the camera sees, and a button that takes it. `keep` gets a function that gives the picture as PNG."""

    def __init__(self, keep: Callable[[Callable[[], bytes]], None], camera: Any = None) -> None:
        super().__init__(_("Camera"))
        self.keep = keep
        self.seen = Shown(size_hint_y=None, height=dp(280))
        self.card.add_widget(self.seen)
        foot = BoxLayout(size_hint_y=None, height=max(dp(56), theme.touch), padding=(dp(16), 0))
        self.button = BigButton(key="shoot", words=_("Take the picture"))
        self.button.disabled = True
        self.button.bind(on_release=lambda *_: self._shoot())
        foot.add_widget(self.button)
        self.camera = camera
        try:
            self.camera = camera or _provider()(index=0, resolution=SIZE, stopped=True)
            self.camera.bind(on_texture=self._frame, on_load=self._frame)
            self.camera.start()
        except Exception as error:  # a camera that another program holds, or a driver that gives up
            log.info("no camera: %s", type(error).__name__)
            words = _("The camera cannot be opened. Choose a file instead.")
            self.card.add_widget(Words(text=words, role="wrong", padding=(dp(20), dp(4))))
        self.card.add_widget(foot)

    def _frame(self, *_: object) -> None:
        if self.camera.texture is not None:
            self.seen.texture = self.camera.texture
            self.seen.canvas.ask_update()
            self.button.disabled = False

    def _shoot(self) -> None:
        picture = picture_of(self.camera.texture)
        self.dismiss()
        self.keep(lambda: picture)

    def on_dismiss(self) -> None:
        """Let the camera go: its light must not stay on."""
        if self.camera is not None:
            self.camera.stop()


def picture_of(texture: Any) -> bytes:
    """What a texture shows, upright, as PNG. Nothing is written to a disk."""
    from PIL import Image

    image = Image.frombytes("RGBA", tuple(texture.size), texture.pixels)
    made = io.BytesIO()
    image.convert("RGB").save(made, "PNG", compress_level=1)
    return made.getvalue()
