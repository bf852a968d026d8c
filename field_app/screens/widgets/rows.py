"""The rows of a list: slim, placed by hand, because a list of ten thousand customers is made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.graphics import Color, Rectangle, RoundedRectangle
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.widget import Widget

from field_app.presenters.views import Head, Row
from field_app.screens.widgets.text import OneLine, Sign, StrongLine, measured
from field_app.screens.widgets.touch import Touch
from field_app.theme.theme import theme

Tapped = Callable[[str], None]
EDGE = 16


class ListPart(Widget):
    """Base of what a list shows: draws the card behind it, rounded where a group begins and ends."""

    item: Any = ObjectProperty(None, allownone=True)
    first = BooleanProperty(False)
    last = BooleanProperty(False)
    tapped: Tapped = ObjectProperty(None, allownone=True)
    on_card = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if self.on_card:
            with self.canvas.before:
                self._ground = Color(rgba=theme.card)
                self._card = RoundedRectangle()
                self._edge = Color(rgba=theme.line)
                self._line = Rectangle()
        self.bind(pos=self._placed, size=self._placed, first=self._placed, last=self._placed, item=self._shown)

    # Not `right`, `top` and `center_y`: while a layout is under way those still are what they were before it.
    @property
    def end(self) -> float:
        """Its right edge."""
        return float(self.x + self.width)

    @property
    def upper(self) -> float:
        """Its upper edge."""
        return float(self.y + self.height)

    @property
    def middle(self) -> float:
        """Half way up."""
        return float(self.y + self.height / 2)

    def _shown(self, *_: object) -> None:
        if self.item is not None:
            self.show()
            self._placed()

    def _placed(self, *_: object) -> None:
        if self.on_card:
            top, bottom = (dp(12) if self.first else 0), (dp(12) if self.last else 0)
            self._card.pos, self._card.size = self.pos, self.size
            self._card.radius = [(top, top), (top, top), (bottom, bottom), (bottom, bottom)]
            inset = dp(EDGE)
            self._line.pos = (self.x + inset, self.y)
            self._line.size = (0 if self.last else max(0, self.width - inset), dp(1))
        if self.item is not None:
            self.place()

    def show(self) -> None:
        """Take the words of the item."""

    def place(self) -> None:
        """Put the parts where they belong."""


class ListHead(ListPart):
    """The head of a group; the list keeps the current one in view."""

    on_card = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        with self.canvas.before:
            Color(rgba=theme.paper)
            self._strip = Rectangle()
        self.words = StrongLine(font_size=theme.small, role="quiet", weight=0.6)
        self.more = OneLine(font_size=theme.small, role="quiet", halign="right")
        self.add_widget(self.words)
        self.add_widget(self.more)

    def show(self) -> None:
        """Take the words of the item."""
        head: Head = self.item
        self.words.text, self.more.text = head.words, head.more

    def place(self) -> None:
        """The words sit low, close to their group."""
        self._strip.pos, self._strip.size = (self.x - dp(12), self.y), (self.width + dp(24), self.height)
        more = measured(self.more.text, theme.small) + dp(4) if self.more.text else 0
        height = theme.small * 1.7
        self.words.size = (self.width - dp(EDGE) * 2 - more, height)
        self.words.pos = (self.x + dp(EDGE), self.y + dp(5))
        self.more.size = (more, height)
        self.more.pos = (self.end - dp(EDGE) - more, self.y + dp(5))


class ListRow(Touch, ListPart):
    """Two lines: what it is; what matters here."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.sign = Sign()
        self.title = StrongLine(weight=0.75)
        self.badge = OneLine(font_size=theme.small * 0.92, role="quiet", halign="center")
        with self.badge.canvas.before:
            self._pill_colour = Color(rgba=theme.field)
            self._pill = RoundedRectangle(radius=[dp(6)])
        self.detail = OneLine(font_size=theme.small)
        self.figure = OneLine(halign="right")
        self.mark = OneLine(font_size=theme.small, halign="right")
        self.mark_sign = Sign(font_size=theme.small * 1.25)
        for part in (self.sign, self.title, self.badge, self.detail, self.figure, self.mark, self.mark_sign):
            self.add_widget(part)
        self.bind(state=self._pressed)

    def _pressed(self, *_: object) -> None:
        self._ground.rgba = theme.pressed if self.state == "down" and self.key else theme.card

    def show(self) -> None:
        """Take the words of the item."""
        row: Row = self.item
        self.key, self.says = row.key, row.title
        self.title.text, self.badge.text = row.title, row.badge
        self.detail.text, self.detail.role = row.detail, row.role
        self.figure.text = row.figure
        self.mark.text = row.mark.word if row.mark else ""
        self.mark_sign.name = row.mark.sign if row.mark else ("chevron-right" if row.chevron else "")
        self.mark.role = row.mark.role if row.mark else "quiet"
        self.mark_sign.role = self.mark.role
        self.sign.name, self.sign.role = row.sign, row.sign_role

    def place(self) -> None:
        """Figure and mark at the right edge, the two lines in what is left; one line alone sits in the middle."""
        row: Row = self.item
        left, right = self.x + dp(EDGE), self.end - dp(EDGE)
        if row.sign:
            self.sign.size = (theme.title * 1.2, theme.title * 1.2)
            self.sign.pos = (left, self.middle - self.sign.height / 2)
            left += self.sign.width + dp(14)
        else:
            self.sign.size = (0, 0)
        high, low = theme.text * 1.5, theme.small * 1.6
        two = bool(row.detail)
        upper = self.middle + dp(1) if two else self.middle - high / 2
        lower = self.middle - low

        beside = row.chevron and not row.mark
        sign_wide = (theme.title if beside else theme.small * 1.3) if self.mark_sign.name else 0
        self.mark_sign.size = (sign_wide, low)
        mark_wide = measured(self.mark.text, theme.small) + dp(6) if self.mark.text else 0
        figure_wide = measured(self.figure.text, theme.text) + dp(2) if self.figure.text else 0
        if beside:
            self.mark_sign.font_size = theme.title
            self.mark_sign.pos = (right - sign_wide, self.middle - low / 2)
            right -= sign_wide + dp(4)
        else:
            self.mark_sign.font_size = theme.small * 1.25
            if not two and not row.figure:
                lower = self.middle - low / 2
            self.mark_sign.pos = (right - sign_wide, lower)
        self.mark.size = (mark_wide, low)
        self.mark.pos = (right - (0 if beside else sign_wide) - mark_wide - (dp(2) if sign_wide else 0), lower)
        self.figure.size = (figure_wide, high)
        alone = not self.mark.text and not two
        self.figure.pos = (right - figure_wide, self.middle - high / 2 if alone else upper)

        above = right - left - (figure_wide + dp(12) if figure_wide else 0)
        below = right - left - (mark_wide + (0 if beside else sign_wide) + dp(12) if mark_wide else 0)
        badge_wide = measured(row.badge, theme.small * 0.92) + dp(12) if row.badge else 0
        wide = min(measured(row.title, theme.text) + dp(3), above - (badge_wide + dp(8) if badge_wide else 0))
        self.title.size, self.title.pos = (max(0, wide), high), (left, upper)
        self.badge.size = (badge_wide, theme.small * 1.45)
        self.badge.pos = (left + wide + dp(8), upper + (high - self.badge.height) / 2)
        self._pill.size, self._pill.pos = self.badge.size, self.badge.pos
        self._pill_colour.a = 1 if row.badge else 0  # a rounded rectangle without a width keeps the one it had
        self.detail.size, self.detail.pos = (max(0, below), low), (left, lower)

    def on_release(self) -> None:
        """Tell the list."""
        if self.key and self.tapped:
            self.tapped(self.key)
