"""The customer signs the order on the glass; what he signs for stands above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from field_app.language import gettext as _
from field_app.presenters.page import Page
from field_app.presenters.shell import Shell
from field_app.presenters.views import Bar, Big, Head, Item, Row
from field_app.services.signatures import Point, Signature

if TYPE_CHECKING:
    from field_app.presenters.order import OrderPage


class SignPage(Page):
    """A place to sign. `strokes` is what was written so far, `aspect` the height of the glass by its width."""

    shows_sync = False

    def __init__(self, shell: Shell, order: OrderPage) -> None:
        super().__init__(shell)
        self.order = order
        self.person = order.person
        self.strokes: list[list[Point]] = []
        self.aspect = 0.5

    def bar(self) -> Bar:
        """For whom."""
        actions = (("clear", "eraser", _("Clear")),) if self.strokes else ()
        return Bar(_("Sign"), subtitle=self.order.name, actions=actions)

    def items(self) -> list[Item]:
        """What is signed for: the lines and the sum."""
        basket, money = self.order.basket, self.session.money
        lines, total = self.order.totals()
        found: list[Item] = [Head(lines, total)]
        for product, number in basket.quantities.items():
            price = basket.price_minor(product)
            detail = str(number) if price is None else f"{number} × {money(price)}"
            name = str(basket.known[product].fields.get("product_name") or "")
            found.append(Row("", name, detail, figure=money(None if price is None else price * number)))
        return found

    def big(self) -> Big:
        """Save, once it is signed."""
        return Big("save", _("Sign and save"), enabled=self.signature().is_written())

    def signature(self) -> Signature:
        """What was written."""
        return Signature([list(stroke) for stroke in self.strokes], self.aspect, self.person.strip())

    def act(self, key: str) -> None:
        """`clear`, `save`."""
        super().act(key)
        if key == "clear":
            self.strokes = []
            self.shell.draw()
        elif key == "save" and self.signature().is_written():
            self.shell.back()
            self.order.finish(self.signature())
