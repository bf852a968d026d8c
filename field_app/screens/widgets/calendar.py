"""A month to pick a day from."""

from __future__ import annotations

from calendar import monthcalendar
from collections.abc import Callable
from datetime import date, timedelta

from kivy.metrics import dp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.widget import Widget

from field_app.language import gettext as _
from field_app.presenters import words
from field_app.screens.widgets.buttons import IconButton, QuietButton
from field_app.screens.widgets.chips import Chip
from field_app.screens.widgets.sheets import Sheet
from field_app.screens.widgets.text import OneLine
from field_app.theme.theme import theme


class DaySheet(Sheet):
    """A month to pick a day from."""

    def __init__(self, title: str, day: date, today: date, then: Callable[[str | None], None]) -> None:
        super().__init__(title)
        self.then, self.day, self.month = then, day, day.replace(day=1)
        head = BoxLayout(size_hint_y=None, height=theme.touch, padding=(dp(8), 0))
        for key, sign, word, step in (
            ("year-", "chevron-double-left", _("Year before"), -12),
            ("month-", "chevron-left", _("Month before"), -1),
        ):
            head.add_widget(self._step(key, sign, word, step))
        self.name = OneLine(halign="center")
        head.add_widget(self.name)
        for key, sign, word, step in (
            ("month+", "chevron-right", _("Month after"), 1),
            ("year+", "chevron-double-right", _("Year after"), 12),
        ):
            head.add_widget(self._step(key, sign, word, step))
        self.card.add_widget(head)
        self.grid = GridLayout(cols=7, size_hint_y=None, padding=(dp(12), 0))
        self.grid.bind(minimum_height=self.grid.setter("height"))
        self.card.add_widget(self.grid)
        foot = BoxLayout(size_hint_y=None, height=theme.touch, padding=(dp(16), 0), spacing=dp(8))
        clear = QuietButton(key="clear", words=_("No day"), role="ink")
        clear.bind(on_release=lambda *_: self._chosen(None))
        button = QuietButton(key="today", words=_("Today"))
        button.bind(on_release=lambda *_: self._chosen(today))
        foot.add_widget(clear)
        foot.add_widget(button)
        self.card.add_widget(foot)
        self._fill()

    def _step(self, key: str, sign: str, word: str, months: int) -> IconButton:
        button = IconButton(key=key, sign=sign, says=word)
        button.bind(on_release=lambda *_: self._move(months))
        return button

    def _move(self, months: int) -> None:
        at = self.month.year * 12 + self.month.month - 1 + months
        if 1900 * 12 <= at < 2200 * 12:
            self.month = date(at // 12, at % 12 + 1, 1)
            self._fill()

    def _fill(self) -> None:
        self.name.text = words.month_words(self.month)
        self.grid.clear_widgets()
        monday = date(2024, 1, 1)
        for at in range(7):
            self.grid.add_widget(
                OneLine(
                    text=words.weekday(monday + timedelta(days=at)),
                    font_size=theme.small,
                    role="quiet",
                    halign="center",
                    size_hint_y=None,
                )
            )
        for week in monthcalendar(self.month.year, self.month.month):
            for number in week:
                if not number:
                    self.grid.add_widget(Widget(size_hint_y=None, height=theme.touch))
                    continue
                day = self.month.replace(day=number)
                chip = Chip(
                    key=day.isoformat(), says=day.isoformat(), text=str(number), chosen=day == self.day, bare=True
                )
                chip.size_hint_x = 1
                chip.bind(on_release=lambda chip: self._chosen(date.fromisoformat(chip.key)))
                self.grid.add_widget(chip)

    def _chosen(self, day: date | None) -> None:
        self.dismiss()
        self.then(day.isoformat() if day else None)
