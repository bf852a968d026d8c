"""A day's hours and quarters to pick a time from."""

from __future__ import annotations

from collections.abc import Callable

from kivy.metrics import dp
from kivy.uix.gridlayout import GridLayout

from field_app.language import gettext as _
from field_app.screens.widgets.chips import Chip
from field_app.screens.widgets.sheets import Sheet
from field_app.screens.widgets.text import OneLine
from field_app.theme.theme import theme

MINUTES = (0, 15, 30, 45)


class TimeSheet(Sheet):
    """First the hour, then the quarter: two taps. Other minutes are typed into the field. Args: time: «HH:MM»."""

    def __init__(self, title: str, time: str, then: Callable[[str], None]) -> None:
        super().__init__(title)
        self.then = then
        self.hour = int(time[:2])
        self.hours = self._grid(_("Hour"), [(f"hour:{hour}", f"{hour:02d}") for hour in range(24)], 6, self._hour)
        self._grid(_("Minute"), [(f"minute:{minute}", f"{minute:02d}") for minute in MINUTES], 4, self._minute)
        self._mark()

    def _grid(self, head: str, keys: list[tuple[str, str]], columns: int, then: Callable[[Chip], None]) -> GridLayout:
        self.card.add_widget(
            OneLine(text=head, role="quiet", size_hint_y=None, height=theme.small * 1.6, padding=(dp(20), 0))
        )
        gap = dp(8) if columns == len(MINUTES) else 0
        grid = GridLayout(cols=columns, size_hint_y=None, padding=(dp(12), 0), spacing=(gap, 0))
        grid.bind(minimum_height=grid.setter("height"))
        for key, word in keys:
            chip = Chip(key=key, says=word, text=word, bare=columns > len(MINUTES))
            chip.size_hint_x = 1
            chip.bind(on_release=then)
            grid.add_widget(chip)
        self.card.add_widget(grid)
        return grid

    def _mark(self) -> None:
        for chip in self.hours.children:
            chip.chosen = chip.key == f"hour:{self.hour}"

    def _hour(self, chip: Chip) -> None:
        self.hour = int(chip.key.partition(":")[2])
        self._mark()

    def _minute(self, chip: Chip) -> None:
        self.dismiss()
        self.then(f"{self.hour:02d}:{int(chip.key.partition(':')[2]):02d}")
