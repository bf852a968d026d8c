"""Where a person types: one line, several lines, a search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ColorProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.textinput import TextInput

from field_app.screens.widgets.buttons import IconButton  # noqa: F401  (named in the rules)
from field_app.screens.widgets.text import Sign  # noqa: F401
from field_app.theme.theme import theme

SEARCH_PAUSE_S = 0.2


class Entry(TextInput):
    """A field with a visible edge, at least 48 dp high."""

    wrong = BooleanProperty(False)
    ground = ColorProperty((0, 0, 0, 0))
    key = StringProperty("")

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"multiline": False, **options})
        self.ground = theme.card

    def composing(self) -> bool:
        """Whether an input method is still putting a word together; what is there then is not text yet."""
        return bool(self._ime_composition)


class BareEntry(TextInput):
    """A field without an edge, inside something that has one. Says `on_settled` when the typing pauses."""

    __events__ = ("on_settled",)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._pause = Clock.create_trigger(self._paused, SEARCH_PAUSE_S)
        self.bind(text=self._typed)

    def _typed(self, *_: object) -> None:
        self._pause.cancel()
        self._pause()

    def _paused(self, _: float) -> None:
        if self._ime_composition:
            self._pause()
        else:
            self.dispatch("on_settled", self.text)

    def on_settled(self, text: str) -> None:
        """The typing paused at this text."""


class SearchField(BoxLayout):
    """Search while typing: `then` gets the text when the typing pauses, never a half composed word."""

    hint = StringProperty("")
    clear_word = StringProperty("")
    focused = BooleanProperty(False)
    then: Any = ObjectProperty(None, allownone=True)

    @property
    def text(self) -> str:
        """What is typed."""
        typed: str = self.ids.entry.text
        return typed

    @text.setter
    def text(self, text: str) -> None:
        self.ids.entry.text = text
        self.ids.entry._pause.cancel()

    def settled(self, _: object, text: str) -> None:
        """The typing paused."""
        if self.then:
            self.then(text)

    def clear(self) -> None:
        """Empty it and show everything at once."""
        self.text = ""
        self.ids.entry._pause.cancel()
        self.settled(None, "")


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
