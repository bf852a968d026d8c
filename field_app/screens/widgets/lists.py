"""A list of items from a presenter: only what is in view is made; the head of the current group stays on top."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any
from weakref import WeakMethod

from kivy.clock import Clock
from kivy.effects.dampedscroll import DampedScrollEffect
from kivy.factory import Factory
from kivy.metrics import dp
from kivy.properties import ObjectProperty
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.recycleboxlayout import RecycleBoxLayout
from kivy.uix.recycleview import RecycleView
from kivy.uix.stencilview import StencilView

from field_app.presenters.views import Fact, Head, Item, Note, Pictures, Quantity, Row
from field_app.screens.widgets.facts import FactRow, ListNote
from field_app.screens.widgets.pictures import PicturesRow
from field_app.screens.widgets.quantities import QuantityRow
from field_app.screens.widgets.rows import ListHead, ListRow, Tapped
from field_app.screens.widgets.text import Words
from field_app.theme.theme import theme

SIDE = 12
FIRST, MORE = 100, 300  # items that are laid out at once, and with each scroll near the end
CLASSES = {Head: ListHead, Row: ListRow, Fact: FactRow, Note: ListNote, Quantity: QuantityRow, Pictures: PicturesRow}
for _class in CLASSES.values():
    Factory.register(_class.__name__, cls=_class)


class RowList(StencilView, FloatLayout):
    """Shows items; `tapped` gets the key of a row."""

    tapped: Tapped = ObjectProperty(None, allownone=True)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.items: Sequence[Item] = ()
        self.view = RecycleView(bar_width=dp(3), bar_color=(*theme.quiet[:3], 0.5), scroll_type=["content", "bars"])
        self.view.bar_inactive_color = (0, 0, 0, 0)
        self.view.effect_cls = DampedScrollEffect
        self.view.scroll_distance = dp(10)
        self.box = RecycleBoxLayout(
            orientation="vertical",
            size_hint_y=None,
            default_size=(None, theme.row),
            default_size_hint=(1, None),
            key_size="size_of",
        )
        self.box.padding = (dp(SIDE), 0, dp(SIDE), dp(16))
        self.box.bind(minimum_height=self.box.setter("height"))
        self.view.add_widget(self.box)
        self.view.key_viewclass = "viewclass"
        self.add_widget(self.view)
        self.sticky = ListHead(size_hint=(None, None), opacity=0)
        self.add_widget(self.sticky)
        self.view.bind(scroll_y=self._follow)
        self.bind(pos=self._placed, size=self._placed)
        self._later = Clock.create_trigger(lambda _: self._fill(), -1)  # before this frame is drawn
        self._more = Clock.create_trigger(lambda _: self._grow(), 0)
        self._heads: list[tuple[float, Head]] = []
        self._width = 0.0
        self._many = FIRST

    def show(self, items: Sequence[Item]) -> None:
        """Show these items; the place in the list is kept."""
        self.items = items
        if self._above() < self.view.height:
            self._many = FIRST
        self._fill()

    def _grow(self) -> None:
        """Lay out more of a long list."""
        self._many += MORE
        self._fill()

    def _placed(self, *_: object) -> None:
        self.view.pos, self.view.size = self.pos, self.size
        self.sticky.size = (self.width - dp(SIDE) * 2, theme.head)
        self.sticky.pos = (self.x + dp(SIDE), self.top - theme.head)
        if self._width != self.width:
            self._width = self.width
            self._later()

    def _fill(self) -> None:
        if self.width <= dp(SIDE) * 2 + 1:
            return
        above = self._above()
        data, offset, self._heads = [], 0.0, []
        tapped = weakly(self._tapped)  # a row that is kept for the next list must not keep this page
        for at, item in enumerate(self.items[: self._many]):
            height = self._height(item)
            if isinstance(item, Head):
                self._heads.append((offset, item))
            data.append(
                {
                    "viewclass": CLASSES[type(item)].__name__,
                    "item": item,
                    "first": at == 0 or not _carded(self.items[at - 1]),
                    "last": at + 1 == len(self.items) or not _carded(self.items[at + 1]),
                    "tapped": tapped,
                    "size_of": (None, height),
                }
            )
            offset += height
        self._total = offset + dp(16)
        self.view.data = data
        self._scroll(above)
        self._follow()

    def _tapped(self, key: str) -> None:
        if self.tapped:
            self.tapped(key)

    def _height(self, item: Item) -> float:
        if isinstance(item, Head):
            return float(theme.head)
        if isinstance(item, Fact):
            return FactRow.height_of(item, self.width - dp(SIDE) * 2)
        if isinstance(item, Pictures):
            return float((self.width - dp(SIDE) * 2 - dp(16)) / 3 + dp(8))
        if isinstance(item, Note):
            words = Words(text=item.words, width=self.width - dp(SIDE) * 2 - dp(32), size_hint=(None, None))
            words.texture_update()
            return float(words.texture_size[1] + dp(40) + (theme.display * 1.4 + dp(10) if item.sign else 0))
        return float(theme.row)

    def _above(self) -> float:
        """How much is scrolled out of sight above."""
        hidden = max(0.0, getattr(self, "_total", 0.0) - self.view.height)
        return float(hidden * (1 - self.view.scroll_y))

    def _scroll(self, above: float) -> None:
        hidden = max(0.0, self._total - self.view.height)
        self.view.scroll_y = 1 - min(1.0, above / hidden) if hidden > 1 else 1

    @property
    def place(self) -> float:
        """Where the list is scrolled to, to come back to it."""
        return self._above()

    @place.setter
    def place(self, above: float) -> None:
        if self._many < len(self.items) and getattr(self, "_total", 0.0) < above + self.view.height * 2:
            self._many = max(
                self._many, int((above + self.view.height * 2) / theme.head) + 1
            )  # no row is lower than a head
            self._fill()
        self._scroll(above)

    def _follow(self, *_: object) -> None:
        above = self._above()
        if self._many < len(self.items) and above + self.view.height * 3 > self._total:
            self._more()
        at = bisect_right([offset for offset, _ in self._heads], above - 1) - 1
        if at < 0 or above <= 1:
            self.sticky.opacity = 0
            return
        self.sticky.opacity = 1
        self.sticky.item = self._heads[at][1]
        top = self.top
        if at + 1 < len(self._heads):
            top += max(0.0, theme.head - (self._heads[at + 1][0] - above))
        self.sticky.pos = (self.x + dp(SIDE), min(top, self.top + theme.head) - theme.head)


def weakly(method: Tapped) -> Tapped:
    """A method as something to call that does not keep its object."""
    found = WeakMethod(method)

    def call(key: str) -> None:
        if alive := found():
            alive(key)

    return call


def _carded(item: Item) -> bool:
    return isinstance(item, Row | Fact | Quantity)
