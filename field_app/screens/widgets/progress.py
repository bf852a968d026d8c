"""A bar that shows how far something is, with words above it."""

from __future__ import annotations

from typing import Any

from kivy.graphics import Color, RoundedRectangle
from kivy.metrics import dp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from field_app.screens.widgets.text import OneLine
from field_app.theme.theme import theme


class HowFar(BoxLayout):
    """Nothing while nothing runs."""

    def __init__(self, **options: Any) -> None:
        super().__init__(orientation="vertical", size_hint_y=None, height=0, padding=(dp(28), 0), **options)
        self.words = OneLine(font_size=theme.small, role="action")
        self.track = Widget(size_hint_y=None, height=dp(6))
        with self.track.canvas:
            Color(rgba=theme.line)
            self._whole = RoundedRectangle(radius=[dp(3)])
            Color(rgba=theme.action)
            self._part = RoundedRectangle(radius=[dp(3)])
        self.add_widget(self.words)
        self.add_widget(self.track)
        self.share = 0.0
        self.track.bind(pos=self._place, size=self._place)
        self.opacity = 0

    def show(self, progress: tuple[float, str] | None) -> None:
        """How far, and in words; None hides the bar."""
        self.opacity, self.height = (1, theme.small * 1.8 + dp(14)) if progress else (0, 0)
        if progress:
            self.share, self.words.text = progress
            self._place()

    def _place(self, *_: object) -> None:
        self._whole.pos = self._part.pos = self.track.pos
        self._whole.size = self.track.size
        self._part.size = (max(dp(6), self.track.width * self.share), self.track.height)
