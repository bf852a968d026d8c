"""The shelf: how much stands there, and what its price tags say; one product after the other, each saved at once."""

from __future__ import annotations

from collections.abc import Callable

from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters import words
from field_app.presenters.page import Page
from field_app.presenters.shell import Choice, Shell
from field_app.presenters.summary import when
from field_app.presenters.views import Bar, Big, Head, Item, Note, Row, mark
from field_app.store.overlay import Shown

OFFERED = 60


class StockPage(Page):
    """Products that were counted at this visit, and those that can be."""

    text = ""
    field = "quantity"  # of the record that this page fills
    step = "stock"  # of the visit form

    def __init__(self, shell: Shell, visit: str) -> None:
        super().__init__(shell)
        self.visit = visit

    def entered(self) -> None:
        """Read what was noted, at this visit and before, and what this shop orders."""
        from field_app.services import orders, reading

        self.customer = str(reading.shown(self.device, self.visit).customer)
        noted = [
            one for one in reading.below(self.device, self.customer, type="stock_count")
            if one.fields.get(self.field) is not None
        ]  # fmt: skip
        self.counted = [one for one in noted if one.fields.get("visit") == self.visit]
        self.last = {
            str(one.fields.get("product")): self.words_of(one)
            for one in reversed(noted)
            if one.fields.get("visit") != self.visit
        }
        order = orders.last(self.device, self.customer)
        self.ordered = (
            [str(line["product"]) for line in order.fields.get("lines") or [] if line.get("product")] if order else []
        )
        self.search(self.text, draw=False)

    def words_of(self, noted: Shown) -> str:
        """What was noted, in words."""
        return words.quantity(noted.fields.get("quantity"))

    def search(self, text: str, *, draw: bool = True) -> None:
        """Show the products that match a text."""
        from field_app.services import reading

        self.text = text
        found = reading.products(self.device, text.strip(), OFFERED)
        if not text.strip():
            found.sort(key=lambda one: (one.id not in self.last, one.id not in self.ordered))
        self.found = found
        if draw:
            self.scrolled = 0
            self.shell.draw()

    def bar(self) -> Bar:
        """How many were counted; the way to leave the step out."""
        counted = ngettext("{n} product counted", "{n} products counted", len(self.counted)).format(n=len(self.counted))
        return Bar(_("Stock count"), subtitle=counted, actions=leave_out_action(bool(self.counted)))

    def heads(self) -> tuple[str, str]:
        """The heads of what was noted and of what can be."""
        return _("Counted"), _("To count")

    def big(self) -> Big:
        """Back to the visit."""
        return Big("back", _("Done"))

    def items(self) -> list[Item]:
        """What was noted, then what can be."""
        found: list[Item] = []
        noted_head, rest_head = self.heads()
        counted = {str(one.fields.get("product")): one for one in self.counted}
        if counted and not self.text:
            found.append(Head(noted_head))
            found += [
                Row(
                    f"count:{product}",
                    str(one.fields.get("product_name") or ""),
                    self.session.moment(when(one)),
                    figure=self.words_of(one),
                    mark=mark(one.state),
                )
                for product, one in counted.items()
            ]
        rest = [one for one in self.found if self.text or one.id not in counted]
        if rest:
            found.append(Head(_("Found") if self.text else rest_head))
        found += [self._offer(one) for one in rest]
        return found or [
            Note(
                _("No product matches «{text}».").format(text=self.text) if self.text else _("No products here yet."),
                "magnify",
            )
        ]

    def _offer(self, product: Shown) -> Row:
        last = self.last.get(product.id)
        detail = " · ".join(
            part for part in (self.known_words(product), _("last time {n}").format(n=last) if last else "") if part
        )
        name = str(product.fields.get("product_name") or "")
        return Row(f"count:{product.id}", name, detail, sign="plus-circle-outline", sign_role="action")

    def known_words(self, product: Shown) -> str:
        """What is known of a product that helps here."""
        return product_words(product)

    def act(self, key: str) -> None:
        """A product: ask for its number. `leave_out`: why this step cannot be done."""
        super().act(key)
        what, _colon, product = key.partition(":")
        if what == "count":
            from field_app.services import reading

            self._ask(reading.shown(self.device, product))
        elif what == "leave_out":
            ask_why(self.shell, self.visit, self.bar().title)

    def _ask(self, product: Shown) -> None:
        name = str(product.fields.get("product_name") or "")
        self.shell.number(name, "", lambda typed: self._count(product.id, typed))

    def _count(self, product: str, typed: str) -> None:
        from field_app.services import visits

        self._noted(lambda: visits.count_stock(self.device, self.visit, product, typed))

    def _noted(self, save: Callable[[], object]) -> None:
        try:
            save()
        except Exception as error:
            if not isinstance(getattr(error, "reasons", None), dict):
                raise
            self.shell.tell(_("Please type a number, like 12 or 12.5."))
            return
        self.entered()
        self.shell.draw()


class PricesPage(StockPage):
    """Price tags that were read at this visit, beside the price of the catalogue."""

    field = "price_seen_minor"
    step = "price_tag"

    def words_of(self, noted: Shown) -> str:
        """The price that was seen."""
        return self.session.money(noted.fields.get("price_seen_minor"))

    def bar(self) -> Bar:
        """How many were read; the way to leave the step out."""
        read = ngettext("{n} price tag read", "{n} price tags read", len(self.counted)).format(n=len(self.counted))
        return Bar(_("Price tags"), subtitle=read, actions=leave_out_action(bool(self.counted)))

    def heads(self) -> tuple[str, str]:
        """The heads of what was read and of what can be."""
        return _("Read"), _("To read")

    def known_words(self, product: Shown) -> str:
        """Its price in the catalogue."""
        price = self.session.money(product.fields.get("unit_price_minor"))
        return _("our price {price}").format(price=price) if price else ""

    def _ask(self, product: Shown) -> None:
        name = str(product.fields.get("product_name") or "")
        detail = self.known_words(product)
        self.shell.number(name, "", lambda typed: self._price(product.id, typed), detail=detail)

    def _price(self, product: str, typed: str) -> None:
        from field_app.services import visits

        minor = words.parse_money(typed, self.session.currency)
        if minor is None:
            self.shell.tell(_("Please type a sum, like 12.50."))
            return
        self._noted(lambda: visits.count_stock(self.device, self.visit, product, price_minor=minor))


def leave_out_action(is_done: bool) -> tuple[tuple[str, str, str], ...]:
    """The way to leave a step out, while nothing of it is done."""
    return () if is_done else (("leave_out", "debug-step-over", _("Leave this step out")),)


def ask_why(shell: Shell, visit: str, step: str) -> None:
    """Let it be said why a step cannot be done here; then back to the visit. Args: step: its name in words."""
    reasons = [
        _("The shop does not want it"),
        _("Nothing to see or count"),
        _("No time, next visit"),
        _("The person in charge is away"),
    ]

    def chosen(why: str) -> None:
        from field_app.services import visits

        visits.leave_out(shell.session.device, visit, step, why)
        shell.back()

    shell.choose(_("Why not: {step}").format(step=step), [Choice(why, why) for why in reasons], chosen)


def product_words(product: object) -> str:
    """Volume, pack and brand of a product, as far as they are known."""
    fields = getattr(product, "fields", {})
    volume = f"{fields['volume_ml']} ml" if fields.get("volume_ml") else ""
    pack = _("{n} a case").format(n=fields["pack"]) if fields.get("pack") else ""
    return " · ".join(part for part in (volume, pack, str(fields.get("brand") or "")) if part)
