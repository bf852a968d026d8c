"""What is at risk, in words; and leaving this phone without losing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters.page import Page, waiting_words
from field_app.presenters.trouble import problem_words
from field_app.presenters.views import Bar, Big, Fact, Head, Item, Row

if TYPE_CHECKING:
    from field_app.services.safety import Risk


def risk_items(found: list[Risk]) -> list[Item]:
    """What is at risk as a part of a list; nothing, if nothing is."""
    rows: list[Item] = []
    for risk in found:
        title, text = risk_words(risk)
        rows.append(Fact("", title, text, "shield-alert-outline", "wrong" if risk.is_grave else "waiting"))
    return [Head(_("Take care")), *rows] if rows else []


def risk_words(risk: Risk) -> tuple[str, str]:
    """(what it is, what follows and what to do)."""
    n = risk.number
    if risk.code == "lease_over":
        return _("Too long without head office"), _(
            "Customers are hidden until the next sync. What you entered is kept. Sync, or send it as a sealed file."
        )
    if risk.code == "lease":
        days = ngettext("in {n} day", "in {n} days", n).format(n=n)
        return _("Sync is needed {when}").format(when=days), _(
            "After that the customers are hidden until this phone has reached head office. Nothing you entered is lost."
        )
    if risk.code == "stopped":
        return _("Sync has stopped"), problem_words(risk.detail)
    if risk.code == "unsent":
        days = ngettext("for {n} day", "for {n} days", n).format(n=n)
        return _("Work is on this phone alone {how_long}").format(how_long=days), _(
            "If the phone is lost now, that work is lost with it. Find a network, or send it as a sealed file."
        )
    if risk.code == "clock":
        minutes = ngettext("{n} minute", "{n} minutes", n).format(n=n)
        late = (
            _("This phone's clock is {minutes} slow")
            if risk.detail == "slow"
            else _("This phone's clock is {minutes} fast")
        )
        return late.format(minutes=minutes), _(
            "Times of visits are corrected by head office's clock. Set the phone's clock right."
        )
    return _("Little room: {n} MB").format(n=n), _("Photos may not fit any more. Make room on this phone.")


class LeavePage(Page):
    """Giving this phone back, or moving to another: first everything goes to head office, then it is taken off."""

    shows_sync = False

    def entered(self) -> None:
        """Read what is here alone."""
        from field_app.services import safety

        self.unsent = safety.unsent(self.device)

    def bar(self) -> Bar:
        """The title."""
        return Bar(_("Leave this phone"))

    def items(self) -> list[Item]:
        """What would be lost, and what to do about it; or that nothing would."""
        found = self.unsent
        items: list[Item] = []
        if found.blocks_leaving:
            items.append(Head(_("On this phone alone")))
            if found.records or found.photos:
                words = waiting_words(found.records, found.photos)
                items.append(Row("", words, _("not sent yet"), sign="tray-arrow-up", sign_role="waiting"))
            if found.drafts:
                drafts = ngettext("{n} form begun", "{n} forms begun", found.drafts).format(n=found.drafts)
                items.append(Row("", drafts, _("save or empty it first"), sign="pencil-outline", sign_role="waiting"))
            why = _("Nothing can be taken off this phone while work is on it that nobody else has.")
            items.append(Fact("", _("Send it first"), why, role="waiting"))
            items.append(
                Row("sync", _("Sync"), _("or write a sealed file there"), sign="cloud-sync-outline", chevron=True)
            )
        else:
            items.append(
                Row(
                    "",
                    _("Head office has everything."),
                    _("nothing would be lost"),
                    sign="check-circle",
                    sign_role="done",
                )
            )
            if found.returned:
                came_back = ngettext("{n} returned", "{n} returned", found.returned).format(n=found.returned)
                items.append(
                    Row(
                        "",
                        came_back,
                        _("correct it here, or on the new phone"),
                        sign="arrow-u-left-top",
                        sign_role="wrong",
                    )
                )
        items += [
            Head(_("A new phone")),
            Fact("", "1", _("Ask head office for an invitation for the new phone.")),
            Fact("", "2", _("Set it up there, with a passphrase of its own. Your round comes by itself.")),
            Fact("", "3", _("Only then take the app off this one. To lock it for the night, choose Lock instead.")),
        ]
        return items

    def big(self) -> Big:
        """Take it off, if nothing is lost by it."""
        return Big("leave", _("Take off this phone"), role="wrong", enabled=not self.unsent.blocks_leaving)

    def act(self, key: str) -> None:
        """`leave`, or `sync`."""
        from field_app.presenters.sync import SyncPage

        super().act(key)
        if key == "sync":
            self.shell.open(SyncPage(self.shell))
        elif key == "leave":
            question, detail = _("Take your round off this phone?"), _("What is at head office stays there.")
            self.shell.confirm(question, detail, _("Take off"), self._leave)

    def _leave(self) -> None:
        from field_app.presenters.places import locked_page
        from field_app.services import safety

        try:
            safety.leave(self.device)
        except safety.WouldLoseWork:
            self.shell.reload()
            return
        self.session.lock()
        self.shell.restart(locked_page(self.shell))
