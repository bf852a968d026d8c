"""Customers: find one while typing."""

from __future__ import annotations

from typing import Any

from field_app.language import gettext as _
from field_app.language import label, ngettext
from field_app.presenters import words
from field_app.presenters.page import Page
from field_app.presenters.views import Bar, Head, Item, Note, Row, mark
from sync_protocol.records import record_type

SHOWN = 200


class CustomersPage(Page):
    """All customers of the round, narrowed by what is typed."""

    tab = "customers"
    text = ""

    def entered(self) -> None:
        """Read the list for what is typed."""
        self.search(self.text, draw=False)

    def search(self, text: str, *, draw: bool = True) -> None:
        """Show the customers that match a text: part of the name, telephone, code, licence number or address."""
        from field_app.services import reading

        self.text = text
        self.found = reading.find_customers(self.device, text.strip(), SHOWN)
        self.total = reading.counts(self.device).get("customer", 0)
        if draw:
            self.scrolled = 0
            self.shell.draw()

    def bar(self) -> Bar:
        """How many there are; a new one."""
        count = ngettext("{n} customer", "{n} customers", self.total).format(n=f"{self.total:,}")
        return Bar(_("Customers"), subtitle=count, back=False, actions=(("new", "plus", _("New customer")),))

    def items(self) -> list[Item]:
        """The list of the page."""
        rows: list[Item] = [self.row(one) for one in self.found]
        if rows and len(self.found) == SHOWN:
            rows.append(Note(_("The first {n}. Type to find others.").format(n=SHOWN)))
        if not rows and self.text:
            return [
                Note(
                    _("No customer matches «{text}».\nTry part of the name, a telephone number or the code.").format(
                        text=self.text
                    ),
                    "magnify",
                )
            ]
        if not rows:
            return [
                Note(
                    _("No customers here yet. They come with the first sync, when head office has given you a round."),
                    "storefront-outline",
                )
            ]
        return [Head(_("Found")), *rows] if self.text else rows

    def row(self, one: Any) -> Row:
        """One customer: where, and when he was last visited."""
        detail = one.address or one.phone or one.code
        last = ""
        if one.last_visit_at:
            day = self.session.local(one.last_visit_at).date()
            last = words.ago(day, self.session.today())
        far = words.distance(one.distance_m)
        parts = [part for part in (detail, last) if part]
        return Row(
            one.id,
            one.name,
            " · ".join(parts),
            badge=grade_words(one.grade),
            figure=far,
            mark=mark(one.state) if one.state not in ("accepted", "") else None,
        )

    def act(self, key: str) -> None:
        """A customer, or `new`."""
        from field_app.presenters.customer import CustomerPage
        from field_app.presenters.customer_form import NewCustomerPage

        if key == "new":
            self.shell.open(NewCustomerPage(self.shell, self.text))
        elif key:
            self.shell.open(CustomerPage(self.shell, key))


def grade_words(grade: str | None) -> str:
    """The grade as its declaration words it."""
    if not grade:
        return ""
    choices = record_type("customer").specs()["grade"].choices
    return label(choices[grade]) if grade in choices else _("grade {n}").format(n=grade)
