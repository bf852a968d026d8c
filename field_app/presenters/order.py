"""An order: products by search or from the last one, quantities by tapping, totals, saved by one button."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters import drafts, words
from field_app.presenters.page import Page
from field_app.presenters.shell import Shell
from field_app.presenters.stock import product_words
from field_app.presenters.summary import when
from field_app.presenters.trouble import trouble
from field_app.presenters.views import Bar, Big, Head, Item, Note, Quantity, Row

OFFERED = 40
MOST = 99_999


class OrderPage(Page):
    """One order while it is made. `quantities` is product -> how many, in the order in which they were chosen."""

    text = ""

    def __init__(self, shell: Shell, customer: str, visit: str | None = None) -> None:
        super().__init__(shell)
        self.customer, self.visit = customer, visit
        self.quantities: dict[str, int] = {}
        self._begun = False

    @property
    def draft_key(self) -> str:
        """One draft per customer."""
        return f"order:{self.customer}"

    def entered(self) -> None:
        """Read the last order and the products."""
        from field_app.services import orders, reading

        if not self._begun:
            self.name = str(reading.shown(self.device, self.customer).fields.get("store_name") or "")
            self.last = orders.last(self.device, self.customer)
            self.known: dict[str, Any] = {}
            kept = drafts.kept(self.device, self.draft_key)
            self.quantities = {product: int(number) for product, number in kept.get("quantities", {}).items()}
            for product in self.quantities:
                self.known[product] = reading.shown(self.device, product)
            self._begun = True
        self.search(self.text, draw=False)

    def search(self, text: str, *, draw: bool = True) -> None:
        """Show the products that match a text."""
        from field_app.services import reading

        self.text = text
        self.found = reading.products(self.device, text.strip(), OFFERED)
        self.known.update({one.id: one for one in self.found})
        if draw:
            self.scrolled = 0
            self.shell.draw()

    def bar(self) -> Bar:
        """For whom."""
        return Bar(_("Order"), subtitle=self.name)

    def big(self) -> Big:
        """Save; the total stands in the line above it."""
        return Big("save", _("Save order"), enabled=bool(self.quantities))

    def totals(self) -> tuple[str, str]:
        """How many lines, and the sum."""
        n = len(self.quantities)
        return ngettext("{n} line", "{n} lines", n).format(n=n), self.session.money(self.total_minor())

    def total_minor(self) -> int:
        """The sum of the order."""
        return sum(number * self.price_minor(product) for product, number in self.quantities.items())

    def price_minor(self, product: str) -> int:
        """The price of a product, 0 if it has none."""
        return int(self.known[product].fields.get("unit_price_minor") or 0)

    def items(self) -> list[Item]:
        """While searching what was found; else the order so far, the last one to copy, and products to add."""
        if self.text:
            rows = [self._row(one) for one in self.found]
            return (
                [Head(_("Found")), *rows]
                if rows
                else [Note(_("No product matches «{text}».").format(text=self.text), "magnify")]
            )
        found: list[Item] = []
        if self.quantities:
            found.append(Head(_("This order")))
            found += [self._row(self.known[product]) for product in self.quantities]
        if self.last and not self.quantities:
            lines = self.last.fields.get("lines") or []
            at = self.session.local(when(self.last)).date()
            day = words.day_words(at, self.session.today())
            detail = ngettext("{n} line", "{n} lines", len(lines)).format(n=len(lines))
            found.append(Head(_("Ordered before")))
            found.append(
                Row(
                    "copy",
                    _("Copy the last order ({day})").format(day=day),
                    detail,
                    figure=self.session.money(self.last.fields.get("total_minor")),
                    sign="content-copy",
                    sign_role="action",
                )
            )
        rest = [one for one in self.found if one.id not in self.quantities]
        rest.sort(key=lambda one: one.id not in self._last_products())
        if rest:
            found.append(Head(_("Products")))
            found += [self._row(one) for one in rest]
        return found or [Note(_("No products here yet. They come with the next sync."), "package-variant-closed")]

    def _last_products(self) -> list[str]:
        lines = self.last.fields.get("lines") or [] if self.last else []
        return [str(line.get("product")) for line in lines]

    def _row(self, product: Any) -> Quantity:
        number = self.quantities.get(product.id, 0)
        price = product.fields.get("unit_price_minor")
        parts = [self.session.money(price)] if price is not None else []
        if number and price is not None:
            parts = [f"{self.session.money(price * number)} = {number} × {self.session.money(price)}"]
        else:
            parts.append(product_words(product))
        detail = " · ".join(part for part in parts if part)
        return Quantity(product.id, str(product.fields.get("product_name") or ""), detail, number)

    def act(self, key: str) -> None:
        """`+<product>`, `-<product>`, `=<product>` to type it, `copy`, `save`."""
        super().act(key)
        if key == "copy":
            self._copy()
        elif key == "save":
            self._save()
        elif key[:1] in "+-=" and key[1:] in self.known:
            product, number = key[1:], self.quantities.get(key[1:], 0)
            if key[0] == "=":
                name = str(self.known[product].fields.get("product_name") or "")
                self.shell.number(name, str(number or ""), lambda typed: self._typed(product, typed))
            else:
                self.put(product, number + (1 if key[0] == "+" else -1))

    def put(self, product: str, number: int) -> None:
        """Order that many of a product; none takes it off the order."""
        if number > 0:
            self.quantities[product] = min(number, MOST)
        else:
            self.quantities.pop(product, None)
        drafts.keep(self.device, self.draft_key, {"quantities": self.quantities} if self.quantities else {})
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

        for line in lines:
            product = str(line.get("product") or "")
            number = int(Decimal(line.get("quantity") or 0))
            if product and number > 0:
                try:
                    self.known.setdefault(product, reading.shown(self.device, product))
                except KeyError:
                    continue  # no longer sold
                self.quantities[product] = number

    def _copy(self) -> None:
        before = dict(self.quantities)
        assert self.last is not None
        self.take(self.last.fields.get("lines") or [])

        def undo() -> None:
            self.quantities = before
            drafts.keep(self.device, self.draft_key, {"quantities": before} if before else {})
            self.shell.draw()

        drafts.keep(self.device, self.draft_key, {"quantities": self.quantities})
        self.shell.tell(_("Last order copied."), undo)
        self.shell.draw()

    def _save(self) -> None:
        if not self.quantities:
            return
        lines = [
            {
                "product": product,
                "quantity": str(number),
                "unit_price_minor": self.known[product].fields.get("unit_price_minor"),
            }
            for product, number in self.quantities.items()
        ]
        try:
            self.save(lines)
        except Exception as error:
            self.shell.tell(trouble(error))
            return
        drafts.drop(self.device, self.draft_key)
        self.shell.tell(_("Order saved on this phone."))
        self.shell.back()

    def save(self, lines: list[dict[str, Any]]) -> None:
        """Place the order."""
        from field_app.services import orders

        orders.place(self.device, self.customer, lines, visit_id=self.visit)
