"""The screens of a shared slip: how it looks, and where it goes on a desktop."""

from __future__ import annotations

from kivy.metrics import dp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from field_app.language import gettext as _
from field_app.presenters.save_as import SaveAsPage
from field_app.presenters.slip import SlipPage
from field_app.screens.base import PageScreen
from field_app.screens.lists import ListScreen
from field_app.screens.photos import Picture
from field_app.screens.start import labelled
from field_app.screens.widgets.inputs import Entry
from field_app.screens.widgets.page import Column
from field_app.screens.widgets.text import Words


class SlipScreen(PageScreen):
    """The slip on the page, to scroll."""

    page: SlipPage

    def body(self) -> Widget:
        """The picture, or a word while it is drawn."""
        self.scroll = Column()
        self._fill()
        return self.scroll

    def _fill(self) -> None:
        self.drawn = (self.page.preview, self.page.failed)
        self.scroll.box.clear_widgets()
        preview = self.page.preview
        if preview is None:
            self.scroll.add(Words(text=self.page.failed or _("Drawing …"), role="quiet", halign="center"))
            return
        picture = Picture(preview, size_hint_y=None)
        wide, high = preview.size
        picture.bind(width=lambda picture, width: setattr(picture, "height", width * high / wide))
        self.scroll.add(picture)

    def refresh(self) -> None:
        """It was drawn."""
        super().refresh()
        if self.drawn != (self.page.preview, self.page.failed):
            self._fill()


class SaveAsScreen(ListScreen):
    """The name above, the folders below."""

    page: SaveAsPage

    def above(self) -> list[Widget]:
        """The name of the file."""
        name = Entry(text=self.page.name, key="name")
        name.bind(text=self._named)
        holder = BoxLayout(orientation="vertical", size_hint_y=None, padding=(dp(12), dp(4), dp(12), dp(4)))
        holder.bind(minimum_height=holder.setter("height"))
        holder.add_widget(labelled(_("Name of the file"), name))
        return [holder]

    def _named(self, _entry: Entry, text: str) -> None:
        self.page.name = text
        self.refresh_big()
