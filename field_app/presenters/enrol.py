"""Enrolment: an invitation from head office makes this device one that may hold a round."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from field_app import language
from field_app.language import gettext as _
from field_app.presenters.page import Page
from field_app.presenters.reasons import reason
from field_app.presenters.shell import Shell
from field_app.presenters.trouble import trouble
from field_app.presenters.views import Bar, Big

if TYPE_CHECKING:
    from field_app.device import Device

LEAST_PASSPHRASE = 8


def server_of(invitation: str) -> str:
    """The server's address in an invitation, "" if the text is none."""
    scheme, _colon, rest = invitation.strip().partition(":")
    if scheme != "roundbook" or not rest.startswith("1?"):
        return ""
    found = parse_qs(urlsplit(rest).query)
    address = found.get("u", [""])[0]
    return address if all(found.get(key) for key in "ucf") and address.startswith(("http://", "https://")) else ""


def strength(passphrase: str) -> tuple[str, str]:
    """How hard a passphrase is to guess, as (words, colour role). Length counts most."""
    kinds = sum(
        any(test(sign) for sign in passphrase)
        for test in (
            str.islower,
            str.isupper,
            str.isdigit,
            lambda sign: not sign.isalnum(),
            lambda sign: ord(sign) > 255,
        )
    )
    points = len(passphrase) + 2 * kinds + sum(2 for sign in passphrase if ord(sign) > 255)
    if len(set(passphrase)) < 5:
        points //= 2
    if not passphrase:
        return _("Four words are easy to keep in mind and hard to guess."), "quiet"
    if len(passphrase) < LEAST_PASSPHRASE:
        return reason("passphrase.short"), "wrong"
    if points < 16:
        return _("Easy to guess: a longer one is better."), "waiting"
    if points < 24:
        return _("Good."), "done"
    return _("Very good."), "done"


class EnrolPage(Page):
    """Takes the invitation, a name for the device and the passphrase twice."""

    shows_sync = False

    def __init__(self, shell: Shell, invitation: str = "", *, first: bool = True) -> None:
        super().__init__(shell)
        self.values = {"invitation": invitation, "name": "", "passphrase": "", "again": ""}
        self.wrong: dict[str, str] = {}
        self.failed = ""
        self.is_busy = False
        self.first = first

    def bar(self) -> Bar:
        """The title; a way back if there is a device to unlock instead."""
        return Bar(_("Set up this device"), back=not self.first, actions=(("language", "translate", _("Language")),))

    def big(self) -> Big:
        """Enrol."""
        return Big(
            "enrol",
            _("Checking with head office …") if self.is_busy else _("Enrol this device"),
            enabled=not self.is_busy,
        )

    def put(self, name: str, text: str) -> None:
        """Keep what was typed."""
        self.values[name] = text
        self.wrong.pop(name, None)

    def strength(self) -> tuple[str, str]:
        """The hint under the passphrase: words and colour role."""
        return strength(self.values["passphrase"])

    def check(self) -> bool:
        """Whether all four can be taken; what cannot has its reason in `wrong`."""
        values, wrong = self.values, {}
        if not server_of(values["invitation"]):
            wrong["invitation"] = reason("invitation.format")
        if not values["name"].strip():
            wrong["name"] = reason("required")
        if len(values["passphrase"]) < LEAST_PASSPHRASE:
            wrong["passphrase"] = reason("passphrase.short")
        elif values["again"] != values["passphrase"]:
            wrong["again"] = reason("passphrase.differs")
        self.wrong = wrong
        return not wrong

    def act(self, key: str) -> None:
        """`enrol`: check, then ask the server; `language`; `back` to a device that is there already."""
        if key == "back":
            from field_app.presenters.places import locked_page

            self.shell.restart(locked_page(self.shell))
        elif key == "language":
            from field_app.presenters.more import choose_language

            choose_language(self.shell)
        elif key == "enrol" and not self.is_busy:
            self.failed = ""
            if self.check():
                self.is_busy = True
                self.shell.work(self._enrol, self._enrolled, self._refused, lane="sync")
            self.shell.draw()

    def _enrol(self) -> Device:
        from field_app.device import Device

        invitation = self.values["invitation"].strip()
        return Device.enrol(
            self.session.home,
            invitation,
            self.values["passphrase"],
            self.session.transport(server_of(invitation)),
            clock_ms=self.session.clock_ms,
            name=self.values["name"].strip(),
        )

    def _enrolled(self, device: Device) -> None:
        from field_app.presenters.places import first_page

        self.is_busy = False
        self.values.update(passphrase="", again="")
        self.session.hold(device)
        if not self.session.preferences.language:
            language.use(device.identity.language)
        self.shell.restart(first_page(self.shell, sync=True))

    def _refused(self, error: Exception) -> None:
        self.is_busy = False
        self.failed = trouble(error)
        self.shell.draw()
