"""The app: puts the parts together, owns the worker and the pages, locks itself after five idle minutes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from kivy.clock import Clock
from kivy.core.clipboard import Clipboard
from kivy.core.window import Window
from kivymd.app import MDApp

from field_app import language, memory
from field_app.language import gettext as _
from field_app.presenters import places
from field_app.presenters.more import lock
from field_app.presenters.page import Page
from field_app.presenters.photo import THUMB_PX
from field_app.presenters.pixels import pixels
from field_app.presenters.save_as import SaveAsPage
from field_app.presenters.session import Session
from field_app.presenters.shell import Choice
from field_app.presenters.syncing import Sync
from field_app.presenters.trouble import trouble
from field_app.screens import sharing
from field_app.screens.base import PageScreen
from field_app.screens.frame import Frame, content_width
from field_app.screens.index import screen_of
from field_app.screens.position import Position
from field_app.screens.widgets.number_pad import NumberSheet
from field_app.screens.widgets.photos import gallery
from field_app.screens.widgets.sheets import ChoiceSheet, QuestionSheet
from field_app.theme import fonts, material
from field_app.theme.theme import theme
from field_app.worker import Worker

log = logging.getLogger(__name__)
IDLE_S = 300
LINE_S = 5


class FieldApp(MDApp):
    """The window of the field app; implements `field_app.presenters.shell.Shell`.

    Args: session: what the app has in hand. invitation: the text to enrol with, if it was given on the command line.
        was_locked: the process before this one ended because it was locked.
    """

    def __init__(self, session: Session, invitation: str = "", *, was_locked: bool = False, **options: Any) -> None:
        fonts.register()
        material.patch()
        super().__init__(**options)
        self.title = "Roundbook"
        self.session = session
        session.sync = Sync(self)
        self.invitation, self.was_locked = invitation, was_locked
        self.worker = Worker(lambda call: Clock.schedule_once(lambda _: call(), 0))
        self.pages: list[Page] = []
        self.screen: PageScreen | None = None
        self._look: tuple[object, ...] = ()
        self._sheets: list[Any] = []
        gallery.ask = self._thumb
        self.position = Position(lambda *fix: Clock.schedule_once(lambda _: self._located(*fix), 0))

    def build(self) -> Frame:
        """An empty frame; the first page comes at the start."""
        self.frame = Frame(self._go)
        return self.frame

    def on_start(self) -> None:
        """Show the first page; begin to watch the clock and the hands."""
        Window.softinput_mode = "resize"
        Window.bind(on_keyboard=self._keyboard, on_touch_down=self._touched, on_key_down=self._touched)
        self._idle = Clock.create_trigger(lambda _: self._lock(), IDLE_S)
        self._line = Clock.schedule_interval(self._every, LINE_S)
        self._tidy = Clock.schedule_interval(self._give_back, memory.EVERY_S)
        language.use(self.session.preferences.language or language.current())
        if self.session.is_locked:
            self.restart(places.locked_page(self, self.invitation, was_locked=self.was_locked))
        else:
            self.restart(places.first_page(self))

    def on_stop(self) -> None:
        """Close the stores: nothing is left open."""
        self.position.stop()
        Window.unbind(on_keyboard=self._keyboard, on_touch_down=self._touched, on_key_down=self._touched)
        self._line.cancel()
        self._tidy.cancel()
        self._idle.cancel()
        self.frame.close()
        self.worker.stop()
        gallery.forget()
        self.session.lock()

    def on_pause(self) -> bool:
        """A phone put the app aside: it may come back."""
        self.position.stop()
        return True

    def on_resume(self) -> None:
        """It came back."""
        if not self.session.is_locked:
            self.position.start()

    # What presenters ask of the window

    def open(self, page: Page) -> None:
        """Show a page on top of this one."""
        self._leave()
        self.pages.append(page)
        self._show()

    def replace(self, page: Page) -> None:
        """Show a page in the place of this one."""
        self._leave()
        self.pages[-1:] = [page]
        self._show()

    def back(self) -> None:
        """Return to the page below."""
        if len(self.pages) > 1:
            self._leave()
            self.pages.pop()
            self._show()

    def restart(self, page: Page) -> None:
        """Forget all pages and show this one."""
        if not self.session.is_locked:
            self.position.start()
        self._leave()
        for sheet in list(self._sheets):
            sheet.dismiss()
        self.pages = [page]
        self._show()

    def draw(self) -> None:
        """Bring the screen up to date; build it anew if the language or the look changed."""
        if self.screen is None:
            return
        if self._look != self._wanted_look():
            self._leave()
            self._show()
        else:
            self.screen.refresh()

    def reload(self) -> None:
        """Let the page read again what is stored."""
        if self.pages and self.screen is not None:
            try:
                self.pages[-1].entered()
            except KeyError:
                self._leave()
                self._show()
            else:
                self.draw()

    def tell(self, words: str, undo: Callable[[], None] | None = None) -> None:
        """Say something that needs no answer."""
        self.frame.say(words, _("Undo") if undo else "", undo)

    def confirm(self, question: str, detail: str, yes: str, then: Callable[[], None]) -> None:
        """Ask before something that cannot be undone."""
        self._sheet(QuestionSheet(question, detail, yes, then))

    def choose(self, title: str, choices: Sequence[Choice], then: Callable[[str], None], chosen: str = "") -> None:
        """Let one of a few be chosen; the one that counts now is marked."""
        self._sheet(ChoiceSheet(title, choices, then, chosen))

    def number(
        self,
        title: str,
        value: str,
        then: Callable[[str], None],
        *,
        quick: Sequence[tuple[str, str]] = (),
        detail: str = "",
    ) -> None:
        """Let a number be typed, or taken by one tap."""
        self._sheet(NumberSheet(title, value, then, quick=quick, detail=detail))

    def work(
        self,
        task: Callable[[], Any],
        then: Callable[[Any], None],
        failed: Callable[[Exception], None] | None = None,
        *,
        lane: str = "work",
    ) -> None:
        """Do something slow beside the window."""
        self.worker.do(task, then, failed or (lambda error: self.tell(trouble(error))), lane)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call something after a while, unless the page was left."""
        page = self.pages[-1]
        Clock.schedule_once(lambda _: call() if self.pages and self.pages[-1] is page else None, seconds)

    def share(self, name: str, content: bytes, media_type: str) -> None:
        """The share sheet of a phone; on a desktop a page that asks where it goes."""
        if sharing.has_sheet():
            try:
                sharing.share(name, content, media_type, _("Share"))
            except OSError as error:
                self.tell(trouble(error))
        else:
            self.open(SaveAsPage(self, name, content))

    def copy(self, text: str) -> None:
        """Put a text on the clipboard."""
        Clipboard.copy(text)

    def dial(self, number: str) -> None:
        """Call a number on a phone; on a desktop say it."""
        try:
            from plyer import call

            call.makecall(tel=number)
        except (ImportError, NotImplementedError):
            self.tell(number)

    def width(self) -> float:
        """How wide a page is."""
        return content_width()

    # Inside

    def _sheet(self, sheet: Any) -> None:
        self._sheets.append(sheet)
        sheet.bind(on_dismiss=lambda gone: self._sheets.remove(gone) if gone in self._sheets else None)
        sheet.show()

    def _leave(self) -> None:
        if self.screen is not None:
            self.screen.leaving()
            self.pages[-1].left()
        self.screen = None

    def _wanted_look(self) -> tuple[object, ...]:
        preferences = self.session.preferences
        return (language.current(), preferences.look, preferences.text_size)

    def _show(self) -> None:
        page = self.pages[-1]
        look = self._wanted_look()
        if look != self._look:
            preferences = self.session.preferences
            theme.use(dark=preferences.look == "dark", text_size=preferences.text_size)
            material.adopt(self.theme_cls)
            Window.clearcolor = theme.paper
            self._look = look
        try:
            page.entered()
        except KeyError:  # the record went out of this user's books while he was elsewhere
            if len(self.pages) < 2:
                raise
            self.pages.pop()
            self._show()
            self.tell(_("This is no longer on this phone."))
            return
        self.screen = screen_of(page)
        place = next((below.tab for below in reversed(self.pages) if below.tab), "")
        self.frame.show(self.screen, place, at_foot=bool(page.tab), at_side=not self.session.is_locked)

    def _located(self, latitude: float, longitude: float, accuracy_m: float | None) -> None:
        """The receiver runs in a thread of its own; this is the window's."""
        self.session.located(latitude, longitude, accuracy_m)
        if self.pages and not self.session.is_locked:
            self.pages[-1].located()

    def _go(self, place: str) -> None:
        if len(self.pages) > 1 or self.pages[-1].tab != place:
            self.restart(places.place(self, place))

    def _keyboard(self, _window: object, code: int, *_: object) -> bool:
        """Escape on a desktop, the back key of a phone."""
        if code != 27:
            return False
        if self._sheets:
            self._sheets[-1].dismiss()
        elif len(self.pages) > 1:
            self.pages[-1].act("back")
        elif self.pages and self.pages[-1].tab not in ("", "today"):
            self._go("today")
        else:
            return False
        return True

    def _touched(self, *_: object) -> None:
        self._idle.cancel()
        self._idle()

    def _lock(self) -> None:
        if self.session.is_locked:
            return
        if not self.worker.is_idle:
            self._idle()
            return
        gallery.forget()
        self.position.stop()
        lock(self)

    def _every(self, _: float) -> None:
        if self.screen is not None and not self.session.is_locked:
            self.session.sync.start_if_due()
            self.screen.refresh_line()

    def _give_back(self, _: float) -> None:
        if self.worker.is_idle:
            self.work(memory.give_back, lambda _: None, lambda _: None, lane="tidy")

    def _thumb(self, photo: str, then: Callable[[Any], None]) -> None:
        from field_app.services import photos

        device = self.session.device
        self.work(lambda: pixels(photos.read(device, photo), THUMB_PX), then, lambda _: None)
