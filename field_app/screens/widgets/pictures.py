"""Photos beside each other, as one row of a list."""

from __future__ import annotations

from typing import Any

from kivy.metrics import dp

from field_app.presenters.views import Pictures
from field_app.screens.widgets.photos import Thumb
from field_app.screens.widgets.rows import ListPart


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
