"""Chips: a few codes to choose from, each at least 48 dp to the thumb though it looks slimmer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kivy.graphics import Color, Line, RoundedRectangle
from kivy.metrics import dp
from kivy.properties import BooleanProperty
from kivy.uix.label import Label
from kivy.uix.stacklayout import StackLayout

from field_app.screens.widgets.text import measured
from field_app.screens.widgets.touch import Touch
from field_app.theme.fonts import FONT
from field_app.theme.theme import theme


class Chip(Touch, Label):
    """One of the few."""

    chosen = BooleanProperty(False)

    def __init__(self, *, bare: bool = False, **options: Any) -> None:
        self._bare = bare  # nothing is drawn around it until it is chosen
        super().__init__(font_name=FONT, font_size=theme.text * 0.94, size_hint=(None, None), **options)
        self.height = theme.touch
        self.width = max(dp(56), measured(self.text, self.font_size) + dp(32))
        with self.canvas.before:
            self._ground = Color()
            self._pill = RoundedRectangle()
            self._edge_colour = Color()
            self._edge = Line(width=dp(0.6))
        self.bind(pos=self._place, size=self._place, chosen=self._paint, state=self._paint, disabled=self._paint)
        self._paint()

    def _paint(self, *_: object) -> None:
        rest = (0, 0, 0, 0) if self._bare else theme.card
        self._ground.rgba = theme.tint("action") if self.chosen else (theme.pressed if self.state == "down" else rest)
        self._edge_colour.rgba = theme.action if self.chosen else ((0, 0, 0, 0) if self._bare else theme.line)
        self.color = self.disabled_color = theme.action if self.chosen else theme.ink

    def _place(self, *_: object) -> None:
        gap = dp(4)
        box = (self.x, self.y + gap, self.width, self.height - gap * 2)
        radius = min(dp(20), box[3] / 2)
        self._pill.pos, self._pill.size, self._pill.radius = box[:2], box[2:], [radius]
        self._edge.rounded_rectangle = (*box, radius)


class Chips(StackLayout):
    """Chips in as many lines as they need; `then` gets the code, None when the chosen one is tapped again."""

    def __init__(
        self,
        choices: Sequence[tuple[str, str]],
        chosen: str | None,
        then: Callable[[str | None], None],
        *,
        can_clear: bool = True,
        prefix: str = "",
        **options: Any,
    ) -> None:
        super().__init__(size_hint_y=None, spacing=(dp(8), 0), **options)
        self.bind(minimum_height=self.setter("height"))
        self.then, self.can_clear = then, can_clear
        for code, word in choices:
            chip = Chip(key=f"{prefix}{code}", text=word, says=word, chosen=code == chosen)
            chip.code = code
            chip.bind(on_release=self._tapped)
            self.add_widget(chip)

    def _tapped(self, chip: Chip) -> None:
        code = None if chip.chosen and self.can_clear else chip.code
        self.choose(code)
        self.then(code)

    def choose(self, code: str | None) -> None:
        """Mark the chosen one."""
        for chip in self.children:
            chip.chosen = chip.code == code
