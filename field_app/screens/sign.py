"""The glass to sign on."""

from __future__ import annotations

from typing import Any

from kivy.graphics import Color, Line, RoundedRectangle
from kivy.metrics import dp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from field_app.language import gettext as _
from field_app.presenters.sign import SignPage
from field_app.screens.base import PageScreen
from field_app.screens.start import labelled
from field_app.screens.widgets.inputs import Entry
from field_app.screens.widgets.lists import RowList
from field_app.screens.widgets.text import Words
from field_app.theme.colours import LIGHT
from field_app.theme.theme import theme

EDGE_DP = 16


class Glass(Widget):
    """Takes the strokes of a finger. White in the dark too: it shows what is kept."""

    def __init__(self, page: SignPage, changed: Any, **options: Any) -> None:
        super().__init__(**options)
        self.page, self.changed = page, changed
        with self.canvas.before:
            Color(rgba=LIGHT.card)
            self._card = RoundedRectangle(radius=[dp(12)])
            Color(rgba=theme.line)
            self._edge = Line(width=dp(0.8))
            Color(rgba=LIGHT.line)
            self._rule = Line(width=dp(0.8))
        self.bind(pos=self._place, size=self._place)

    def _place(self, *_: object) -> None:
        self._card.pos, self._card.size = self.pos, self.size
        self._edge.rounded_rectangle = (*self.pos, *self.size, dp(12))
        low = self.y + self.height * 0.28
        self._rule.points = [self.x + dp(EDGE_DP), low, self.x + self.width - dp(EDGE_DP), low]
        self.page.aspect = self.height / self.width if self.width > 1 else 0.5
        self.draw()

    def draw(self) -> None:
        """Show the strokes of the page."""
        self.canvas.after.clear()
        with self.canvas.after:
            Color(rgba=LIGHT.ink)
            self._line: Line | None = None
            for stroke in self.page.strokes:
                Line(points=[part for x, y in stroke for part in self._on_glass(x, y)], width=dp(1.6), cap="round")

    def _on_glass(self, x: float, y: float) -> tuple[float, float]:
        return (self.x + x * self.width, self.y + (1 - y) * self.height)

    def _point(self, touch: Any) -> tuple[float, float]:
        across = min(1.0, max(0.0, (touch.x - self.x) / self.width))
        return (across, min(1.0, max(0.0, (self.y + self.height - touch.y) / self.height)))

    def on_touch_down(self, touch: Any) -> bool:
        """A stroke begins."""
        if not self.collide_point(*touch.pos):
            return bool(super().on_touch_down(touch))
        touch.grab(self)
        self.page.strokes.append([self._point(touch)])
        with self.canvas.after:
            Color(rgba=LIGHT.ink)
            self._line = Line(points=[*touch.pos, *touch.pos], width=dp(1.6), cap="round", joint="round")
        return True

    def on_touch_move(self, touch: Any) -> bool:
        """It goes on."""
        if touch.grab_current is not self or self._line is None:
            return False
        self.page.strokes[-1].append(self._point(touch))
        self._line.points = [*self._line.points, touch.x, touch.y]
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """It ends."""
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        self.changed()
        return True


class SignScreen(PageScreen):
    """What is signed for, the glass, and who signs."""

    page: SignPage

    def body(self) -> Widget:
        """The lines above; the glass below, in reach of the hand that holds it out."""
        column = BoxLayout(orientation="vertical", spacing=dp(8))
        lines = RowList()
        column.add_widget(lines)
        lines.show(self.page.items())
        low = BoxLayout(orientation="vertical", size_hint_y=None, padding=(dp(12), 0), spacing=dp(8))
        low.bind(minimum_height=low.setter("height"))
        person = Entry(text=self.page.person, key="person")
        person.bind(text=lambda _, text: setattr(self.page, "person", text))
        low.add_widget(labelled(_("Who signs"), person))
        low.add_widget(Words(text=_("Sign here with a finger"), role="quiet", font_size=theme.small))
        self.glass = Glass(self.page, self.refresh, size_hint_y=None)
        self.glass.bind(width=lambda glass, width: setattr(glass, "height", min(width * 0.5, dp(260))))
        low.add_widget(self.glass)
        column.add_widget(low)
        return column

    def refresh(self) -> None:
        """The strokes and the button as they are now."""
        super().refresh()
        self.glass.draw()
