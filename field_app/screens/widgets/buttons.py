"""Buttons: the big one at the bottom, quiet ones with words, and icons."""

from __future__ import annotations

from pathlib import Path

from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.relativelayout import RelativeLayout

from field_app.screens.widgets.text import OneLine, Sign, measured
from field_app.screens.widgets.touch import Touch
from field_app.theme.theme import theme

Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class BigButton(Touch, BoxLayout):
    """The one thing to do next, in thumb's reach."""

    words = StringProperty("")
    role = StringProperty("action")
    ground = ColorProperty((0, 0, 0, 0))
    ink = ColorProperty((0, 0, 0, 1))

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.bind(role=self._paint, disabled=self._paint)
        self._paint()

    def _paint(self, *_: object) -> None:
        if self.disabled:
            self.ground, self.ink = theme.line, theme.quiet
        else:
            self.ground, self.ink = theme.colour(self.role), theme.inverse


class QuietButton(Touch, BoxLayout):
    """A lesser action: a word, with a sign if one helps."""

    words = StringProperty("")
    sign = StringProperty("")
    role = StringProperty("action")
    filled = BooleanProperty(True)
    halign = StringProperty("center")

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        if self.sign:
            self.add_widget(Sign(name=self.sign, role=self.role, pos_hint={"center_y": 0.5}))
        self.line = OneLine(text=self.words, role=self.role, halign="left" if self.sign else self.halign)
        self.add_widget(self.line)
        self.bind(words=lambda _, words: setattr(self.line, "text", words))

    def fit(self) -> QuietButton:
        """Take the width that the words need."""
        self.size_hint_x = None
        self.line.texture_update()
        wide = self.line.measured()
        self.width = wide + dp(4) + self.padding[0] * 2 + (self.children[-1].width + self.spacing if self.sign else 0)
        return self


class IconButton(Touch, RelativeLayout):
    """An icon alone, where everybody knows it; `says` is its word."""

    sign = StringProperty("")
    role = StringProperty("ink")


class SignButton(Touch, BoxLayout):
    """One of a few things to do here: a sign with its word below, which is made smaller rather than cut."""

    words = StringProperty("")
    sign = StringProperty("")
    fitting = NumericProperty(theme.small)

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.bind(width=self._fit)

    def _fit(self, *_: object) -> None:
        wide = measured(self.words, theme.small) + dp(8)
        self.fitting = theme.small * min(1.0, max(0.6, self.width / wide))
