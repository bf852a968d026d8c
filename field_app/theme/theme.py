"""The theme in use: its colours and sizes as properties that a rule can name (`theme.ink`, `theme.text`)."""

from __future__ import annotations

from kivy.event import EventDispatcher
from kivy.metrics import dp, sp
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty

from field_app.theme.colours import DARK, LIGHT, Colour, Palette

TEXT_SIZES = {"small": 0.9, "normal": 1.0, "large": 1.15, "largest": 1.3}
TOUCH_DP = 48
CONTENT_DP = 720
RAIL_FROM_DP = 840


class Theme(EventDispatcher):
    """Colours by role, sizes in pixels. One per process: `theme` below."""

    dark = BooleanProperty(False)
    scale = NumericProperty(1.0)

    paper = ColorProperty()
    card = ColorProperty()
    ink = ColorProperty()
    quiet = ColorProperty()
    action = ColorProperty()
    inverse = ColorProperty()
    waiting = ColorProperty()
    wrong = ColorProperty()
    done = ColorProperty()
    line = ColorProperty()
    field = ColorProperty()
    pressed = ColorProperty()

    small = NumericProperty()
    text = NumericProperty()
    title = NumericProperty()
    display = NumericProperty()
    touch = NumericProperty()
    row = NumericProperty()
    head = NumericProperty()

    def __init__(self) -> None:
        super().__init__()
        self.use(dark=False, text_size="normal")

    @property
    def palette(self) -> Palette:
        """The palette in use."""
        return DARK if self.dark else LIGHT

    def use(self, *, dark: bool, text_size: str) -> None:
        """Take light or dark and one of TEXT_SIZES. The window builds its page anew after that."""
        self.dark = dark
        self.scale = TEXT_SIZES.get(text_size, 1.0)
        palette = self.palette
        for name in Palette.__dataclass_fields__:
            setattr(self, name, palette.role(name))
        self.pressed = palette.pressed()
        self.small, self.text, self.title = (sp(size * self.scale) for size in (14, 16, 20))
        self.display = sp(28 * self.scale)
        self.touch = dp(TOUCH_DP) * max(1.0, self.scale)
        self.row = dp(68) * self.scale if self.scale > 1 else dp(68)
        self.head = dp(40) * max(1.0, self.scale)

    def colour(self, role: str) -> Colour:
        """The colour of a role now."""
        return self.palette.role(role)

    def tint(self, role: str) -> Colour:
        """The ground of a mark in a role now."""
        return self.palette.tint(role)


theme = Theme()
