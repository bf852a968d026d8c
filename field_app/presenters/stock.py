"""Stock count: what stands on the shelf, one product after the other, each saved at once."""

from __future__ import annotations

from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters import words
from field_app.presenters.page import Page
from field_app.presenters.shell import Shell
from field_app.presenters.summary import when
from field_app.presenters.views import Bar, Big, Head, Item, Note, Row, mark

OFFERED = 60


class StockPage(Page):
    """Products that were counted at this visit, and those that can be."""

    text = ""

    def __init__(self, shell: Shell, visit: str) -> None:
        super().__init__(shell)
        self.visit = visit

    def entered(self) -> None:
        """Read what was counted, at this visit and before, and what this shop orders."""
        from field_app.services import orders, reading

        self.customer = str(reading.shown(self.device, self.visit).customer)
        counts = reading.below(self.device, self.customer, type="stock_count")
        self.counted = [one for one in counts if one.fields.get("visit") == self.visit]
        self.last = {
            str(one.fields.get("product")): words.quantity(one.fields.get("quantity"))
            for one in reversed(counts)
            if one.fields.get("visit") != self.visit
        }
        order = orders.last(self.device, self.customer)
        self.ordered = (
            [str(line["product"]) for line in order.fields.get("lines") or [] if line.get("product")] if order else []
        )
        self.search(self.text, draw=False)

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
        """How many were counted."""
        counted = ngettext("{n} product counted", "{n} products counted", len(self.counted)).format(n=len(self.counted))
        return Bar(_("Stock count"), subtitle=counted)

    def big(self) -> Big:
        """Back to the visit."""
        return Big("back", _("Done"))

    def items(self) -> list[Item]:
        """What was counted, then what can be."""
        found: list[Item] = []
        counted = {str(one.fields.get("product")): one for one in self.counted}
        if counted and not self.text:
            found.append(Head(_("Counted")))
            found += [
                Row(
                    f"count:{product}",
                    str(one.fields.get("product_name") or ""),
                    self.session.moment(when(one)),
                    figure=words.quantity(one.fields.get("quantity")),
                    mark=mark(one.state),
                )
                for product, one in counted.items()
            ]
        rest = [one for one in self.found if self.text or one.id not in counted]
        if rest:
            found.append(Head(_("Found") if self.text else _("To count")))
        for one in rest:
            last = self.last.get(one.id)
            detail = " · ".join(
                part for part in (product_words(one), _("last time {n}").format(n=last) if last else "") if part
            )
            found.append(
                Row(
                    f"count:{one.id}",
                    str(one.fields.get("product_name") or ""),
                    detail,
                    sign="plus-circle-outline",
                    sign_role="action",
                )
            )
        return found or [
            Note(
                _("No product matches «{text}».").format(text=self.text) if self.text else _("No products here yet."),
                "magnify",
            )
        ]

    def act(self, key: str) -> None:
        """A product: ask for its number."""
        super().act(key)
        what, _colon, product = key.partition(":")
        if what == "count":
            from field_app.services import reading

            name = str(reading.shown(self.device, product).fields.get("product_name") or "")
            self.shell.number(name, "", lambda typed: self._count(product, typed))

    def _count(self, product: str, typed: str) -> None:
        from field_app.services import visits

        try:
            visits.count_stock(self.device, self.visit, product, typed)
        except Exception as error:
            if not isinstance(getattr(error, "reasons", None), dict):
                raise
            self.shell.tell(_("Please type a number, like 12 or 12.5."))
            return
        self.entered()
        self.shell.draw()


def product_words(product: object) -> str:
    """Volume, pack and brand of a product, as far as they are known."""
    fields = getattr(product, "fields", {})
    volume = f"{fields['volume_ml']} ml" if fields.get("volume_ml") else ""
    pack = _("{n} a case").format(n=fields["pack"]) if fields.get("pack") else ""
    return " · ".join(part for part in (volume, pack, str(fields.get("brand") or "")) if part)
