"""The screens before the round: set up this device, unlock it."""

from __future__ import annotations

from kivy.clock import Clock
from kivy.metrics import dp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from field_app.language import gettext as _
from field_app.presenters.enrol import EnrolPage
from field_app.presenters.unlock import UnlockPage
from field_app.screens.base import PageScreen
from field_app.screens.widgets.buttons import QuietButton
from field_app.screens.widgets.inputs import Entry
from field_app.screens.widgets.page import Card, Column, Room
from field_app.screens.widgets.text import OneLine, Sign, Strong, Words
from field_app.theme.theme import theme

TICK_S = 0.25


def labelled(label: str, part: Widget) -> BoxLayout:
    """A part with its label above it."""
    box = BoxLayout(orientation="vertical", size_hint_y=None, spacing=dp(4))
    box.bind(minimum_height=box.setter("height"))
    box.add_widget(OneLine(text=label, role="quiet", font_size=theme.small, size_hint_y=None, height=theme.small * 1.6))
    box.add_widget(part)
    return box


class EnrolScreen(PageScreen):
    """Invitation, name, passphrase twice."""

    page: EnrolPage

    def body(self) -> Widget:
        """Two cards: the invitation; the passphrase."""
        self.entries: dict[str, Entry] = {}
        self.reasons: dict[str, Words] = {}
        scroll = Column()
        scroll.add(
            Words(
                text=_("Head office has given you an invitation. It is good for one device and one day."),
                role="quiet",
                padding=(dp(16), dp(4)),
            )
        )
        first = Card(spacing=dp(16))
        first.add_widget(self._field("invitation", _("Invitation"), hint="roundbook:1?…", multiline=True))
        first.add_widget(self._field("name", _("Name of this device"), hint=_("for example: Li's phone")))
        scroll.add(first)
        second = Card(spacing=dp(16))
        second.add_widget(self._field("passphrase", _("Passphrase"), secret=True))
        self.strength = Words(font_size=theme.small)
        second.add_widget(self.strength)
        second.add_widget(self._field("again", _("The same once more"), secret=True))
        second.add_widget(
            Words(
                text=_("It opens the round on this device. Nobody can read it back to you, head office included."),
                role="quiet",
                font_size=theme.small,
            )
        )
        scroll.add(second)
        self.failed = Words(role="wrong", padding=(dp(16), 0))
        scroll.add(self.failed)
        self._show()
        self.scroll = scroll
        return scroll

    def _field(self, name: str, label: str, *, hint: str = "", secret: bool = False, multiline: bool = False) -> Widget:
        entry = Entry(text=self.page.values[name], hint_text=hint, password=secret, multiline=multiline, key=name)
        if multiline:
            entry.height = max(theme.touch * 1.6, dp(76))
            entry.bind(minimum_height=lambda entry, high: setattr(entry, "height", max(high, dp(76))))
        entry.bind(text=lambda entry, text: self._typed(name, text))
        box = labelled(label, entry)
        self.entries[name] = entry
        self.reasons[name] = Words(role="wrong", font_size=theme.small)
        box.add_widget(self.reasons[name])
        return box

    def _typed(self, name: str, text: str) -> None:
        self.page.put(name, text)
        self._show()

    def _show(self) -> None:
        self.strength.text, self.strength.role = self.page.strength()
        for name, words in self.reasons.items():
            words.text = self.page.wrong.get(name, "")
            self.entries[name].wrong = bool(words.text)
        self.failed.text = self.page.failed

    def refresh(self) -> None:
        """The reasons as they are now; what failed comes into view."""
        super().refresh()
        self._show()
        wrong = next((name for name in self.entries if name in self.page.wrong), "")
        if wrong:
            self.scroll.bring(self.entries[wrong])
        elif self.page.failed:
            self.scroll.bring(self.failed)


class UnlockScreen(PageScreen):
    """The passphrase."""

    page: UnlockPage

    def body(self) -> Widget:
        """Whose device it is, and the passphrase, in the upper half, so that the keyboard hides nothing."""
        page = self.page
        scroll = Column(side=24, gap=8)
        scroll.add(Room(40))
        book = Sign(name="book-open-page-variant-outline", role="action", font_size=theme.display * 1.9)
        holder = BoxLayout(size_hint_y=None, height=book.height)
        holder.add_widget(Widget())
        holder.add_widget(book)
        holder.add_widget(Widget())
        scroll.add(holder)
        self.name = scroll.add(Strong(text=page.greeting, font_size=theme.display, halign="center"))
        self.company = scroll.add(Words(text=page.company, role="quiet", halign="center"))
        scroll.add(Room(24))
        self.entry = Entry(password=True, hint_text=_("Passphrase"), key="passphrase")
        self.entry.bind(text=lambda _, text: page.put(text), on_text_validate=lambda *_: self._act("unlock"))
        self.entry.halign = "center"
        scroll.add(self.entry)
        self.reason = scroll.add(Words(role="wrong", halign="center", font_size=theme.small))
        if page.was_locked:
            self.reason.role = "quiet"
            self.reason.text = _("Locked. What you entered is kept.")
        scroll.add(Room(8))
        if len(page.devices) > 1:
            scroll.add(self._quiet("other", _("Another person's device")))
        scroll.add(self._quiet("enrol", _("Set up with an invitation")))
        Clock.schedule_once(lambda _: setattr(self.entry, "focus", True), 0.1)
        self._waited = False
        self._ticks = Clock.schedule_interval(self._tick, TICK_S)
        Clock.schedule_once(self._tick, 0)
        return scroll

    def _tick(self, *_: object) -> None:
        """While one has to wait, the button counts the seconds; then the field is there again."""
        waits = self.page.waits_s() > 0
        if waits or self._waited:
            self.refresh_big()
            self.entry.disabled = waits or self.page.is_busy
            if not waits:
                self.entry.focus = True
        self._waited = waits

    def leaving(self) -> None:
        """Stop counting."""
        super().leaving()
        self._ticks.cancel()

    def _quiet(self, key: str, words: str) -> Widget:
        button = QuietButton(key=key, words=words, says=words, filled=False)
        button.bind(on_release=lambda button: self._act(button.key))
        return button

    def refresh(self) -> None:
        """After a try: why not, and an empty field."""
        super().refresh()
        self.name.text, self.company.text = self.page.greeting, self.page.company
        self._tick()
        self.entry.disabled = self._waited or self.page.is_busy
        if self.page.failed:
            self.reason.role, self.reason.text = "wrong", self.page.failed
            self.entry.text, self.entry.wrong = "", True
            Clock.schedule_once(lambda _: setattr(self.entry, "focus", True), 0.1)
        elif self.page.is_busy:
            self.reason.text = ""
            self.entry.wrong = False
