"""More: language, look, text size, sync, lock, and what this device is."""

from __future__ import annotations

from field_app import language
from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters.page import Page, waiting_words
from field_app.presenters.safety import LeavePage
from field_app.presenters.shell import Choice, Shell
from field_app.presenters.summary import type_words
from field_app.presenters.views import Bar, Fact, Head, Item, Row


def looks() -> list[Choice]:
    """Light and dark."""
    return [Choice("light", _("Light")), Choice("dark", _("Dark"))]


def text_sizes() -> list[Choice]:
    """The sizes of text."""
    return [
        Choice("small", _("Small")),
        Choice("normal", _("Normal")),
        Choice("large", _("Large")),
        Choice("largest", _("Largest")),
    ]


def choose_language(shell: Shell) -> None:
    """Let the language be chosen; each is named in itself."""
    choices = [Choice(code, name) for code, name in language.NAMES.items()]

    def chosen(code: str) -> None:
        shell.session.prefer(language=code)
        language.use(code)
        shell.draw()

    shell.choose(_("Language"), choices, chosen, language.current())


class MorePage(Page):
    """Choices and facts that are needed seldom."""

    tab = "more"

    def entered(self) -> None:
        """Read what waits."""
        from field_app.services import granted, reading, status, weekly_reports

        self.status = status.sync_status(self.device)
        self.granted = granted.granted(self.device)
        self.counts = reading.counts(self.device)
        self.open_weeks = sum(week.is_open for week in weekly_reports.weeks(self.device))

    def bar(self) -> Bar:
        """Whose device it is."""
        identity = self.device.identity
        return Bar(_("More"), subtitle=f"{identity.user_name} · {identity.company}", back=False)

    def items(self) -> list[Item]:
        """The list of the page."""
        preferences = self.session.preferences
        look = {choice.key: choice.words for choice in looks()}[preferences.look]
        size = {choice.key: choice.words for choice in text_sizes()}.get(preferences.text_size, "")
        waiting = waiting_words(self.status.waiting_records, self.status.waiting_photos)
        identity = self.device.identity
        return [
            Head(_("Work")),
            Row("sync", _("Sync"), waiting or _("All sent"), sign="cloud-sync-outline", chevron=True),
            Row(
                "knowledge",
                type_words("knowledge", plural=True),
                _("standard answers and cases"),
                sign="lightbulb-on-outline",
                chevron=True,
            ),
            Row(
                "reports",
                type_words("weekly_report", plural=True),
                self._to_submit(),
                sign="calendar-week-outline",
                chevron=True,
            ),
            *self._granted(),
            Head(_("This app")),
            Row("language", _("Language"), language.NAMES[language.current()], sign="translate", chevron=True),
            Row("look", _("Look"), look, sign="theme-light-dark", chevron=True),
            Row("size", _("Text size"), size, sign="format-size", chevron=True),
            Row("lock", _("Lock now"), _("locks by itself after 5 minutes"), sign="lock-outline", chevron=True),
            Row("leave", _("Leave this phone"), _("give it back, or move to a new one"), sign="logout", chevron=True),
            Head(_("This device")),
            Fact("", _("Held here"), self._held()),
            Fact("", _("Head office"), f"{identity.company}\n{identity.server_url}"),
            Fact("", _("Device"), str(identity.device_id)),
        ]

    def _to_submit(self) -> str:
        """How many weeks wait for this user."""
        n = self.open_weeks
        return ngettext("{n} week to submit", "{n} weeks to submit", n).format(n=n) if n else _("nothing to submit")

    def _granted(self) -> list[Item]:
        """The way to files of other books, while there are any."""
        if not self.granted:
            return []
        n = len(self.granted)
        words = ngettext("{n} file of another book, for a time", "{n} files of other books, for a time", n)
        return [Row("granted", _("Granted lookups"), words.format(n=n), sign="eye-outline", chevron=True)]

    def _held(self) -> str:
        from field_app.presenters.summary import plural_words

        return _(", ").join(f"{n:,} {plural_words(name)}" for name, n in self.counts.items() if n) or _("nothing yet")

    def act(self, key: str) -> None:
        """A choice, `sync`, or `lock`."""
        from field_app.presenters.sync import SyncPage

        if key == "sync":
            self.shell.open(SyncPage(self.shell))
        elif key == "knowledge":
            from field_app.presenters.knowledge import KnowledgePage

            self.shell.open(KnowledgePage(self.shell))
        elif key == "reports":
            from field_app.presenters.reports import ReportsPage

            self.shell.open(ReportsPage(self.shell))
        elif key == "granted":
            from field_app.presenters.granted import GrantedPage

            self.shell.open(GrantedPage(self.shell))
        elif key == "language":
            choose_language(self.shell)
        elif key == "look":
            self.shell.choose(_("Look"), looks(), lambda look: self._prefer(look=look), self.session.preferences.look)
        elif key == "size":
            self.shell.choose(_("Text size"), text_sizes(), self._size, self.session.preferences.text_size)
        elif key == "lock":
            self.lock()
        elif key == "leave":
            self.shell.open(LeavePage(self.shell))

    def _size(self, size: str) -> None:
        self._prefer(text_size=size)

    def _prefer(self, **choices: str) -> None:
        self.session.prefer(**choices)
        self.shell.draw()

    def lock(self) -> None:
        """Close the stores and ask for the passphrase."""
        lock(self.shell)


def lock(shell: Shell) -> None:
    """Close the stores, ask for the passphrase, and end the process whose memory held the key, where that can be done.

    What is typed is kept as a draft already.
    """
    from field_app.presenters.places import locked_page

    shell.session.lock()
    shell.restart(locked_page(shell, was_locked=True))
    if shell.session.renew is not None:
        shell.session.renew()
