"""Unlocking: the passphrase opens the stores of the device."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from field_app.language import gettext as _
from field_app.presenters.enrol import EnrolPage
from field_app.presenters.page import Page
from field_app.presenters.shell import Choice, Shell
from field_app.presenters.tries import Tries
from field_app.presenters.trouble import trouble
from field_app.presenters.views import Bar, Big

if TYPE_CHECKING:
    from field_app.device import Device


class UnlockPage(Page):
    """One of the devices in the folder, and its passphrase."""

    shows_sync = False

    def __init__(self, shell: Shell, devices: list[Any], *, was_locked: bool = False) -> None:
        super().__init__(shell)
        self.devices = devices
        self.chosen = devices[0]
        self.passphrase = ""
        self.failed = ""
        self.is_busy = False
        self.was_locked = was_locked

    def bar(self) -> Bar:
        """Nothing but the name of the app."""
        return Bar("Roundbook", back=False, actions=(("language", "translate", _("Language")),))

    def big(self) -> Big:
        """Unlock; after several wrong tries, how long one waits for the next."""
        if self.waits_s() and not self.is_busy:
            return Big("unlock", _("Try again in {time}").format(time=self.countdown()), enabled=False)
        return Big("unlock", _("Opening …") if self.is_busy else _("Unlock"), enabled=not self.is_busy)

    @property
    def greeting(self) -> str:
        """Whose device it is."""
        return str(self.chosen.user_name)

    @property
    def company(self) -> str:
        """Of which company."""
        return str(self.chosen.company)

    @property
    def tries(self) -> Tries:
        """The wrong tries at this device."""
        return Tries(Path(self.chosen.folder))

    def waits_s(self) -> int:
        """How many seconds nobody may try, 0 if one may."""
        return -(-self.tries.wait_ms(self.session.clock_ms()) // 1000)

    def countdown(self) -> str:
        """The wait as minutes and seconds: «0:05»."""
        minutes, seconds = divmod(self.waits_s(), 60)
        return f"{minutes}:{seconds:02d}"

    def put(self, passphrase: str) -> None:
        """Keep what was typed."""
        self.passphrase = passphrase

    def act(self, key: str) -> None:
        """`unlock`; `other`: another device in the folder; `enrol`: set up one more; `language`."""
        if key == "unlock" and not self.is_busy and not self.waits_s():
            self.is_busy, self.failed = True, ""
            self.shell.work(self._unlock, self._unlocked, self._refused)
            self.shell.draw()
        elif key == "other":
            choices = [Choice(str(at), str(one.user_name), str(one.company)) for at, one in enumerate(self.devices)]
            self.shell.choose(_("Whose device?"), choices, self._choose)
        elif key == "enrol":
            self.shell.open(EnrolPage(self.shell, first=False))
        elif key == "language":
            from field_app.presenters.more import choose_language

            choose_language(self.shell)

    def _choose(self, at: str) -> None:
        self.chosen, self.failed = self.devices[int(at)], ""
        self.shell.draw()

    def _unlock(self) -> Device:
        from field_app.device import Device, WrongPassphrase

        tries = self.tries
        tries.begin(self.session.clock_ms())
        try:
            device = Device.unlock(Path(self.chosen.folder), self.passphrase, clock_ms=self.session.clock_ms)
        except WrongPassphrase:
            tries.was_wrong(self.session.clock_ms())
            raise
        except Exception:
            tries.take_back()
            raise
        tries.forget()
        return device

    def _unlocked(self, device: Device) -> None:
        from field_app.presenters.places import first_page

        self.is_busy, self.passphrase = False, ""
        self.session.hold(device)
        self.shell.restart(first_page(self.shell))

    def _refused(self, error: Exception) -> None:
        self.is_busy, self.failed, self.passphrase = False, trouble(error), ""
        self.shell.draw()
