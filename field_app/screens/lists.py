"""Screens that are a list: today, orders, sync, more, a record; with a search or parts above it where the page has them."""

from __future__ import annotations

from kivy.clock import Clock
from kivy.metrics import dp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from field_app.language import gettext as _
from field_app.presenters.order import OrderPage
from field_app.screens.base import PageScreen
from field_app.screens.widgets.bars import Segments
from field_app.screens.widgets.buttons import SignButton
from field_app.screens.widgets.inputs import SearchField
from field_app.screens.widgets.lists import RowList
from field_app.screens.widgets.progress import HowFar
from field_app.screens.widgets.text import OneLine, Sign, StrongLine, Words
from field_app.screens.widgets.touch import Touch
from field_app.theme.theme import theme


class ListScreen(PageScreen):
    """A list of items, and what is above it."""

    def body(self) -> Widget:
        """The list under its head."""
        column = BoxLayout(orientation="vertical")
        for part in self.above():
            column.add_widget(part)
        self.list = RowList()
        self.list.tapped = self._act
        column.add_widget(self.list)
        self.list.show(self.page.items())
        place = self.page.scrolled
        Clock.schedule_once(lambda _: self._begin_at(place), 0)
        return column

    def _begin_at(self, place: float) -> None:
        """Come back to where the list was; from then on the page knows where it is."""
        self.list.place = place
        self.list.view.bind(scroll_y=self._scrolled)

    def _scrolled(self, *_: object) -> None:
        self.page.scrolled = max(0.0, self.list.place)

    def above(self) -> list[Widget]:
        """What stands above the list."""
        return []

    def refresh(self) -> None:
        """The list as it is now, where it was scrolled to; a page that says 0 is shown from its top."""
        place = self.page.scrolled
        super().refresh()
        self.list.show(self.page.items())
        self.list.place = place

    def leaving(self) -> None:
        """Keep the place in the list."""
        self.page.scrolled = self.list.place


class SearchScreen(ListScreen):
    """A list with a search above it."""

    hint = ""

    def above(self) -> list[Widget]:
        """The search field; typing narrows the list."""
        self.search = SearchField(hint=self.words(), clear_word=_("Clear the search"))
        self.search.text = self.page.text
        self.search.then = self._search
        holder = BoxLayout(size_hint_y=None, height=theme.touch + dp(12), padding=(dp(12), dp(4), dp(12), dp(8)))
        holder.add_widget(self.search)
        return [holder]

    def words(self) -> str:
        """What can be typed here."""
        return _("Name, product code or brand")

    def _search(self, text: str) -> None:
        if text != self.page.text:
            self.page.search(text)


class CustomersScreen(SearchScreen):
    """Customers, found while typing."""

    def words(self) -> str:
        """What can be typed here."""
        return _("Name, pinyin, phone, code …")


class OrdersScreen(SearchScreen):
    """Orders, found while typing."""

    def words(self) -> str:
        """What can be typed here."""
        return _("Customer, product or number")


class KnowledgeScreen(SearchScreen):
    """Entries of the knowledge base, found while typing."""

    def words(self) -> str:
        """What can be typed here."""
        return _("Question, answer, keyword")


class CustomerScreen(ListScreen):
    """One customer: what one does here, the parts, and the list of the part."""

    def above(self) -> list[Widget]:
        """Actions as a row of buttons, then the parts."""
        actions = BoxLayout(size_hint_y=None, padding=(dp(12), dp(4), dp(12), dp(4)), spacing=dp(8))
        actions.bind(minimum_height=actions.setter("height"))
        for key, sign, word in self.page.actions():
            button = SignButton(key=key, sign=sign, words=word, says=word)
            button.bind(on_release=lambda button: self._act(button.key))
            actions.add_widget(button)
        self.parts = Segments(self.page.parts(), self.page.part, self._act)
        return [actions, self.parts, Widget(size_hint_y=None, height=dp(4))]

    def refresh(self) -> None:
        """Mark the part that is shown."""
        self.parts.choose(self.page.part)
        super().refresh()


class TouchRow(Touch, BoxLayout):
    """A row of words that is tapped as one."""


class OrderScreen(SearchScreen):
    """An order while it is made: search above, quantities, the total above the button."""

    page: OrderPage

    def above_button(self) -> Widget | None:
        """How many lines and the sum, to tap for the lines alone; then what limits the order."""
        lines, total = self.page.totals()
        part = BoxLayout(orientation="vertical", size_hint_y=None)
        part.bind(minimum_height=part.setter("height"))
        row = TouchRow(key="lines", says=lines, size_hint_y=None, height=theme.touch, padding=(dp(8), 0))
        row.bind(on_release=lambda _: self._act("lines"))
        if self.page.quantities:
            sign = "chevron-down" if self.page.only_chosen else "chevron-up"
            row.add_widget(Sign(name=sign, role="action", size_hint=(None, 1), width=dp(28)))
        row.add_widget(OneLine(text=lines, role="action" if self.page.quantities else "quiet"))
        row.add_widget(StrongLine(text=total, font_size=theme.title, halign="right"))
        part.add_widget(row)
        for text, role in self.page.standing_lines():
            part.add_widget(Words(text=text, role=role, font_size=theme.small, padding=(dp(8), 0)))
        return part


class SyncScreen(ListScreen):
    """The state of sync, with a bar while one runs."""

    def above(self) -> list[Widget]:
        """The bar of the sync."""
        self.progress = HowFar()
        self._tick()
        self._ticks = Clock.schedule_interval(self._tick, 0.25)
        return [self.progress]

    def _tick(self, *_: object) -> None:
        self.progress.show(self.page.progress())

    def leaving(self) -> None:
        """Stop looking."""
        super().leaving()
        self._ticks.cancel()
