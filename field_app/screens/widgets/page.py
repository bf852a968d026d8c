"""The frame of a page: bar, line about sync, what the page shows, the big button; and columns of cards to scroll."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.metrics import dp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from field_app.theme.theme import theme

Builder.load_string("""
#:import theme field_app.theme.theme.theme
<Card>:
    orientation: "vertical"
    size_hint_y: None
    height: self.minimum_height
    padding: dp(16), dp(14)
    spacing: dp(12)
    canvas.before:
        Color:
            rgba: theme.card
        RoundedRectangle:
            pos: self.pos
            size: self.size
            radius: [dp(12)]
""")


class Card(BoxLayout):
    """What belongs together, on a card as high as it needs."""


class Column(ScrollView):
    """Parts below each other, to scroll. `add` puts one at the end."""

    def __init__(self, *, side: float = 12, gap: float = 12, **options: Any) -> None:
        super().__init__(
            bar_width=dp(3), bar_color=(*theme.quiet[:3], 0.5), scroll_distance=dp(10), do_scroll_x=False, **options
        )
        self.bar_inactive_color = (0, 0, 0, 0)
        self.box = BoxLayout(
            orientation="vertical", size_hint_y=None, spacing=dp(gap), padding=(dp(side), dp(8), dp(side), dp(24))
        )
        self.box.bind(minimum_height=self.box.setter("height"))
        self.add_widget(self.box)

    def add(self, part: Widget) -> Widget:
        """Put a part at the end."""
        self.box.add_widget(part)
        return part

    def bring(self, part: Widget) -> None:
        """Scroll until a part is in view."""
        Clock.schedule_once(lambda _: self.scroll_to(part, padding=dp(40), animate=False), 0)


class Room(Widget):
    """Empty space of a height in dp."""

    def __init__(self, high: float = 8, **options: Any) -> None:
        super().__init__(size_hint_y=None, height=dp(high), **options)
