"""Orders: what was ordered lately, by day, with what became of it; found by customer, product, number, state and time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters import words
from field_app.presenters.page import Page
from field_app.presenters.shell import Choice
from field_app.presenters.summary import summary, when
from field_app.presenters.views import Bar, Head, Item, Note, mark
from field_app.store.search import spelled, terms

SHOWN = 300
STATES = ("on_phone", "sent", "accepted", "returned", "to_decide")
PERIODS = {"today": 0, "week": 7, "month": 31}


class OrdersPage(Page):
    """The orders of the round. `state` and `period` narrow them, as the text does."""

    tab = "orders"
    text = ""
    state = ""
    period = ""

    def entered(self) -> None:
        """Read the orders and the names of their shops."""
        from field_app.services import reading

        self.all = sorted(reading.recent(self.device, "order", SHOWN), key=when, reverse=True)
        shops = reading.shown_all(self.device, {str(order.customer) for order in self.all})
        self.names = {shop.id: str(shop.fields.get("store_name") or "") for shop in shops}
        self._narrow()

    def search(self, text: str) -> None:
        """Show the orders that match a text."""
        self.text = text
        self._changed()

    def _changed(self) -> None:
        self._narrow()
        self.scrolled = 0
        self.shell.draw()

    def _narrow(self) -> None:
        wanted, since = terms(self.text), self._since()
        self.orders = [
            one
            for one in self.all
            if (not self.state or one.state == self.state)
            and (since is None or self.session.local(when(one)).date() >= since)
            and all(term in self._words(one) for term in wanted)
        ]

    def _since(self) -> date | None:
        if self.period not in PERIODS:
            return None
        return self.session.today() - timedelta(days=PERIODS[self.period])

    def _words(self, order: Any) -> str:
        """In what an order is looked for: its shop, also by pinyin, its number, its products."""
        name = self.names.get(str(order.customer), "")
        lines = order.fields.get("lines") or []
        parts = [name, *spelled(name), str(order.fields.get("order_number") or "")]
        parts += [f"{line.get('product_name') or ''} {line.get('product_code') or ''}" for line in lines]
        return "\n".join(parts).casefold()

    def bar(self) -> Bar:
        """How many are shown, and how they are narrowed."""
        n = len(self.orders)
        parts = [ngettext("{n} order", "{n} orders", n).format(n=n)]
        parts += [word for key, word in (*self._periods(), *self._states()) if key and key in (self.period, self.state)]
        actions = (
            ("period", "calendar-range", _("Time")),
            ("state", "filter-variant", _("State")),
        )
        return Bar(_("Orders"), subtitle=" · ".join(parts), actions=actions, back=False)

    def _periods(self) -> list[tuple[str, str]]:
        return [
            ("", _("All")),
            ("today", _("Today")),
            ("week", _("The last 7 days")),
            ("month", _("The last 31 days")),
        ]

    def _states(self) -> list[tuple[str, str]]:
        marks = ((state, mark(state)) for state in STATES)
        return [("", _("All")), *((state, found.word) for state, found in marks if found)]

    def items(self) -> list[Item]:
        """Orders by day, with the sum of the day."""
        today, found = self.session.today(), list[Item]()
        for day, group in groupby(self.orders, key=lambda one: self.session.local(when(one)).date()):
            orders = list(group)
            total = sum(int(one.fields.get("total_minor") or 0) for one in orders)
            found.append(Head(words.day_head(day, today), self.session.money(total)))
            for one in orders:
                row = summary(one, self.session)
                found.append(replace(row, title=self.names.get(str(one.customer)) or row.title, sign=""))
        if found:
            return found
        if self.all:
            return [Note(_("No order is like that."), "magnify")]
        return [Note(_("No orders yet.\nTake one from a customer's page or during a visit."), "clipboard-text-outline")]

    def act(self, key: str) -> None:
        """An order, or a way to narrow them."""
        from field_app.presenters.record import open_record

        what, _colon, rest = key.partition(":")
        if what == "record":
            open_record(self.shell, rest)
        elif what == "period":
            self._choose(_("Time"), self._periods(), "period")
        elif what == "state":
            self._choose(_("State"), self._states(), "state")

    def _choose(self, title: str, choices: list[tuple[str, str]], name: str) -> None:
        def chosen(key: str) -> None:
            setattr(self, name, "" if key == "all" else key)
            self._changed()

        offered = [Choice(key or "all", word) for key, word in choices]
        self.shell.choose(title, offered, chosen, getattr(self, name) or "all")
