"""Sync: what waits on this phone since when, what came of the last try, and «sync now»."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from field_app.language import gettext as _
from field_app.language import label
from field_app.presenters import people
from field_app.presenters.conflict import ConflictPage, clash_row
from field_app.presenters.page import Page, waiting_words
from field_app.presenters.returned import returned_items
from field_app.presenters.safety import risk_items
from field_app.presenters.sealed import TakeAnswerPage, write_sealed
from field_app.presenters.shell import Shell
from field_app.presenters.summary import summary
from field_app.presenters.syncing import Sync
from field_app.presenters.trouble import problem_words
from field_app.presenters.views import Bar, Big, Fact, Head, Item, Mark, Note, Row
from sync_protocol.fields import Labels
from sync_protocol.records import record_type

if TYPE_CHECKING:
    from field_app.services.decided import Decided
    from field_app.store.overlay import Shown

LISTED = ("visit", "order", "contact_record", "complaint", "photo", "stock_count", "customer", "reading")
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
        from field_app.services import conflicts, decided, reading, returned, safety, status

        self.status = status.sync_status(self.device)
        self.waiting = []
        for type_name in LISTED:
            self.waiting += [one for one in reading.recent(self.device, type_name, 200) if one.state == "on_phone"]
        self.returned = returned.returned(self.device)
        self.risks = safety.risks(self.device)
        self.clashes = conflicts.open_clashes(self.device)
        self.decided = decided.decided(self.device)
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
        """What is at risk, what waits and why, what clashed and came back, what was decided, and the way without a network."""
        found: list[Item] = [*risk_items(self.risks), Head(_("On this phone")), *self._state()]
        if self.clashes:
            found += [Head(_("Changed by two at once")), *map(clash_row, self.clashes)]
        found += returned_items(self.returned)
        if self.waiting:
            found.append(Head(_("Waiting")))
            found += [self._row(one) for one in self.waiting[:SHOWN]]
        if self.first:
            if not self.waiting and not self.returned:
                found.append(
                    Note(
                        _(
                            "Customers, products and history of your round come onto this phone now. After that it works without a network."
                        ),
                        "storefront-outline",
                    )
                )
            return found
        if self.decided:
            found.append(Head(_("Decided by head office")))
            for one in self.decided:
                found += self._decision(one)
        found += [
            Head(_("Without a network")),
            Row("write", _("Write a sealed file"), _("all that waits; only head office can open it"),
                sign="email-seal-outline", chevron=True),
            Row("take", _("Take an answer file in"), _("what head office gave back"), sign="tray-arrow-down", chevron=True),
        ]  # fmt: skip
        return found

    def _state(self) -> list[Item]:
        """What waits since when and why, the last sync, the last try, what was loaded anew."""
        status, found = self.status, list[Item]()
        waiting = waiting_words(status.waiting_records, status.waiting_photos)
        if waiting:
            since = self.session.moment(status.waiting_since) if status.waiting_since else ""
            parts = [_("waiting since {time}").format(time=since) if since else "", self._why()]
            found.append(
                Row("", waiting, " · ".join(part for part in parts if part), sign="tray-arrow-up", sign_role="waiting",
                    role="waiting")
            )  # fmt: skip
        else:
            found.append(
                Row("", _("All sent"), _("Head office has everything."), sign="check-circle", sign_role="done")
            )
        last = self.session.moment(status.last_sync_at) if status.last_sync_at else _("never")
        found.append(Row("", _("Last sync"), last, sign="cloud-sync-outline"))
        error = self.sync.failed or (problem_words(str(status.last_error)) if status.last_error else "")
        if status.offline and not self.sync.failed:
            error = problem_words("no-network")
        if error:
            found.append(Fact("", _("Last try"), error, role="waiting" if status.offline else "wrong"))
        if self.sync.done_words:
            found.append(Fact("", _("This sync"), self.sync.done_words))
        if drift := self.device.settings.get("drifted_at"):
            text = _("A book here differed from head office and was loaded anew. What you entered was not touched.")
            found.append(Fact("", _("Set right {when}").format(when=self.session.moment(drift)), text, role="quiet"))
        return found

    def _why(self) -> str:
        """Why it waits."""
        if self.sync.is_running:
            return _("being sent")
        if self.device.settings.get("stopped"):
            return _("sync has stopped")
        if self.status.offline:
            return _("no network")
        if self.status.last_error or self.sync.failed:
            return _("the last try failed")
        return _("goes with the next sync")

    def _decision(self, one: Decided) -> list[Item]:
        """What was decided, about what, by whom; and the whole comment beneath it."""
        choices = {**_choices("review", "outcome"), **_choices("proposal", "state"), **_choices("notice", "outcome")}
        word = label(choices[one.outcome]) if one.outcome in choices else one.outcome
        bad = one.outcome in ("return", "declined", "refused")
        about = summary(one.of, self.session).title if one.of else ""
        if one.of is not None and one.of.customer:
            about = " · ".join(
                part for part in (self._name(one.of.customer), about if one.of.type != "customer" else "") if part
            )
        by, at = people.name_of(self.device, one.by), self.session.moment(one.at)
        detail = " · ".join(part for part in (by, at) if part)
        key = ("record:" + one.of.id) if one.of else ""
        word_ = Mark(word, "arrow-u-left-top" if bad else "check", "wrong" if bad else "done")
        row = Row(key, about or word, detail, mark=word_, sign="office-building-outline")
        return [row, Fact(key, _("Head office writes"), one.comment)] if one.comment else [row]

    def _name(self, customer: str) -> str:
        from field_app.services import roster

        found = roster.customers(self.device).get(customer)
        return str(found.fields.get("store_name") or "") if found else _("no longer on this phone")

    def _row(self, record: Shown) -> Row:
        """One record, with the name of its customer."""
        row, name = summary(record, self.session), ""
        if record.customer and record.customer != record.id:
            name = self._name(record.customer)
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
        elif key == "write":
            write_sealed(self.shell)
        elif key == "take":
            self.shell.open(TakeAnswerPage(self.shell))
        elif what == "conflict":
            self.shell.open(ConflictPage(self.shell, rest))
        elif what == "record":
            open_record(self.shell, rest)


def _choices(type_name: str, field: str) -> Mapping[str, Labels]:
    return record_type(type_name).specs()[field].choices
