"""The customer: his history, his file by groups, his orders, his photos."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from field_app.language import gettext as _
from field_app.language import label
from field_app.presenters import words
from field_app.presenters.customers import grade_words
from field_app.presenters.form import INTERNAL, completeness
from field_app.presenters.maintainers import group_seat, holds, maintained, since_ms
from field_app.presenters.page import Page
from field_app.presenters.reminding import due_facts
from field_app.presenters.shell import Choice, Shell
from field_app.presenters.summary import summary, when
from field_app.presenters.values import shown
from field_app.presenters.views import Bar, Big, Fact, Head, Item, Note, Pictures, Row, mark
from sync_protocol.fields import Seat
from sync_protocol.records import record_type

HISTORY = 300
UNLISTED = ("photo", "stock_count", "weekly_report")  # each has a page of its own


class CustomerPage(Page):
    """One customer. `part` is what is shown: history, file, orders or photos."""

    def __init__(self, shell: Shell, customer: str) -> None:
        super().__init__(shell)
        self.customer = customer
        self.part = "history"

    def entered(self) -> None:
        """Read the file and what happened below it."""
        from field_app.services import due, reading, visits

        self.file = reading.shown(self.device, self.customer)
        self.events = reading.below(self.device, self.customer, limit=HISTORY)
        self.open = visits.open_visit(self.device)
        self.due = due.due_at(self.device, self.customer, self.session.today())

    @property
    def name(self) -> str:
        """The name of the shop."""
        return str(self.file.fields.get("store_name") or _("Customer"))

    @property
    def phone(self) -> str:
        """The number to call, "" if none is known."""
        return str(self.file.fields.get("contact_phone") or self.file.fields.get("second_phone") or "")

    def bar(self) -> Bar:
        """Name; grade and whom to ask for."""
        fields = self.file.fields
        parts = [
            grade_words(fields.get("grade")),
            str(fields.get("contact_person") or ""),
            str(fields.get("address") or ""),
        ]
        return Bar(
            self.name,
            subtitle=" · ".join(part for part in parts if part),
            actions=(("more", "dots-vertical", _("More")),),
        )

    def actions(self) -> list[tuple[str, str, str]]:
        """(key, icon, word) of what one does here beside a visit."""
        found = [("order", "clipboard-text-outline", _("Order")), ("contact", "message-text-outline", _("Contact"))]
        found.append(("complaint", "alert-circle-outline", _("Complaint")))
        return [("call", "phone-outline", _("Call")), *found] if self.phone else found

    def parts(self) -> list[tuple[str, str]]:
        """The parts of the page."""
        return [("history", _("History")), ("file", _("File")), ("orders", _("Orders")), ("photos", _("Photos"))]

    def big(self) -> Big:
        """Check in, or go on with the open visit."""
        if self.open and self.open.customer == self.customer:
            return Big("visit", _("Go on with the visit"))
        return Big("check_in", _("Check in here"))

    def items(self) -> list[Item]:
        """The list of the part that is shown."""
        return {"history": self._history, "file": self._file, "orders": self._orders, "photos": self._photos}[
            self.part
        ]()

    def _history(self) -> list[Item]:
        photos: dict[str, int] = {}
        for one in self.events:
            if one.type == "photo":
                visit = str(one.fields.get("visit") or "")
                photos[visit] = photos.get(visit, 0) + 1
        events = [one for one in self.events if one.type not in UNLISTED]
        rows = [*due_facts(self.due), *self._by_day(events, photos)]
        return rows or [
            Note(
                _(
                    "Nothing happened here yet.\nVisits, orders, contacts and complaints will stand here, the newest on top."
                ),
                "history",
            )
        ]

    def _by_day(self, events: list[Any], photos: dict[str, int]) -> list[Item]:
        today = self.session.today()
        found: list[Item] = []
        newest = sorted(events, key=when, reverse=True)
        for day, group in groupby(newest, key=lambda one: self.session.local(when(one)).date()):
            found.append(Head(words.day_head(day, today)))
            found += [summary(one, self.session, photos=photos.get(one.id, 0)) for one in group]
        return found

    def _orders(self) -> list[Item]:
        orders = [one for one in self.events if one.type == "order"]
        return self._by_day(orders, {}) or [Note(_("No orders yet."), "clipboard-text-outline")]

    def _photos(self) -> list[Item]:
        photos = sorted((one for one in self.events if one.type == "photo"), key=when, reverse=True)
        today, found = self.session.today(), list[Item]()
        for day, group in groupby(photos, key=lambda one: self.session.local(when(one)).date()):
            ids = [one.id for one in group]
            found.append(Head(words.day_head(day, today)))
            found += [Pictures(tuple(ids[at : at + 3])) for at in range(0, len(ids), 3)]
        return found or [Note(_("No photos yet. They are taken during a visit."), "image-outline")]

    def _file(self) -> list[Item]:
        """Every group of the declaration: what is filled, what is missing, who maintains it."""
        schema, found = record_type("customer"), list[Item]()
        specs = schema.specs()
        if self.file.state not in ("accepted", ""):
            key = "record:" + self.customer if self.file.state == "returned" else ""
            found.append(
                Row(key, _("Changes of this file"), _("not settled by head office yet"), mark=mark(self.file.state))
            )
        for group, group_labels in schema.groups.items():
            names = [name for name, spec in specs.items() if spec.group == group and spec.kind not in INTERNAL]
            if not names:
                continue
            full, all_ = completeness("customer", group, self.file.fields)
            found.append(Head(label(group_labels), _("{n} of {m}").format(n=full, m=all_) if all_ else _("computed")))
            if all_:
                found.append(self._edit_row(group))
            missing = []
            for name in names:
                text = shown(specs[name], self.file.fields.get(name), self.session)
                asked = shown(specs[name], self.file.asked.get(name), self.session)
                if not text and not asked:
                    missing.append(label(specs[name].labels))
                    continue
                key = f"field:{name}"
                if asked:
                    text = "\n".join(part for part in (text, _("asked for: {value}").format(value=asked)) if part)
                found.append(Fact(key, label(specs[name].labels), text, "scale-balance" if asked else ""))
            if missing and all_:
                found.append(Fact("edit:" + group, _("Still missing"), _(", ").join(missing), "", role="quiet"))
        return found

    def _edit_row(self, group: str) -> Row:
        """The way to edit a group; at once whether that will count or be a proposal."""
        seat = group_seat(group)
        is_own = holds(self.device, self.file.book, seat)
        return Row(
            "edit:" + group,
            _("Edit") if is_own else _("Propose a change"),
            maintained(self.device, self.file.book, seat, self._since(seat)),
            sign="pencil-outline" if is_own else "scale-balance",
            sign_role="action",
            chevron=True,
        )

    def _since(self, seat: Seat | None) -> str:
        """Since when the seat is in the hands it is in."""
        at = since_ms(self.device, self.file.book, seat)
        return words.short_day(self.session.local(at).date(), self.session.today()) if at else ""

    def show_part(self, part: str) -> None:
        """Show another part."""
        self.part, self.scrolled = part, 0.0
        self.shell.draw()

    def act(self, key: str) -> None:
        """A part, an action, a record, a photo or a field."""
        super().act(key)
        what, _colon, rest = key.partition(":")
        if what in dict(self.parts()):
            self.show_part(what)
        elif what == "check_in":
            self._check_in()
        elif what == "visit":
            self._go_on()
        elif what == "call":
            self.shell.dial(self.phone)
        elif what == "order":
            from field_app.presenters.order import OrderPage

            self.shell.open(OrderPage(self.shell, self.customer, self._visit_here()))
        elif what in ("contact", "complaint"):
            from field_app.presenters.record_form import ComplaintPage, ContactPage

            page = ContactPage if what == "contact" else ComplaintPage
            self.shell.open(page(self.shell, self.customer, self._visit_here()))
        elif what == "record":
            from field_app.presenters.record import open_record

            open_record(self.shell, rest)
        elif what == "edit":
            from field_app.presenters.customer_form import EditGroupPage

            group, _colon, name = rest.partition(":")
            self.shell.open(EditGroupPage(self.shell, self.customer, group, name))
        elif what == "field":
            from field_app.presenters.field import FieldPage

            self.shell.open(FieldPage(self.shell, self.customer, rest))
        elif what == "given":
            self._given(rest)
        elif what == "more":
            choices = [Choice("skip", _("Skip today's visit")), Choice("paper", _("Enter a visit from paper"))]
            choices.append(Choice("promise", _("Promise something")))
            if self.phone:
                choices.insert(0, Choice("message", _("Send a message")))
            self.shell.choose(self.name, choices, self._more)
        elif what == "photo":
            from field_app.presenters.photo import PhotoPage

            self.shell.open(PhotoPage(self.shell, rest))

    def _more(self, key: str) -> None:
        from field_app.presenters.material import MaterialPage
        from field_app.presenters.message import MessagePage
        from field_app.presenters.paper import PaperVisitPage
        from field_app.presenters.skip import SkipVisitPage

        pages = {"paper": PaperVisitPage, "skip": SkipVisitPage, "message": MessagePage, "promise": MaterialPage}
        self.shell.open(pages[key](self.shell, self.customer))

    def _given(self, material: str) -> None:
        """What was promised is given; it can be undone."""
        from field_app.services import materials

        materials.give(self.device, material, self.session.today())
        self.shell.reload()

        def undo() -> None:
            materials.give(self.device, material, None)
            self.shell.reload()

        self.shell.tell(_("Given today."), undo)

    def _visit_here(self) -> str | None:
        return str(self.open.id) if self.open and self.open.customer == self.customer else None

    def _check_in(self) -> None:
        """Begin a visit here. One that is open elsewhere is ended first: nobody is in two shops."""
        if self.open:
            self.shell.tell(_("You are still checked in elsewhere. Check out there first."))
            self._go_on()
            return
        from field_app.presenters.visit import VisitPage
        from field_app.services import visits

        purpose = "planned" if self._is_planned() else "unplanned"
        visit = visits.check_in(self.device, self.customer, purpose=purpose, place=self.session.whereabouts())
        self.shell.open(VisitPage(self.shell, visit))

    def _is_planned(self) -> bool:
        from field_app.services import round as rounds

        return rounds.is_planned(self.device, self.customer, self.session.clock_ms())

    def _go_on(self) -> None:
        from field_app.presenters.visit import VisitPage

        assert self.open is not None
        self.shell.open(VisitPage(self.shell, self.open.id))
