"""Words on the screen: wrapped text, one-line text, strong text, signs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kivy.core.text import Label as CoreLabel
from kivy.lang import Builder
from kivy.properties import NumericProperty, StringProperty
from kivy.uix.label import Label

from field_app.theme.fonts import FONT
from field_app.theme.material import icon
from field_app.theme.theme import theme

Builder.load_file(str(Path(__file__).with_suffix(".kv")))


def measured(text: str, font_size: float) -> float:
    """How wide a text is on one line, in pixels."""
    width: float = CoreLabel(text=text, font_size=font_size, font_name=FONT).get_extents(text)[0]
    return width


class Words(Label):
    """Text in a colour role that wraps and is as high as it needs."""

    role = StringProperty("ink")

    def __init__(self, **options: Any) -> None:
        # Sizes are given here: what a rule computes would win over what the maker of a label asks for.
        super().__init__(**{"font_name": FONT, "font_size": theme.text, **options})


class OneLine(Words):
    """Text on one line, as high as its place; what does not fit ends in dots."""

    def measured(self) -> float:
        """How wide the whole text is."""
        return measured(self.text, self.font_size)


class Strong(Words):
    """The same, heavier: the one font has one weight, so it is drawn twice, half a pixel apart."""

    weight = NumericProperty(1.0)


class StrongLine(OneLine, Strong):
    """Heavier, on one line."""


class Sign(Label):
    """An icon by its name."""

    name = StringProperty("")
    role = StringProperty("quiet")

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"font_name": "Icons", "font_size": theme.title * 1.1, **options})

    def on_name(self, *_: object) -> None:
        """Show the character of the name."""
        self.text = icon(self.name) if self.name else ""
