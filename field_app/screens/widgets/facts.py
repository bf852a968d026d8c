"""Fields of a file, and what an empty list says: parts of a list that are as high as their words need."""

from __future__ import annotations

from typing import Any

from kivy.metrics import dp

from field_app.presenters.views import Fact, Note
from field_app.screens.widgets.rows import EDGE, ListPart
from field_app.screens.widgets.text import OneLine, Sign, Words
from field_app.screens.widgets.touch import Touch
from field_app.theme.theme import theme


class FactRow(Touch, ListPart):
    """A field of a file: its label, and under it what it says."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.name = OneLine(font_size=theme.small, role="quiet")
        self.words = Words()
        self.sign = Sign(font_size=theme.text * 1.2, role="waiting")
        for part in (self.name, self.words, self.sign):
            self.add_widget(part)
        self.bind(state=self._pressed)

    def _pressed(self, *_: object) -> None:
        self._ground.rgba = theme.pressed if self.state == "down" and self.key else theme.card

    def show(self) -> None:
        """Take the words of the item."""
        fact: Fact = self.item
        self.key, self.says = fact.key, fact.label
        self.name.text, self.words.text, self.words.role, self.sign.name = fact.label, fact.text, fact.role, fact.sign

    def place(self) -> None:
        """The label on top, the words under it, a sign at the right edge."""
        room = self.sign.font_size + dp(8) if self.sign.name else 0
        wide = self.width - dp(EDGE) * 2 - room
        high = theme.small * 1.5
        self.name.size, self.name.pos = (wide, high), (self.x + dp(EDGE), self.upper - dp(9) - high)
        self.words.width = wide
        self.words.texture_update()
        self.words.size = (wide, self.words.texture_size[1])
        self.words.pos = (self.x + dp(EDGE), self.name.y - self.words.height)
        self.sign.pos = (self.end - dp(EDGE) - self.sign.width, self.middle - self.sign.height / 2)

    @staticmethod
    def height_of(fact: Fact, width: float) -> float:
        """How high it is in a list of that width."""
        room = theme.text * 1.2 + dp(8) if fact.sign else 0
        words = Words(text=fact.text, width=width - dp(EDGE) * 2 - room, size_hint=(None, None))
        words.texture_update()
        return max(float(theme.small * 1.5 + words.texture_size[1] + dp(20)), dp(48))

    def on_release(self) -> None:
        """Tell the list."""
        if self.key and self.tapped:
            self.tapped(self.key)


class ListNote(ListPart):
    """What an empty list says."""

    on_card = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.sign = Sign(font_size=theme.display * 1.4)
        self.words = Words(role="quiet", halign="center")
        self.add_widget(self.sign)
        self.add_widget(self.words)

    def show(self) -> None:
        """Take the words of the item."""
        note: Note = self.item
        self.words.text, self.sign.name = note.words, note.sign

    def place(self) -> None:
        """A sign, and the words under it, in the middle."""
        note: Note = self.item
        top = self.upper - dp(20)
        if note.sign:
            self.sign.size = (self.sign.font_size, self.sign.font_size)
            self.sign.pos = ((self.x + self.width / 2) - self.sign.width / 2, top - self.sign.height)
            top -= self.sign.height + dp(10)
        self.words.width = self.width - dp(EDGE) * 2
        self.words.texture_update()
        self.words.pos = (self.x + dp(EDGE), top - self.words.texture_size[1])
