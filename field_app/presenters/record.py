"""One record as it is: all that is filled in, its state, what the office said about it."""

from __future__ import annotations

from field_app.language import gettext as _
from field_app.language import label, ngettext
from field_app.presenters import drafts, words
from field_app.presenters.form import INTERNAL
from field_app.presenters.page import Page
from field_app.presenters.returned import why
from field_app.presenters.shell import Shell
from field_app.presenters.summary import field_text, filled, summary, type_words, when
from field_app.presenters.values import shown as value_words
from field_app.presenters.views import Bar, Big, Fact, Head, Item, Mark, Pictures, Row, mark
from sync_protocol.records import record_type


class RecordPage(Page):
    """A visit that is over, an order, a contact, a complaint: to read."""

    def __init__(self, shell: Shell, record: str) -> None:
        super().__init__(shell)
        self.id = record

    def entered(self) -> None:
        """Read the record and what belongs to it."""
        from field_app.services import reading, returned

        self.record = reading.shown(self.device, self.id)
        self.is_refused = returned.was_refused(self.device, self.id)
        self.is_note_of_reading = returned.is_note_of_reading(self.record.type)
        beside = reading.below(self.device, self.record.customer, limit=500) if self.record.customer else []
        self.reviews = [one for one in beside if one.type == "review" and one.fields.get("of") == self.id]
        self.parts = [one for one in beside if one.fields.get("visit") == self.id]
        customer = reading.shown(self.device, self.record.customer) if self.record.customer else None
        self.customer_name = str(customer.fields.get("store_name") or "") if customer else ""

    def bar(self) -> Bar:
        """What it is, and of whom."""
        actions = {
            "order": (("share", "share-variant-outline", _("Share")),),
            "complaint": (("case", "lightbulb-on-outline", _("Add this case")),),
            "contact_record": (("case", "lightbulb-on-outline", _("Add this case")),),
        }.get(self.record.type, ())
        return Bar(type_words(self.record.type), subtitle=self.customer_name, actions=actions)

    def state(self) -> Mark | None:
        """Its state."""
        return mark(self.record.state)

    def big(self) -> Big | None:
        """What came back is corrected; but not a note of what was read."""
        may_correct = self.record.state == "returned" and not self.is_note_of_reading
        return Big("correct", _("Correct and send again")) if may_correct else None

    def items(self) -> list[Item]:
        """State, decisions, lines, fields by group, photos, counts."""
        found: list[Item] = []
        state = self.state()
        if state:
            at = self.session.moment(when(self.record)) if when(self.record) else ""
            found.append(
                Row(
                    "",
                    at or state.word,
                    _state_words(self.record.state),
                    mark=state,
                    sign=state.sign,
                    sign_role=state.role,
                )
            )
        if self.is_refused:
            found += self._refusal()
        for review in self.reviews:
            outcome = field_text("review", "outcome", review.fields, self.session)
            found.append(Head(_("Head office")))
            found.append(
                Fact(
                    "",
                    outcome,
                    str(review.fields.get("comment") or "–"),
                    role="wrong" if review.fields.get("outcome") == "return" else "ink",
                )
            )
        if self.record.type == "order":
            found += self._lines()
        for group, texts in filled(self.record, self.session):
            found.append(Head(group))
            found += [Fact("", name, text) for name, text in texts]
        if self.record.fields.get("signature"):
            found += [Head(_("Signature")), Pictures((str(self.record.fields["signature"]),))]
        photos = [one.id for one in self.parts if one.type == "photo"]
        if photos:
            found.append(Head(ngettext("{n} photo", "{n} photos", len(photos)).format(n=len(photos))))
            found += [Pictures(tuple(photos[at : at + 3])) for at in range(0, len(photos), 3)]
        others = [one for one in self.parts if one.type != "photo"]
        if others:
            found.append(Head(_("During this visit")))
            found += [summary(one, self.session) for one in others]
        return found

    def _refusal(self) -> list[Item]:
        """Why it was refused, what was asked for in vain, and the way to give it up."""
        specs = record_type(self.record.type).specs()
        found: list[Item] = [Head(_("Why"))]
        found += [Fact("", field, text, role="wrong") for field, text in why(self.record.type, self.record.reasons)]
        asked = {
            name: value_words(specs[name], value, self.session)
            for name, value in self.record.asked.items()
            if name in specs and specs[name].kind not in INTERNAL
        }
        if self.record.ver is not None and asked:
            found.append(Head(_("What you entered")))
            found += [Fact("", label(specs[name].labels), text or _("nothing")) for name, text in asked.items()]
        if self.is_note_of_reading:
            kept = _(
                "This notes that you opened a file. It can be neither changed nor discarded. Please call head office."
            )
            return [*found, Fact("", _("What you can do"), kept)]
        row = Row(
            "discard", _("Discard"), _("give up what was not accepted"), sign="trash-can-outline", sign_role="wrong"
        )
        return [*found, Head(""), row]

    def _lines(self) -> list[Item]:
        lines = self.record.fields.get("lines") or []
        total = self.session.money(self.record.fields.get("total_minor"))
        found: list[Item] = [Head(ngettext("{n} line", "{n} lines", len(lines)).format(n=len(lines)), total)]
        for line in lines:
            count = words.quantity(line.get("quantity"))
            price = self.session.money(line.get("unit_price_minor"))
            found.append(
                Row(
                    "",
                    str(line.get("product_name") or line.get("product_code") or _("Product")),
                    f"{count} × {price}" if price else count,
                    figure=self.session.money(line.get("amount_minor")),
                )
            )
        return found

    def act(self, key: str) -> None:
        """Another record or a photo."""
        super().act(key)
        what, _colon, rest = key.partition(":")
        if what == "record":
            open_record(self.shell, rest)
        elif what == "photo":
            from field_app.presenters.photo import PhotoPage

            self.shell.open(PhotoPage(self.shell, rest))
        elif key == "case":
            from field_app.presenters.knowledge import case_of

            self.shell.open(case_of(self.shell, self.record))
        elif key == "share":
            from field_app.presenters.slip import SlipPage

            self.shell.open(SlipPage(self.shell, self.id))
        elif key == "correct":
            from field_app.presenters.correct import correct_page

            self.shell.open(correct_page(self.shell, self.record))
        elif key == "discard":
            self.shell.confirm(
                _("Discard what you entered?"),
                _("What head office did not accept is gone from this phone then. This cannot be undone."),
                _("Discard"),
                self._discard,
            )

    def _discard(self) -> None:
        from field_app.services import returned

        returned.dismiss(self.device, self.id)
        drafts.drop(self.device, "correct:" + self.id)
        self.shell.tell(_("Discarded."))
        self.shell.back()


def open_record(shell: Shell, record: str) -> None:
    """Open a record with the page of its type: an open visit goes on, a customer has his own page, unless it came back."""
    from field_app.presenters.customer import CustomerPage
    from field_app.presenters.visit import VisitPage
    from field_app.services import reading

    found = reading.shown(shell.session.device, record)
    if found.type == "conflict":
        from field_app.presenters.conflict import ConflictPage

        shell.open(ConflictPage(shell, record))
    elif found.type == "customer" and found.state != "returned":
        shell.open(CustomerPage(shell, record))
    elif found.type == "grant":
        from field_app.presenters.granted import GrantedFilePage

        shell.open(GrantedFilePage(shell, record))
    elif found.type == "weekly_report":
        from field_app.presenters.reports import open_report

        open_report(shell, record)
    elif found.type == "visit" and found.fields.get("state") == "open" and found.state == "on_phone":
        shell.open(VisitPage(shell, record))
    else:
        shell.open(RecordPage(shell, record))


def _state_words(state: str) -> str:
    """What a state means."""
    return {
        "on_phone": _("Saved on this phone, not sent yet."),
        "sent": _("Head office has it and will answer."),
        "accepted": _("Head office has accepted it."),
        "returned": _("Head office has returned it."),
        "to_decide": _("Head office decides about it."),
    }.get(state, "")
