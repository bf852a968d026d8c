"""The frame around the screens: the four places at the foot of a phone or the side of a tablet, and the notice over all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.metrics import dp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout

from field_app.presenters import places
from field_app.screens.base import PageScreen
from field_app.screens.widgets.bars import TabBar
from field_app.screens.widgets.notice import Notice
from field_app.theme.theme import CONTENT_DP, RAIL_FROM_DP

RAIL_DP = 96


class Frame(FloatLayout):
    """Holds the screen in view. `go` is called with the place that is tapped."""

    def __init__(self, go: Callable[[str], None], **options: Any) -> None:
        super().__init__(**options)
        self._go = go
        self._place, self._at_foot, self._at_side = "", False, False
        self.screen: PageScreen | None = None
        self.box = BoxLayout()
        self.notice = Notice()
        self.add_widget(self.box)
        self.add_widget(self.notice)
        self._railed = False
        Window.bind(size=self._resized)

    def close(self) -> None:
        """Let go of the window."""
        Window.unbind(size=self._resized)

    def show(self, screen: PageScreen, place: str, *, at_foot: bool, at_side: bool) -> None:
        """Show a screen. Args: place: which of the four is lit. at_foot, at_side: whether they are there on phone, on tablet."""
        self.screen, self._place, self._at_foot, self._at_side = screen, place, at_foot, at_side
        self._fill()

    def _fill(self) -> None:
        assert self.screen is not None
        if self.screen.parent:
            self.screen.parent.remove_widget(self.screen)
        self.box.clear_widgets()
        self._railed = rail = is_wide()
        self.box.orientation = "horizontal" if rail else "vertical"
        bar = None
        if self._at_side if rail else self._at_foot:
            bar = TabBar(places.places(), self._place, self._go, orientation="vertical" if rail else "horizontal")
        if bar and rail:
            self.box.add_widget(bar)
        self.box.add_widget(self.screen)
        if bar and not rail:
            self.box.add_widget(bar)
        Clock.schedule_once(lambda _: self.place_notice(), 0)

    def _resized(self, *_: object) -> None:
        if self.screen is not None and self._railed != is_wide():
            self._fill()

    def say(self, words: str, action: str, then: Callable[[], None] | None) -> None:
        """Say something for a few seconds."""
        self.notice.say(words, action, then)
        Clock.schedule_once(lambda _: self.place_notice(), 0)

    def place_notice(self) -> None:
        """Above the button and the bar at the bottom, so that it hides neither."""
        foot = self.screen.foot.height if self.screen is not None else 0
        bar = sum(part.height for part in self.box.children if isinstance(part, TabBar) and not self._railed)
        self.notice.above = foot + bar + dp(8)
        self.notice.middle = self.screen.center_x if self.screen is not None else 0


def is_wide() -> bool:
    """Whether there is room for the places at the side."""
    return bool(Window.width >= dp(RAIL_FROM_DP))


def content_width() -> float:
    """How wide a page is."""
    return float(min(Window.width - (dp(RAIL_DP) if is_wide() else 0), dp(CONTENT_DP)))
