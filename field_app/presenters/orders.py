"""Orders: what was ordered lately, by day, with what became of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters import words
from field_app.presenters.page import Page
from field_app.presenters.summary import summary, when
from field_app.presenters.views import Bar, Head, Item, Note

SHOWN = 300


class OrdersPage(Page):
    """The orders of the round."""

    tab = "orders"

    def entered(self) -> None:
        """Read the orders and the names of their shops."""
        from field_app.services import reading

        self.orders = sorted(reading.recent(self.device, "order", SHOWN), key=when, reverse=True)
        self.names: dict[str, str] = {}
        for order in self.orders:
            customer = str(order.customer)
            if customer not in self.names:
                self.names[customer] = str(reading.shown(self.device, customer).fields.get("store_name") or "")

    def bar(self) -> Bar:
        """How many are shown."""
        n = len(self.orders)
        return Bar(_("Orders"), subtitle=ngettext("{n} order", "{n} orders", n).format(n=n), back=False)

    def items(self) -> list[Item]:
        """Orders by day, with the sum of the day."""
        today, found = self.session.today(), list[Item]()
        for day, group in groupby(self.orders, key=lambda one: self.session.local(when(one)).date()):
            orders = list(group)
            total = sum(int(one.fields.get("total_minor") or 0) for one in orders)
            found.append(Head(words.day_head(day, today), self.session.money(total)))
            for one in orders:
                row = summary(one, self.session)
                found.append(replace(row, title=self.names[str(one.customer)] or row.title, sign=""))
        return found or [
            Note(_("No orders yet.\nTake one from a customer's page or during a visit."), "clipboard-text-outline")
        ]

    def act(self, key: str) -> None:
        """An order."""
        from field_app.presenters.record import open_record

        what, _colon, rest = key.partition(":")
        if what == "record":
            open_record(self.shell, rest)
