"""Sheets that come up from the bottom: choose one, type a number, pick a day, answer a question."""

from __future__ import annotations

from calendar import monthcalendar
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from kivy.core.window import Window
from kivy.graphics import Color, RoundedRectangle
from kivy.metrics import dp
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.modalview import ModalView
from kivy.uix.widget import Widget

from field_app.language import gettext as _
from field_app.presenters import words
from field_app.presenters.shell import Choice
from field_app.presenters.views import Item, Row
from field_app.screens.widgets.buttons import BigButton, IconButton, QuietButton
from field_app.screens.widgets.chips import Chip
from field_app.screens.widgets.lists import RowList
from field_app.screens.widgets.text import OneLine, Strong, StrongLine, Words
from field_app.theme.theme import theme


class Sheet(ModalView):
    """A card at the bottom edge over the dimmed page; a tap beside it, or Escape, closes it."""

    def __init__(self, title: str, **options: Any) -> None:
        super().__init__(
            background="", background_color=(0, 0, 0, 0), overlay_color=(0, 0, 0, 0.45), anchor_y="bottom", **options
        )
        self.card = BoxLayout(
            orientation="vertical", size_hint=(None, None), padding=(0, dp(16), 0, dp(16)), spacing=dp(8)
        )
        self.card.bind(minimum_height=self.card.setter("height"))
        with self.card.canvas.before:
            Color(rgba=theme.paper)
            self._ground = RoundedRectangle(radius=[dp(20), dp(20), 0, 0])
        self.card.bind(pos=self._place, size=self._place)
        self.bind(size=self._fit)
        super().add_widget(self.card)
        if title:
            head = Strong(text=title, font_size=theme.title, padding=(dp(20), dp(4)))
            self.card.add_widget(head)
        self._fit()

    def _fit(self, *_: object) -> None:
        self.card.width = min(self.width, dp(560))

    def _place(self, *_: object) -> None:
        self._ground.pos, self._ground.size = self.card.pos, self.card.size

    def on_touch_down(self, touch: Any) -> bool:
        """Close on a tap beside the card."""
        if not self.card.collide_point(*touch.pos):
            self.dismiss()
            return True
        super().on_touch_down(touch)
        return True

    def dismiss(self, *_: object, **_options: object) -> None:
        """Close it at once: a sheet that still fades would take the next Escape."""
        super().dismiss(animation=False)

    def show(self) -> Sheet:
        """Open it; nothing moves."""
        self.open(animation=False)
        return self


class ChoiceSheet(Sheet):
    """A list to choose from."""

    def __init__(self, title: str, choices: Sequence[Choice], then: Callable[[str], None], chosen: str) -> None:
        super().__init__(title)
        self.then = then
        items: list[Item] = [
            Row(
                choice.key,
                choice.words,
                choice.detail,
                sign="check" if choice.key == chosen else "",
                sign_role="action",
            )
            for choice in choices
        ]
        self.list = RowList(size_hint_y=None, height=min(Window.height * 0.65, theme.row * len(items) + dp(16)))
        self.list.tapped = self._tapped
        self.card.add_widget(self.list)
        self.list.show(items)

    def _tapped(self, key: str) -> None:
        self.dismiss()
        self.then(key)


class QuestionSheet(Sheet):
    """Asks before something that cannot be undone."""

    def __init__(self, question: str, detail: str, yes: str, then: Callable[[], None]) -> None:
        super().__init__(question)
        if detail:
            self.card.add_widget(Words(text=detail, role="quiet", padding=(dp(20), dp(4))))
        buttons = BoxLayout(orientation="vertical", size_hint_y=None, spacing=dp(8), padding=(dp(16), dp(8), dp(16), 0))
        buttons.bind(minimum_height=buttons.setter("height"))
        agree = BigButton(key="yes", words=yes, role="wrong")
        agree.bind(on_release=lambda *_: (self.dismiss(), then()))
        keep = QuietButton(key="no", words=_("Cancel"), role="ink")
        keep.bind(on_release=lambda *_: self.dismiss())
        buttons.add_widget(agree)
        buttons.add_widget(keep)
        self.card.add_widget(buttons)


class NumberSheet(Sheet):
    """A number pad with keys for the thumb; a keyboard works as well."""

    def __init__(self, title: str, value: str, then: Callable[[str], None]) -> None:
        super().__init__(title)
        self.then, self.typed, self._fresh = then, value, bool(value)
        self.number = StrongLine(text=value or "0", font_size=theme.display, halign="center", size_hint_y=None)
        self.number.height = theme.display * 1.6
        self.card.add_widget(self.number)
        grid = GridLayout(cols=3, size_hint_y=None, spacing=dp(8), padding=(dp(16), 0))
        grid.bind(minimum_height=grid.setter("height"))
        for sign in ("1", "2", "3", "4", "5", "6", "7", "8", "9", ".", "0", "back"):
            high = max(dp(56), theme.touch)
            if sign == "back":
                holder = AnchorLayout(size_hint_y=None, height=high)
                key = IconButton(key="back", says=_("Delete"), sign="backspace-outline")
                holder.add_widget(key)
                grid.add_widget(holder)
            else:
                key = Chip(key=sign, says=sign, text=sign)
                key.size_hint_x, key.font_size, key.height = 1, theme.title * 1.1, high
                grid.add_widget(key)
            key.bind(on_release=lambda button: self.press(button.key))
        self.card.add_widget(grid)
        foot = BoxLayout(size_hint_y=None, height=max(dp(56), theme.touch), padding=(dp(16), 0))
        done = BigButton(key="done", words=_("Done"))
        done.bind(on_release=lambda *_: self.done())
        foot.add_widget(done)
        self.card.add_widget(foot)

    def press(self, sign: str) -> None:
        """One key."""
        if sign == "back":
            self.typed = self.typed[:-1]
        elif not (sign == "." and "." in self.typed) and len(self.typed) < 12:
            self.typed = sign if self._fresh else (self.typed + sign)
        self._fresh = False
        self.number.text = self.typed or "0"

    def done(self) -> None:
        """Give the number."""
        self.dismiss()
        self.then(self.typed or "0")

    def on_open(self) -> None:
        """Listen to the keyboard."""
        Window.bind(on_key_down=self._key)

    def on_dismiss(self) -> None:
        """Stop listening."""
        Window.unbind(on_key_down=self._key)

    def _key(self, _window: object, code: int, _scan: object, text: str | None, _held: object) -> bool:
        if code in (13, 271):
            self.done()
        elif code == 8:
            self.press("back")
        elif text and text in "0123456789.":
            self.press(text)
        else:
            return False
        return True


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
