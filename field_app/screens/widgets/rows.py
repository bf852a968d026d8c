"""The rows of a list: slim, placed by hand, because a list of ten thousand customers is made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.graphics import Color, Rectangle, RoundedRectangle
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.widget import Widget

from field_app.presenters.views import Fact, Head, Note, Pictures, Quantity, Row
from field_app.screens.widgets.buttons import IconButton
from field_app.screens.widgets.photos import Thumb
from field_app.screens.widgets.text import OneLine, Sign, StrongLine, Words, measured
from field_app.screens.widgets.touch import Touch
from field_app.theme.theme import theme

Tapped = Callable[[str], None]
EDGE = 16


class ListPart(Widget):
    """Base of what a list shows: draws the card behind it, rounded where a group begins and ends."""

    item: Any = ObjectProperty(None, allownone=True)
    first = BooleanProperty(False)
    last = BooleanProperty(False)
    tapped: Tapped = ObjectProperty(None, allownone=True)
    on_card = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if self.on_card:
            with self.canvas.before:
                self._ground = Color(rgba=theme.card)
                self._card = RoundedRectangle()
                self._edge = Color(rgba=theme.line)
                self._line = Rectangle()
        self.bind(pos=self._placed, size=self._placed, first=self._placed, last=self._placed, item=self._shown)

    def _shown(self, *_: object) -> None:
        if self.item is not None:
            self.show()
            self._placed()

    def _placed(self, *_: object) -> None:
        if self.on_card:
            top, bottom = (dp(12) if self.first else 0), (dp(12) if self.last else 0)
            self._card.pos, self._card.size = self.pos, self.size
            self._card.radius = [(top, top), (top, top), (bottom, bottom), (bottom, bottom)]
            inset = dp(EDGE)
            self._line.pos = (self.x + inset, self.y)
            self._line.size = (0 if self.last else max(0, self.width - inset), dp(1))
        if self.item is not None:
            self.place()

    def show(self) -> None:
        """Take the words of the item."""

    def place(self) -> None:
        """Put the parts where they belong."""


class ListHead(ListPart):
    """The head of a group; the list keeps the current one in view."""

    on_card = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        with self.canvas.before:
            Color(rgba=theme.paper)
            self._strip = Rectangle()
        self.words = StrongLine(font_size=theme.small, role="quiet", weight=0.6)
        self.more = OneLine(font_size=theme.small, role="quiet", halign="right")
        self.add_widget(self.words)
        self.add_widget(self.more)

    def show(self) -> None:
        """Take the words of the item."""
        head: Head = self.item
        self.words.text, self.more.text = head.words, head.more

    def place(self) -> None:
        """The words sit low, close to their group."""
        self._strip.pos, self._strip.size = (self.x - dp(12), self.y), (self.width + dp(24), self.height)
        more = measured(self.more.text, theme.small) + dp(4) if self.more.text else 0
        height = theme.small * 1.7
        self.words.size = (self.width - dp(EDGE) * 2 - more, height)
        self.words.pos = (self.x + dp(EDGE), self.y + dp(5))
        self.more.size = (more, height)
        self.more.pos = (self.right - dp(EDGE) - more, self.y + dp(5))


class ListRow(Touch, ListPart):
    """Two lines: what it is; what matters here."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.sign = Sign()
        self.title = StrongLine(weight=0.75)
        self.badge = OneLine(font_size=theme.small * 0.92, role="quiet", halign="center")
        with self.badge.canvas.before:
            Color(rgba=theme.field)
            self._pill = RoundedRectangle(radius=[dp(6)])
        self.detail = OneLine(font_size=theme.small)
        self.figure = OneLine(halign="right")
        self.mark = OneLine(font_size=theme.small, halign="right")
        self.mark_sign = Sign(font_size=theme.small * 1.25)
        for part in (self.sign, self.title, self.badge, self.detail, self.figure, self.mark, self.mark_sign):
            self.add_widget(part)
        self.bind(state=self._pressed)

    def _pressed(self, *_: object) -> None:
        self._ground.rgba = theme.pressed if self.state == "down" and self.key else theme.card

    def show(self) -> None:
        """Take the words of the item."""
        row: Row = self.item
        self.key, self.says = row.key, row.title
        self.title.text, self.badge.text = row.title, row.badge
        self.detail.text, self.detail.role = row.detail, row.role
        self.figure.text = row.figure
        self.mark.text = row.mark.word if row.mark else ""
        self.mark_sign.name = row.mark.sign if row.mark else ("chevron-right" if row.chevron else "")
        self.mark.role = row.mark.role if row.mark else "quiet"
        self.mark_sign.role = self.mark.role
        self.sign.name, self.sign.role = row.sign, row.sign_role

    def place(self) -> None:
        """Figure and mark at the right edge, the two lines in what is left; one line alone sits in the middle."""
        row: Row = self.item
        left, right = self.x + dp(EDGE), self.right - dp(EDGE)
        if row.sign:
            self.sign.size = (theme.title * 1.2, theme.title * 1.2)
            self.sign.pos = (left, self.center_y - self.sign.height / 2)
            left += self.sign.width + dp(14)
        else:
            self.sign.size = (0, 0)
        high, low = theme.text * 1.5, theme.small * 1.6
        two = bool(row.detail)
        upper = self.center_y + dp(1) if two else self.center_y - high / 2
        lower = self.center_y - low

        beside = row.chevron and not row.mark
        sign_wide = (theme.title if beside else theme.small * 1.3) if self.mark_sign.name else 0
        self.mark_sign.size = (sign_wide, low)
        mark_wide = measured(self.mark.text, theme.small) + dp(6) if self.mark.text else 0
        figure_wide = measured(self.figure.text, theme.text) + dp(2) if self.figure.text else 0
        if beside:
            self.mark_sign.font_size = theme.title
            self.mark_sign.pos = (right - sign_wide, self.center_y - low / 2)
            right -= sign_wide + dp(4)
        else:
            self.mark_sign.font_size = theme.small * 1.25
            if not two and not row.figure:
                lower = self.center_y - low / 2
            self.mark_sign.pos = (right - sign_wide, lower)
        self.mark.size = (mark_wide, low)
        self.mark.pos = (right - (0 if beside else sign_wide) - mark_wide - (dp(2) if sign_wide else 0), lower)
        self.figure.size = (figure_wide, high)
        alone = not self.mark.text and not two
        self.figure.pos = (right - figure_wide, self.center_y - high / 2 if alone else upper)

        above = right - left - (figure_wide + dp(12) if figure_wide else 0)
        below = right - left - (mark_wide + (0 if beside else sign_wide) + dp(12) if mark_wide else 0)
        badge_wide = measured(row.badge, theme.small * 0.92) + dp(12) if row.badge else 0
        wide = min(measured(row.title, theme.text) + dp(3), above - (badge_wide + dp(8) if badge_wide else 0))
        self.title.size, self.title.pos = (max(0, wide), high), (left, upper)
        self.badge.size = (badge_wide, theme.small * 1.45)
        self.badge.pos = (left + wide + dp(8), upper + (high - self.badge.height) / 2)
        self._pill.size, self._pill.pos = self.badge.size, self.badge.pos
        self.detail.size, self.detail.pos = (max(0, below), low), (left, lower)

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
        top = self.top - dp(20)
        if note.sign:
            self.sign.size = (self.sign.font_size, self.sign.font_size)
            self.sign.pos = (self.center_x - self.sign.width / 2, top - self.sign.height)
            top -= self.sign.height + dp(10)
        self.words.width = self.width - dp(EDGE) * 2
        self.words.texture_update()
        self.words.pos = (self.x + dp(EDGE), top - self.words.texture_size[1])


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
        self.name.size, self.name.pos = (wide, high), (self.x + dp(EDGE), self.top - dp(9) - high)
        self.words.width = wide
        self.words.texture_update()
        self.words.size = (wide, self.words.texture_size[1])
        self.words.pos = (self.x + dp(EDGE), self.name.y - self.words.height)
        self.sign.pos = (self.right - dp(EDGE) - self.sign.width, self.center_y - self.sign.height / 2)

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


class QuantityRow(ListPart):
    """A product with its quantity between a minus and a plus."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.title = StrongLine(weight=0.75)
        self.detail = OneLine(font_size=theme.small, role="quiet")
        self.less = IconButton(sign="minus", role="action")
        self.more = IconButton(sign="plus", role="action")
        self.number = NumberTouch()
        for part in (self.title, self.detail, self.less, self.more, self.number):
            self.add_widget(part)
        self.less.bind(on_release=lambda _: self._tell("-"))
        self.more.bind(on_release=lambda _: self._tell("+"))
        self.number.bind(on_release=lambda _: self._tell("="))

    def _tell(self, what: str) -> None:
        if self.tapped:
            self.tapped(what + self.item.key)

    def show(self) -> None:
        """Take the words of the item."""
        line: Quantity = self.item
        self.title.text, self.detail.text = line.title, line.detail
        self.number.words = str(line.quantity) if line.quantity else ""
        for part, name in ((self.less, "-"), (self.more, "+"), (self.number, "=")):
            part.key, part.says = name + line.key, f"{name} {line.title}"

    def place(self) -> None:
        """The words left, the buttons right; a product that is not chosen yet has only a plus."""
        line: Quantity = self.item
        right, middle = self.right - dp(4), self.center_y
        self.more.pos = (right - self.more.width, middle - self.more.height / 2)
        right -= self.more.width
        chosen = line.quantity > 0
        for part in (self.number, self.less):
            part.opacity, part.disabled = (1, False) if chosen else (0, True)
        self.number.size = (max(dp(48), measured(self.number.words, theme.text) + dp(12)), theme.touch)
        self.less.size = self.more.size if chosen else (0, 0)
        if chosen:
            self.number.pos = (right - self.number.width, middle - self.number.height / 2)
            right -= self.number.width
            self.less.pos = (right - self.less.width, middle - self.less.height / 2)
            right -= self.less.width
        else:
            self.number.size = (0, 0)
        left = self.x + dp(EDGE)
        wide = right - left - dp(4)
        self.title.size, self.title.pos = (wide, theme.text * 1.5), (left, middle + dp(1))
        self.detail.size, self.detail.pos = (wide, theme.small * 1.6), (left, middle - theme.small * 1.6)


class NumberTouch(Touch, Widget):
    """A quantity that can be tapped to type it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.line = StrongLine(halign="center", font_size=theme.text * 1.08)
        self.add_widget(self.line)
        self.bind(pos=self._place, size=self._place)

    @property
    def words(self) -> str:
        """The quantity as shown."""
        text: str = self.line.text
        return text

    @words.setter
    def words(self, text: str) -> None:
        self.line.text = text

    def _place(self, *_: object) -> None:
        self.line.pos, self.line.size = self.pos, self.size


class PicturesRow(ListPart):
    """Up to a few photos beside each other."""

    on_card = False
    columns = 3

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.thumbs: list[Thumb] = []

    def show(self) -> None:
        """Take the photos of the item."""
        pictures: Pictures = self.item
        self.clear_widgets()
        self.thumbs = [Thumb(key=photo, on_release=self._tapped) for photo in pictures.ids]
        if pictures.add:
            self.thumbs.append(Thumb(key="add", on_release=self._tapped))
        for thumb in self.thumbs:
            self.add_widget(thumb)

    def _tapped(self, thumb: Thumb) -> None:
        if self.tapped:
            self.tapped(thumb.key)

    def place(self) -> None:
        """Squares with a gap of 8."""
        gap = dp(8)
        side = (self.width - gap * (self.columns - 1)) / self.columns
        for at, thumb in enumerate(self.thumbs):
            thumb.size = (side, self.height - gap)
            thumb.pos = (self.x + at * (side + gap), self.y + gap)
