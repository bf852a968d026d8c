"""The bars: title on top, the line about sync under it, the four places at the bottom, the parts of a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from field_app.language import gettext as _
from field_app.presenters.views import Bar, SyncLine
from field_app.screens.widgets.buttons import IconButton
from field_app.screens.widgets.text import measured
from field_app.screens.widgets.touch import Touch
from field_app.theme.theme import theme

Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class TopBar(BoxLayout):
    """Where one is, the way back, and what can be done here beside the big button."""

    title = StringProperty("")
    subtitle = StringProperty("")
    aside = StringProperty("")
    back = BooleanProperty(True)

    def __init__(self, bar: Bar, act: Callable[[str], None], **options: Any) -> None:
        super().__init__(title=bar.title, subtitle=bar.subtitle, aside=bar.aside, back=bar.back, **options)
        if bar.back:
            self._add(self.ids.left, "back", "arrow-left", _("Back"), act)
        for key, sign, word in bar.actions:
            self._add(self.ids.right, key, sign, word, act)

    def _add(self, place: BoxLayout, key: str, sign: str, word: str, act: Callable[[str], None]) -> None:
        button = IconButton(key=key, sign=sign, says=word, pos_hint={"center_y": 0.5})
        button.bind(on_release=lambda *_: act(key))
        place.add_widget(button)


class SyncBar(Touch, BoxLayout):
    """One line of truth about sync."""

    words = StringProperty("")
    role = StringProperty("quiet")
    sign = StringProperty("")
    ground = ColorProperty((0, 0, 0, 0))

    def show(self, line: SyncLine) -> None:
        """Take the words, the sign and the role."""
        self.words, self.role, self.sign, self.says = line.words, line.role, line.sign, line.words
        self.ground = theme.tint(line.role) if line.role in ("waiting", "wrong") else (0, 0, 0, 0)


class TabButton(Touch, BoxLayout):
    """One of the four places."""

    words = StringProperty("")
    sign = StringProperty("")
    chosen = BooleanProperty(False)
    ground = ColorProperty((0, 0, 0, 0))

    def on_chosen(self, *_: object) -> None:
        """Light up."""
        self.ground = theme.tint("action") if self.chosen else (0, 0, 0, 0)


class TabBar(BoxLayout):
    """Today, Customers, Orders, More: at the bottom of a phone, at the side of a tablet."""

    def __init__(
        self, places: Sequence[tuple[str, str, str]], chosen: str, go: Callable[[str], None], **options: Any
    ) -> None:
        super().__init__(**options)
        upright = self.orientation == "vertical"
        high = max(dp(64), theme.title * 1.1 + theme.small * 1.5 + dp(22))
        if upright:
            self.size_hint_x, self.width, self.padding, self.spacing = None, dp(96), (0, dp(16), 0, 0), dp(8)
        else:
            self.size_hint_y, self.height = None, high
        for key, sign, word in places:
            button = TabButton(key=key, sign=sign, words=word, says=word, chosen=key == chosen)
            if upright:
                button.size_hint_y, button.height = None, high
            button.bind(on_release=lambda _, key=key: go(key))
            self.add_widget(button)
        if upright:
            self.add_widget(BoxLayout())


class Segment(Touch, BoxLayout):
    """One part of a page."""

    words = StringProperty("")
    chosen = BooleanProperty(False)
    wide = NumericProperty(0)

    def on_words(self, *_: object) -> None:
        """The line under it is as wide as the word."""
        self.wide = measured(self.words, theme.text * 0.96) + dp(16)


class Segments(BoxLayout):
    """The parts of a page, one of them shown."""

    def __init__(
        self, parts: Sequence[tuple[str, str]], chosen: str, go: Callable[[str], None], **options: Any
    ) -> None:
        super().__init__(**options)
        for key, word in parts:
            segment = Segment(key=key, words=word, says=word, chosen=key == chosen)
            segment.bind(on_release=lambda _, key=key: go(key))
            self.add_widget(segment)

    def choose(self, chosen: str) -> None:
        """Mark another part."""
        for segment in self.children:
            segment.chosen = segment.key == chosen
