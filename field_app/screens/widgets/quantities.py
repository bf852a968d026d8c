"""A line of an order: a product with its quantity between a minus and a plus."""

from __future__ import annotations

from typing import Any

from kivy.metrics import dp
from kivy.uix.widget import Widget

from field_app.presenters.views import Quantity
from field_app.screens.widgets.buttons import IconButton
from field_app.screens.widgets.rows import EDGE, ListPart
from field_app.screens.widgets.text import OneLine, StrongLine, measured
from field_app.screens.widgets.touch import Touch
from field_app.theme.theme import theme


class QuantityRow(ListPart):
    """A product with its quantity between a minus and a plus."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.title = StrongLine(weight=0.75)
        self.detail = OneLine(font_size=theme.small, role="quiet")
        self.less = IconButton(sign="minus", role="action")
        self.more = IconButton(sign="plus", role="action")
        self.number = NumberTouch()
        self.words = WordsTouch()
        for part in (self.words, self.title, self.detail, self.less, self.more, self.number):
            self.add_widget(part)
        self.less.bind(on_release=lambda _: self._tell("-"))
        self.more.bind(on_release=lambda _: self._tell("+"))
        self.number.bind(on_release=lambda _: self._tell("="))
        self.words.bind(on_release=lambda _: self._tell("?"))

    def _tell(self, what: str) -> None:
        if self.tapped:
            self.tapped(what + self.item.key)

    def show(self) -> None:
        """Take the words of the item."""
        line: Quantity = self.item
        self.title.text, self.detail.text = line.title, line.detail
        self.number.words = str(line.quantity) if line.quantity else ""
        for part, name in ((self.less, "-"), (self.more, "+"), (self.number, "="), (self.words, "?")):
            part.key, part.says = name + line.key, f"{name} {line.title}"

    def place(self) -> None:
        """The words left, the buttons right; a product that is not chosen yet has only a plus."""
        line: Quantity = self.item
        right, middle = self.end - dp(4), self.middle
        self.more.pos = (right - self.more.width, middle - self.more.height / 2)
        right -= self.more.width
        chosen = line.quantity > 0
        for part in (self.number, self.less):
            part.opacity, part.disabled = (1, False) if chosen else (0, True)
        self.number.size = (max(dp(48), measured(self.number.words, theme.text) + dp(12)), theme.touch)
        self.less.size = self.more.size if chosen else (0, 0)
        if chosen:
            self.number.pos = (right - self.number.width, middle - self.number.height / 2)
            right -= self.number.width
            self.less.pos = (right - self.less.width, middle - self.less.height / 2)
            right -= self.less.width
        else:
            self.number.size = (0, 0)
        left = self.x + dp(EDGE)
        wide = right - left - dp(4)
        self.words.pos, self.words.size = (self.x, self.y), (right - self.x, self.height)
        self.title.size, self.title.pos = (wide, theme.text * 1.5), (left, middle + dp(1))
        self.detail.size, self.detail.pos = (wide, theme.small * 1.6), (left, middle - theme.small * 1.6)


class WordsTouch(Touch, Widget):
    """The words of a line: what else one does with its product."""


class NumberTouch(Touch, Widget):
    """A quantity that can be tapped to type it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.line = StrongLine(halign="center", font_size=theme.text * 1.08)
        self.add_widget(self.line)
        self.bind(pos=self._place, size=self._place)

    @property
    def words(self) -> str:
        """The quantity as shown."""
        text: str = self.line.text
        return text

    @words.setter
    def words(self, text: str) -> None:
        self.line.text = text

    def _place(self, *_: object) -> None:
        self.line.pos, self.line.size = self.pos, self.size
