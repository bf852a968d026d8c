"""A notice: says something for a few seconds above the button, with a way to undo it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, RoundedRectangle
from kivy.metrics import dp
from kivy.properties import NumericProperty
from kivy.uix.boxlayout import BoxLayout

from field_app.screens.widgets.buttons import QuietButton
from field_app.screens.widgets.text import Words, measured
from field_app.theme.theme import theme

SHOWN_S = 4.0


class Notice(BoxLayout):
    """One at a time; the next one takes its place."""

    above = NumericProperty(dp(88))
    middle = NumericProperty(0)

    def __init__(self, **options: Any) -> None:
        super().__init__(size_hint=(None, None), padding=(dp(16), 0, dp(4), 0), opacity=0, **options)
        with self.canvas.before:
            self._ground = Color()
            self._card = RoundedRectangle(radius=[dp(12)])
        self.words = ""
        self.bind(pos=self._paint, size=self._paint, above=self._place, middle=self._place)
        self._end = Clock.create_trigger(lambda _: self.hide(), SHOWN_S)

    def say(self, words: str, action: str, then: Callable[[], None] | None) -> None:
        """Show words, and a button if there is something to undo."""
        self.clear_widgets()
        self.words = words
        self._ground.rgba = theme.ink
        text = Words(text=words, font_size=theme.text * 0.96, size_hint_y=1)
        text.color = theme.paper
        text.bind(size=lambda text, size: setattr(text, "text_size", size))
        self.add_widget(text)
        if action and then:
            undo = QuietButton(key="undo", words=action, says=action, filled=False, size_hint_x=None)
            undo.line.color = theme.paper
            undo.width = measured(action, theme.text) + dp(32)
            undo.bind(on_release=lambda *_: (self.hide(), then()))
            self.add_widget(undo)
            undo.pos_hint = {"center_y": 0.5}
        self.opacity = 1
        self._place()
        self._end.cancel()
        self._end()

    def hide(self) -> None:
        """Take it away."""
        self.opacity = 0
        self.words = ""
        self.clear_widgets()

    def on_parent(self, *_: object) -> None:
        """Follow the window."""
        if self.parent:
            self.parent.bind(size=self._place)

    def _place(self, *_: object) -> None:
        if self.parent is None or not self.words:
            return
        self.width = min(self.parent.width - dp(24), dp(560))
        lines = max(1, -(-int(measured(self.words, theme.text)) // max(1, int(self.width - dp(110)))))
        self.height = max(dp(52), theme.text * 1.4 * lines + dp(24))
        self.x, self.y = (self.middle or self.parent.center_x) - self.width / 2, self.parent.y + self.above

    def _paint(self, *_: object) -> None:
        self._card.pos, self._card.size = self.pos, self.size

    def on_touch_down(self, touch: Any) -> bool:
        """Only while it is shown."""
        return bool(self.opacity and super().on_touch_down(touch))
