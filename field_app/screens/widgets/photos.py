"""Photos on the screen: decrypted in the worker, shrunk there, shown from memory; no clear file is ever written."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from kivy.graphics import Color, RoundedRectangle
from kivy.graphics.texture import Texture
from kivy.metrics import dp
from kivy.properties import ObjectProperty
from kivy.uix.widget import Widget

from field_app.presenters.pixels import Pixels
from field_app.screens.widgets.text import Sign
from field_app.screens.widgets.touch import Touch
from field_app.theme.theme import theme

KEPT = 24  # of 360 pixels: some 10 MB


class Gallery:
    """Where thumbs get their pixels: asks once for each photo, keeps the last ones."""

    def __init__(self) -> None:
        self.ask: Callable[[str, Callable[[Pixels], None]], None] | None = None
        self._kept: OrderedDict[str, Texture] = OrderedDict()

    def show(self, photo: str, then: Callable[[Texture], None]) -> None:
        """Call `then` with the texture of a photo, now or when the worker has read it."""
        if photo in self._kept:
            self._kept.move_to_end(photo)
            then(self._kept[photo])
        elif self.ask is not None:
            self.ask(photo, lambda pixels: then(self._keep(photo, pixels)))

    def _keep(self, photo: str, pixels: Pixels) -> Texture:
        self._kept[photo] = texture_of(pixels)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[photo]

    def forget(self) -> None:
        """Drop all pixels: the app was locked."""
        self._kept.clear()


gallery = Gallery()


def texture_of(pixels: Pixels) -> Texture:
    """Pixels as something that can be drawn."""
    texture = Texture.create(size=pixels.size, colorfmt="rgba")
    texture.blit_buffer(pixels.rgba, colorfmt="rgba", bufferfmt="ubyte")
    texture.flip_vertical()
    return texture


class Thumb(Touch, Widget):
    """One photo as a square with round corners; the key `add` is the place for the next one."""

    texture = ObjectProperty(None, allownone=True)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        adding = self.key == "add"
        with self.canvas.before:
            self._ground = Color(rgba=theme.tint("action") if adding else theme.field)
            self._square = RoundedRectangle(radius=[dp(12)])
        with self.canvas:
            self._white = Color(1, 1, 1, 0)
            self._picture = RoundedRectangle(radius=[dp(12)])
        self.sign = Sign(
            name="camera-plus-outline" if adding else "image-outline", role="action" if adding else "quiet"
        )
        self.add_widget(self.sign)
        self.bind(pos=self._place, size=self._place)
        if not adding:
            gallery.show(self.key, self._arrived)

    def _arrived(self, texture: Texture) -> None:
        self.texture = texture
        self._white.a = 1
        self.sign.opacity = 0
        self._place()

    def _place(self, *_: object) -> None:
        self._square.pos = self._picture.pos = self.pos
        self._square.size = self._picture.size = self.size
        self.sign.center = self.center
        if self.texture and self.height:
            wide, high = self.texture.size
            shape = self.width / self.height
            cut = min(wide, high * shape), min(high, wide / shape)
            region = self.texture.get_region((wide - cut[0]) / 2, (high - cut[1]) / 2, *cut)
            self._picture.texture = region
