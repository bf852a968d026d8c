"""An order: what the shop usually buys, favourites, the last order to copy; quantities by tapping; saved by one button."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters import drafts, words
from field_app.presenters.basket import Basket, credit_words, quantities_of, quick_quantities, supply_words
from field_app.presenters.page import Page
from field_app.presenters.shell import Choice, Shell
from field_app.presenters.stock import product_words
from field_app.presenters.summary import when
from field_app.presenters.trouble import trouble
from field_app.presenters.views import Bar, Big, Head, Item, Note, Quantity, Row
from field_app.services.signatures import Signature

OFFERED = 60


class OrderPage(Page):
    """One order while it is made. What is chosen stays where it stands: nothing moves under the thumb."""

    text = ""
    only_chosen = False
    shows_sync = False  # room for the lines; nothing of this order is anywhere yet

    def __init__(self, shell: Shell, customer: str, visit: str | None = None) -> None:
        super().__init__(shell)
        self.customer, self.visit = customer, visit
        self.basket = Basket()
        self.details: dict[str, Any] = {}  # deliver_on, note
        self.groups: list[tuple[str, list[str]]] = []  # (head, products) as they stood when the page was arranged
        self._begun = False

    @property
    def draft_key(self) -> str:
        """One draft per customer."""
        return f"order:{self.customer}"

    @property
    def quantities(self) -> dict[str, int]:
        """Product -> how many, in the order in which they were chosen."""
        return self.basket.quantities

    def entered(self) -> None:
        """Read how the customer stands, what he buys, and the products."""
        from field_app.services import habits, orders, reading, standing

        if not self._begun:
            file = reading.shown(self.device, self.customer).fields
            self.name, self.person = str(file.get("store_name") or ""), str(file.get("contact_person") or "")
            self.last = orders.last(self.device, self.customer)
            self.usual = {one.product: one for one in habits.usual(self.device, self.customer)}
            kept = drafts.kept(self.device, self.draft_key)
            quantities = {product: int(number) for product, number in kept.get("quantities", {}).items()}
            self.details = dict(kept.get("details", {}))
            self.often = [] if habits.favourites(self.device) else habits.often(self.device)
            wanted = [*quantities, *self.usual, *self.often, *habits.favourites(self.device)]
            self.basket.know(reading.shown_all(self.device, wanted))
            self.quantities.update({product: n for product, n in quantities.items() if product in self.basket.known})
            self._begun = True
            self.search(self.text, draw=False)  # once: a sync in between must not move what one is about to tap
        self.standing = standing.standing(self.device, self.customer, without=self.replaces)

    replaces = ""  # the order that this one is put in the place of

    def search(self, text: str, *, draw: bool = True) -> None:
        """Show the products that match a text."""
        from field_app.services import reading

        self.text = text
        self.found = reading.products(self.device, text.strip(), OFFERED)
        self.basket.know(self.found)
        self._arrange()
        if draw:
            self.scrolled = 0
            self.shell.draw()

    def _arrange(self) -> None:
        """Put the products into their groups: each stands once, where one looks for it first."""
        from field_app.services import habits

        rest = [product.id for product in self.found]
        if self.text.strip():
            self.groups = [(_("Found"), rest)]
            return
        groups = [
            (_("This order"), list(self.quantities)),
            (_("Favourites"), habits.favourites(self.device)),
            (_("Usual here"), list(self.usual)),
            (_("Ordered often"), self.often),
            (_("Products"), rest),
        ]
        placed: set[str] = set()
        self.groups = []
        for head, products in groups:
            here = [one for one in products if one in self.basket.known and one not in placed and self._is_sold(one)]
            placed |= set(here)
            if here:
                self.groups.append((head, here))

    def _is_sold(self, product: str) -> bool:
        return product in self.quantities or self.basket.known[product].fields.get("offered") is not False

    def bar(self) -> Bar:
        """For whom, and when it is delivered."""
        on = self.details.get("deliver_on")
        day = words.short_day(date.fromisoformat(on), self.session.today()) if on else ""
        sign = "note-text-outline" if self.details else "note-plus-outline"
        return Bar(
            _("Order"),
            subtitle=" · ".join(part for part in (self.name, day) if part),
            actions=(("details", sign, _("Delivery and note")),),
        )

    def big(self) -> Big:
        """Save; the total stands in the line above it."""
        return Big("save", _("Save order"), enabled=bool(self.quantities))

    def second(self) -> Big | None:
        """Have it signed on the glass."""
        return Big("sign", _("Sign"), enabled=bool(self.quantities))

    def totals(self) -> tuple[str, str]:
        """How many lines, and the sum."""
        n = len(self.quantities)
        return ngettext("{n} line", "{n} lines", n).format(n=n), self.session.money(self.total_minor())

    def standing_lines(self) -> list[tuple[str, str]]:
        """(words, colour role) of what limits this order."""
        lines = [
            supply_words(self.standing, self.basket.pieces()),
            credit_words(self.standing, self.total_minor(), self.session),
        ]
        return [line for line in lines if line[0]]

    def total_minor(self) -> int:
        """The sum of the order."""
        return self.basket.total_minor()

    def items(self) -> list[Item]:
        """The last order to copy, and the products in their groups."""
        found: list[Item] = []
        if self.only_chosen:
            found.append(Head(_("This order")))
            return [*found, *(self._row(product) for product in self.quantities)]
        if self.last and not self.text:
            found += self._copy_row(self.last)
        for head, products in self.groups:
            if products:
                found.append(Head(head))
                found += [self._row(product) for product in products]
        if self.text and not self.found:
            return [Note(_("No product matches «{text}».").format(text=self.text), "magnify")]
        return found or [Note(_("No products here yet. They come with the next sync."), "package-variant-closed")]

    def _copy_row(self, last: Any) -> list[Item]:
        lines = last.fields.get("lines") or []
        if all(product in self.quantities for product in quantities_of(lines)):
            return []
        day = words.day_words(self.session.local(when(last)).date(), self.session.today())
        detail = ngettext("{n} line", "{n} lines", len(lines)).format(n=len(lines))
        title = _("Copy the last order ({day})").format(day=day)
        figure = self.session.money(last.fields.get("total_minor"))
        return [
            Head(_("Ordered before")),
            Row("copy", title, detail, figure=figure, sign="content-copy", sign_role="action"),
        ]

    def _row(self, product: str) -> Quantity:
        number, price = self.quantities.get(product, 0), self.basket.price_minor(product)
        fields = self.basket.known[product].fields
        if number and price is not None:
            detail = f"{self.session.money(price * number)} = {number} × {self.session.money(price)}"
        else:
            usual = self.usual.get(product)
            parts = [self.session.money(price), _("usually {n}").format(n=usual.quantity) if usual else ""]
            detail = " · ".join(part for part in (*parts, product_words(self.basket.known[product])) if part)
        return Quantity(product, str(fields.get("product_name") or ""), detail, number)

    def act(self, key: str) -> None:
        """`+<product>`, `-<product>`, `=<product>` to type it, `?<product>` for more, `copy`, `lines`, `sign`, `save`."""
        super().act(key)
        product = key[1:]
        if key == "copy":
            self._copy()
        elif key == "lines":
            self.only_chosen = not self.only_chosen and bool(self.quantities)
            self.scrolled = 0
            self.shell.draw()
        elif key == "sign":
            self._sign()
        elif key == "details":
            from field_app.presenters.order_details import OrderDetailsPage

            self.shell.open(OrderDetailsPage(self.shell, self))
        elif key == "save":
            self._confirmed(self.finish)
        elif key[:1] in "+-=?" and product in self.basket.known:
            self._tapped(key[0], product)

    def _tapped(self, sign: str, product: str) -> None:
        number, usual = self.quantities.get(product, 0), self.usual.get(product)
        if sign == "+":
            self.put(product, number + 1 if number or not usual else usual.quantity)
        elif sign == "-":
            self.put(product, number - 1)
        elif sign == "=":
            self._ask(product)
        else:
            self._more(product)

    def _ask(self, product: str) -> None:
        """Let a quantity be taken by one tap, or typed."""
        known, usual = self.basket.known[product], self.usual.get(product)
        price = self.session.money(self.basket.price_minor(product))
        pack = known.fields.get("pack")
        parts = (
            price,
            _("usually {n}").format(n=usual.quantity) if usual else "",
            _("{n} a case").format(n=pack) if pack else "",
        )
        self.shell.number(
            str(known.fields.get("product_name") or ""),
            str(self.quantities.get(product) or ""),
            lambda typed: self._typed(product, typed),
            quick=quick_quantities(known, usual.quantity if usual else 0),
            detail=" · ".join(part for part in parts if part),
        )

    def _more(self, product: str) -> None:
        """What else one does with a product."""
        from field_app.services import habits

        is_favourite = product in habits.favourites(self.device)
        star = _("Remove from favourites") if is_favourite else _("Add to favourites")
        choices = [Choice("star", star), Choice("number", _("Type a quantity"))]

        def chosen(key: str) -> None:
            if key == "number":
                self._ask(product)
                return
            habits.mark(self.device, product, is_favourite=not is_favourite)
            self._arrange()
            self.shell.draw()

        self.shell.choose(str(self.basket.known[product].fields.get("product_name") or ""), choices, chosen)

    def put(self, product: str, number: int) -> None:
        """Order that many of a product; none takes it off the order."""
        self.basket.put(product, number)
        self._changed()

    def describe(self, details: Mapping[str, Any]) -> None:
        """Take what is said beside the lines."""
        self.details = {name: value for name, value in details.items() if value}
        self._keep()

    def _keep(self) -> None:
        draft = {"quantities": self.quantities, "details": self.details}
        drafts.keep(self.device, self.draft_key, {name: value for name, value in draft.items() if value})

    def _changed(self) -> None:
        self._keep()
        self.only_chosen = self.only_chosen and bool(self.quantities)
        self.shell.draw()

    def _typed(self, product: str, typed: str) -> None:
        try:
            number = Decimal(typed or "0")
        except InvalidOperation:
            number = Decimal(-1)
        if number < 0 or number != number.to_integral_value():
            self.shell.tell(_("Please type a whole number."))
            return
        self.put(product, int(number))

    def take(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Order what these lines order, as far as it is still sold."""
        from field_app.services import reading

        wanted = quantities_of(lines)
        self.basket.know(reading.shown_all(self.device, wanted.keys() - self.basket.known.keys()))
        for product, number in wanted.items():
            if product in self.basket.known:
                self.basket.put(product, number)
        self._arrange()

    def _copy(self) -> None:
        before = dict(self.quantities)
        assert self.last is not None
        self.take(self.last.fields.get("lines") or [])

        def undo() -> None:
            self.basket.quantities = before
            self._arrange()
            self._changed()

        self.shell.tell(_("Last order copied."), undo)
        self._changed()

    def _confirmed(self, then: Any) -> None:
        """Ask first if the order goes over a limit: head office decides about it, but nobody should be surprised."""
        if not self.quantities:
            return
        over = [text for text, role in self.standing_lines() if role == "wrong"]
        if over:
            detail = "\n".join([*over, _("Head office decides whether it is delivered.")])
            self.shell.confirm(_("Save it all the same?"), detail, _("Save order"), then)
        else:
            then()

    def _sign(self) -> None:
        from field_app.presenters.sign import SignPage

        self._confirmed(lambda: self.shell.open(SignPage(self.shell, self)))

    def finish(self, signature: Signature | None = None) -> None:
        """Save what was ordered, and return to where it was begun."""
        try:
            self.save(self.basket.lines(), signature)
        except Exception as error:
            self.shell.tell(trouble(error))
            return
        drafts.drop(self.device, self.draft_key)
        self.shell.tell(_("Order saved on this phone."))
        self.shell.back()

    def save(self, lines: list[dict[str, Any]], signature: Signature | None) -> None:
        """Place the order."""
        from field_app.services import orders

        orders.place(
            self.device,
            self.customer,
            lines,
            visit_id=self.visit,
            note=str(self.details.get("note") or ""),
            deliver_on=self.details.get("deliver_on"),
            signature=signature,
        )
