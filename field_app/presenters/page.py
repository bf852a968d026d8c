"""The base of all presenters: what a page shows, and what a tap on it means."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters.views import Bar, Big, SyncLine

if TYPE_CHECKING:
    from field_app.device import Device
    from field_app.presenters.session import Session
    from field_app.presenters.shell import Shell


class Page:
    """One page. A subclass says what it shows by properties and answers `act` with the key of what was tapped.

    A page is drawn from its presenter each time it comes into view, so what it shows is never older than the tap.
    """

    tab = ""  # one of TABS if the page is one of the four places
    shows_sync = True
    scrolled = 0.0  # where its list was when it went out of view

    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    @property
    def session(self) -> Session:
        """What the app has in hand."""
        return self.shell.session

    @property
    def device(self) -> Device:
        """The unlocked device."""
        return self.shell.session.device

    def bar(self) -> Bar:
        """What the top bar shows."""
        raise NotImplementedError

    def big(self) -> Big | None:
        """The button at the bottom; None if there is no next thing to do."""
        return None

    def second(self) -> Big | None:
        """A lesser button beside the one at the bottom; None if there is none."""
        return None

    def entered(self) -> None:
        """The page comes into view: read what it shows."""

    def left(self) -> None:
        """The page goes out of view."""

    def located(self) -> None:
        """The receiver found where the phone is, while this page is in view."""

    def act(self, key: str) -> None:
        """A tap on the thing of this key. `back` is answered for all pages."""
        if key == "back":
            self.shell.back()

    def sync_line(self) -> SyncLine:
        """The line of truth about sync."""
        from field_app.services import status

        found = status.sync_status(self.device)
        return sync_line(
            records=found.waiting_records,
            photos=found.waiting_photos,
            since=self.session.moment(found.waiting_since) if found.waiting_since else "",
            last=self.session.moment(found.last_sync_at) if found.last_sync_at else "",
            offline=found.offline,
            returned=found.returned,
        )


def sync_line(*, records: int, photos: int, since: str, last: str, offline: bool, returned: int) -> SyncLine:
    """What can be said about sync, the most important first."""
    if records or photos:
        waiting = waiting_words(records, photos)
        words = (
            _("{what} waiting since {time}").format(what=waiting, time=since)
            if since
            else _("{what} waiting").format(what=waiting)
        )
        if offline:
            words = _("Offline · {waiting}").format(waiting=words)
        found = SyncLine(words, "waiting", "cloud-off-outline" if offline else "tray-arrow-up")
    elif not last:
        found = SyncLine(_("Not synced yet"), "waiting", "cloud-off-outline")
    elif offline:
        found = SyncLine(_("Offline · all sent {time}").format(time=last), "quiet", "cloud-off-outline")
    else:
        found = SyncLine(_("All sent {time}").format(time=last), "quiet", "cloud-check-outline")
    if not returned:
        return found
    words = ngettext("{n} returned: tap to see why", "{n} returned: tap to see why", returned).format(n=returned)
    return SyncLine(f"{words}\n{found.words}" if records or photos else words, "wrong", "arrow-u-left-top")


def waiting_words(records: int, photos: int) -> str:
    """«7 records, 12 photos»."""
    parts = []
    if records:
        parts.append(ngettext("{n} record", "{n} records", records).format(n=records))
    if photos:
        parts.append(ngettext("{n} photo", "{n} photos", photos).format(n=photos))
    return _(", ").join(parts)


Then = Callable[[], None]
