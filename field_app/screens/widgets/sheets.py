"""Sheets that come up from the bottom: choose one of a few, answer a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kivy.core.window import Window
from kivy.graphics import Color, RoundedRectangle
from kivy.metrics import dp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.modalview import ModalView

from field_app.language import gettext as _
from field_app.presenters.shell import Choice
from field_app.presenters.views import Item, Row
from field_app.screens.widgets.buttons import BigButton, QuietButton
from field_app.screens.widgets.lists import RowList
from field_app.screens.widgets.text import Strong, Words
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
