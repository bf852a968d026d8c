"""The screens of photos: take one, look at one."""

from __future__ import annotations

from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.metrics import dp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from field_app.language import gettext as _
from field_app.presenters.photo import PhotoPage, TakePhotoPage
from field_app.presenters.pixels import Pixels
from field_app.screens import camera, webcam
from field_app.screens.base import PageScreen
from field_app.screens.start import labelled
from field_app.screens.widgets.buttons import IconButton, QuietButton
from field_app.screens.widgets.chips import Chips
from field_app.screens.widgets.inputs import Entry
from field_app.screens.widgets.lists import RowList
from field_app.screens.widgets.page import Card, Column
from field_app.screens.widgets.photos import texture_of
from field_app.screens.widgets.text import Words
from field_app.theme.theme import theme


class Picture(Widget):
    """A whole picture, as large as fits."""

    def __init__(self, pixels: Pixels, **options: Any) -> None:
        super().__init__(**options)
        self.texture = texture_of(pixels)
        with self.canvas:
            Color(1, 1, 1, 1)
            self._picture = Rectangle(texture=self.texture)
        self.bind(pos=self._place, size=self._place)

    def _place(self, *_: object) -> None:
        wide, high = self.texture.size
        scale = min(self.width / wide, self.height / high)
        self._picture.size = (wide * scale, high * scale)
        # not center_x: while a layout is under way it is still the old one
        middle = (self.x + self.width / 2, self.y + self.height / 2)
        self._picture.pos = (middle[0] - wide * scale / 2, middle[1] - high * scale / 2)


class TakePhotoScreen(PageScreen):
    """First a picture, then what it shows."""

    page: TakePhotoPage

    def body(self) -> Widget:
        """Either the ways to a picture, or the picture with its step."""
        self.holder = BoxLayout(orientation="vertical")
        self._fill()
        return self.holder

    def _fill(self) -> None:
        self.holder.clear_widgets()
        self.drawn = (self.page.preview, self.page.folder)
        self.holder.add_widget(self._described() if self.page.preview else self._found())

    def _found(self) -> Widget:
        column = BoxLayout(orientation="vertical")
        bar = BoxLayout(
            size_hint_y=None, height=theme.touch + dp(12), padding=(dp(12), dp(4), dp(12), dp(8)), spacing=dp(8)
        )
        self.path = Entry(hint_text=_("Path of a picture or folder"), key="path")
        self.path.bind(on_text_validate=lambda entry: self.page.typed_path(entry.text))
        bar.add_widget(self.path)
        if camera.is_there() or webcam.is_there():
            shoot = IconButton(key="camera", sign="camera-outline", says=_("Camera"), role="action")
            shoot.bind(on_release=lambda *_: self._shoot())
            bar.add_widget(shoot)
        column.add_widget(bar)
        self.list = RowList()
        self.list.tapped = self._act
        column.add_widget(self.list)
        self.list.show(self.page.items())
        return column

    def _shoot(self) -> None:
        if camera.is_there():
            camera.take(self.page.take, self.page.shell.tell)
        else:
            webcam.WebcamSheet(self.page.take).show()

    def _described(self) -> Widget:
        page = self.page
        assert page.preview is not None
        scroll = Column()
        picture = Picture(page.preview, size_hint_y=None)
        wide, high = page.preview.size
        picture.bind(width=lambda picture, width: setattr(picture, "height", min(width * high / wide, dp(360))))
        scroll.add(picture)
        card = Card()
        chips = Chips(page.steps(), page.step, lambda code: page.act(f"step:{code}"), can_clear=False, prefix="step:")
        card.add_widget(labelled(_("What it shows"), chips))
        caption = Entry(text=page.caption, key="caption", hint_text=_("a word about it, if needed"))
        caption.bind(text=lambda _, text: page.describe(text))
        card.add_widget(labelled(_("Caption"), caption))
        scroll.add(card)
        again = QuietButton(key="again", words=_("Another picture"), says=_("Another picture"), filled=False)
        again.bind(on_release=lambda *_: page.act("again"))
        scroll.add(again)
        return scroll

    def refresh(self) -> None:
        """The other half of the page when a picture has come."""
        super().refresh()
        if self.drawn != (self.page.preview, self.page.folder):
            self._fill()


class PhotoScreen(PageScreen):
    """One photo."""

    page: PhotoPage

    def body(self) -> Widget:
        """The photo, and the word about it."""
        self.holder = BoxLayout(orientation="vertical", padding=(0, dp(8)), spacing=dp(8))
        self._fill()
        return self.holder

    def _fill(self) -> None:
        self.holder.clear_widgets()
        if self.page.preview is not None:
            self.holder.add_widget(Picture(self.page.preview))
        else:
            self.holder.add_widget(Widget())
            self.holder.add_widget(Words(text=self.page.failed or _("Opening …"), role="quiet", halign="center"))
            self.holder.add_widget(Widget())
        if self.page.caption:
            self.holder.add_widget(Words(text=self.page.caption, padding=(dp(16), dp(8))))

    def refresh(self) -> None:
        """The photo has come."""
        super().refresh()
        self._fill()
