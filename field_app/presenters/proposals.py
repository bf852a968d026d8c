"""Proposals to this user: what somebody asks to change, beside what counts; accepted or declined on the spot."""

from __future__ import annotations

from field_app.language import gettext as _
from field_app.language import label
from field_app.presenters import people
from field_app.presenters.page import Page
from field_app.presenters.reasons import reasons
from field_app.presenters.shell import Choice, Shell
from field_app.presenters.values import shown
from field_app.presenters.views import Bar, Big, Fact, Head, Item, Note, Row
from sync_protocol.records import knows, record_type


class ProposalsPage(Page):
    """What waits for this user's decision."""

    def entered(self) -> None:
        """Read the open ones."""
        from field_app.services import proposals  # fmt: skip
        from field_app.services import round as rounds

        self.found = [proposals.asked(self.device, one.id) for one in rounds.asked(self.device)]

    def bar(self) -> Bar:
        """The title."""
        return Bar(_("Proposals to you"))

    def items(self) -> list[Item]:
        """One row each: of whom, by whom, which fields."""
        rows: list[Item] = []
        for one in self.found:
            name = str(one.record.fields.get("store_name") or "") if one.record else ""
            specs = record_type(one.change["type"]).specs() if knows(str(one.change.get("type"))) else {}
            fields = _(", ").join(label(specs[field].labels) for field in one.wanted if field in specs)
            who = people.name_of(self.device, one.proposer)
            rows.append(
                Row("proposal:" + one.proposal.id, name or _("New record"), " · ".join(filter(None, (who, fields))),
                    sign="scale-balance", sign_role="waiting", chevron=True)
            )  # fmt: skip
        return rows or [Note(_("Nothing waits for your decision."), "check-circle-outline")]

    def act(self, key: str) -> None:
        """A proposal."""
        super().act(key)
        what, _colon, rest = key.partition(":")
        if what == "proposal":
            self.shell.open(ProposalPage(self.shell, rest))


class ProposalPage(Page):
    """One proposal: before, now, wanted."""

    def __init__(self, shell: Shell, proposal: str) -> None:
        super().__init__(shell)
        self.id = proposal

    def entered(self) -> None:
        """Read it."""
        from field_app.services import proposals

        self.found = proposals.asked(self.device, self.id)

    def bar(self) -> Bar:
        """Whom it is about."""
        record = self.found.record
        return Bar(_("Proposal"), subtitle=str(record.fields.get("store_name") or "") if record else _("New record"))

    def big(self) -> Big:
        """Accept."""
        return Big("accept", _("Accept"))

    def second(self) -> Big:
        """Decline, with the reason."""
        return Big("decline", _("Decline"), role="wrong")

    def items(self) -> list[Item]:
        """Who asks and why; each field as it is and as it would be."""
        found = self.found
        at = self.session.moment(found.proposal.at) if found.proposal.at else ""
        who = people.name_of(self.device, found.proposer) or _("Head office")
        items: list[Item] = [Row("", who, at, sign="account-outline")]
        if found.reason:
            items.append(Fact("", _("Why"), found.reason))
        specs = record_type(found.change["type"]).specs()
        for name, value in found.wanted.items():
            if name not in specs:
                continue
            items.append(Head(label(specs[name].labels)))
            was, now = found.was.get(name), found.now.get(name)
            if name in found.was and was != now:
                items.append(Fact("", _("Before"), shown(specs[name], was, self.session) or _("nothing"), role="quiet"))
            items.append(Fact("", _("Now"), shown(specs[name], now, self.session) or _("nothing")))
            wanted = shown(specs[name], value, self.session) or _("nothing")
            items.append(Fact("", _("Proposed"), wanted, "scale-balance", role="action"))
        return items

    def act(self, key: str) -> None:
        """`accept` or `decline`."""
        super().act(key)
        if key == "accept":
            self._decide("")
        elif key == "decline":
            why = {
                "wrong": _("The value is wrong"),
                "unproven": _("There is no evidence for it"),
                "known": _("It is known and recorded already"),
                "later": _("Not now; ask again later"),
            }
            self.shell.choose(
                _("Why do you decline?"), [Choice(*one) for one in why.items()], lambda one: self._decide(why[one])
            )

    def _decide(self, comment: str) -> None:
        from field_app.services import proposals
        from field_app.services.saving import Refused

        try:
            if comment:
                proposals.decline(self.device, self.id, comment)
            else:
                proposals.accept(self.device, self.id)
        except Refused as error:
            self.shell.tell("\n".join(reasons(codes) for codes in error.reasons.values()))
            return
        self.shell.tell(_("Saved on this phone."))
        self.shell.back()
