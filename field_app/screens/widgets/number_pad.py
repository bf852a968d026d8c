"""A number pad with keys for the thumb."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kivy.core.window import Window
from kivy.metrics import dp
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout

from field_app.language import gettext as _
from field_app.screens.widgets.buttons import BigButton, IconButton
from field_app.screens.widgets.chips import Chip
from field_app.screens.widgets.sheets import Sheet
from field_app.screens.widgets.text import StrongLine, Words
from field_app.theme.theme import theme


class NumberSheet(Sheet):
    """A number pad with keys for the thumb; a keyboard works as well."""

    def __init__(
        self,
        title: str,
        value: str,
        then: Callable[[str], None],
        *,
        quick: Sequence[tuple[str, str]] = (),
        detail: str = "",
    ) -> None:
        super().__init__(title)
        self.then, self.typed, self._fresh = then, value, bool(value)
        if detail:
            self.card.add_widget(Words(text=detail, role="quiet", font_size=theme.small, padding=(dp(20), 0)))
        if quick:
            self.card.add_widget(self._quick(quick, value))
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

    def _quick(self, quick: Sequence[tuple[str, str]], value: str) -> BoxLayout:
        """Numbers that are taken by one tap, side by side."""
        row = BoxLayout(size_hint_y=None, height=max(dp(56), theme.touch), spacing=dp(8), padding=(dp(16), 0))
        for number, word in quick:
            chip = Chip(key=f"quick:{number}", says=word, text=word, chosen=number == value)
            chip.size_hint_x, chip.height = 1, row.height
            chip.bind(on_release=lambda _, number=number: self._take(number))
            row.add_widget(chip)
        return row

    def _take(self, number: str) -> None:
        self.dismiss()
        self.then(number)

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
