"""Sync: what waits on this phone since when, what came of the last try, and «sync now»."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from field_app.language import gettext as _
from field_app.presenters.page import Page, waiting_words
from field_app.presenters.returned import returned_items
from field_app.presenters.shell import Shell
from field_app.presenters.summary import summary
from field_app.presenters.syncing import Sync
from field_app.presenters.trouble import problem_words
from field_app.presenters.views import Bar, Big, Fact, Head, Item, Note, Row

if TYPE_CHECKING:
    from field_app.store.overlay import Shown

LISTED = ("visit", "order", "contact_record", "complaint", "photo", "stock_count", "customer")
SHOWN = 100


class SyncPage(Page):
    """The state of sync. `first`: the page after enrolling, which fetches the round at once."""

    shows_sync = False

    def __init__(self, shell: Shell, *, first: bool = False) -> None:
        super().__init__(shell)
        self.first = first
        self._begun = False

    def entered(self) -> None:
        """Read the state; the first time after enrolling, begin."""
        from field_app.services import reading, returned, status

        self.status = status.sync_status(self.device)
        self.waiting = []
        for type_name in LISTED:
            self.waiting += [one for one in reading.recent(self.device, type_name, 200) if one.state == "on_phone"]
        self.returned = returned.returned(self.device)
        if self.first and not self._begun:
            self._begun = True
            self.shell.session.sync.start()

    @property
    def sync(self) -> Sync:
        """The sync of this session."""
        return self.shell.session.sync

    def bar(self) -> Bar:
        """The title; no way back before the round is there."""
        return Bar(_("Your round is being fetched") if self.first else _("Sync"), back=not self.first)

    def big(self) -> Big:
        """Sync now; after the first one, begin the day."""
        if self.sync.is_running:
            return Big("sync", _("Syncing …"), enabled=False)
        if self.first and not self.sync.failed:
            return Big("begin", _("Begin"))
        return Big("sync", _("Sync now"))

    def progress(self) -> tuple[float, str] | None:
        """How far the sync is, 0 to 1, and in words; None if none runs."""
        return (self.sync.share, self.sync.words) if self.sync.is_running else None

    def items(self) -> list[Item]:
        """Last sync, what waits, what came back."""
        found: list[Item] = []
        status = self.status
        last = self.session.moment(status.last_sync_at) if status.last_sync_at else _("never")
        waiting = waiting_words(status.waiting_records, status.waiting_photos)
        found.append(Head(_("On this phone")))
        if waiting:
            since = (
                _("waiting since {time}").format(time=self.session.moment(status.waiting_since))
                if status.waiting_since
                else ""
            )
            found.append(Row("", waiting, since, sign="tray-arrow-up", sign_role="waiting", role="waiting"))
        else:
            found.append(
                Row("", _("All sent"), _("Head office has everything."), sign="check-circle", sign_role="done")
            )
        found.append(Row("", _("Last sync"), last, sign="cloud-sync-outline"))
        error = self.sync.failed or (problem_words(str(status.last_error)) if status.last_error else "")
        if status.offline and not self.sync.failed:
            error = problem_words("no-network")
        if error:
            found.append(Fact("", _("Last try"), error, role="waiting" if status.offline else "wrong"))
        if self.sync.done_words:
            found.append(Fact("", _("This sync"), self.sync.done_words))
        found += returned_items(self.returned)
        if self.waiting:
            found.append(Head(_("Waiting")))
            found += [self._row(one) for one in self.waiting[:SHOWN]]
        if not waiting and not self.returned and self.first:
            found.append(
                Note(
                    _(
                        "Customers, products and history of your round come onto this phone now. After that it works without a network."
                    ),
                    "storefront-outline",
                )
            )
        return found

    def _row(self, record: Shown) -> Row:
        """One record, with the name of its customer."""
        from field_app.services import reading

        row, name = summary(record, self.session), ""
        if record.customer and record.customer != record.id:
            try:
                name = str(reading.shown(self.device, record.customer).fields.get("store_name") or "")
            except KeyError:
                name = _("no longer on this phone")
        return replace(row, detail=" · ".join(part for part in (name, row.detail) if part))

    def act(self, key: str) -> None:
        """`sync`, `begin`, or a record."""
        from field_app.presenters.places import place
        from field_app.presenters.record import open_record

        super().act(key)
        what, _colon, rest = key.partition(":")
        if key == "sync":
            self.sync.start()
        elif key == "begin":
            self.shell.restart(place(self.shell, "today"))
        elif what == "record":
            open_record(self.shell, rest)
