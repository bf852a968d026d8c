"""What is being ordered: quantities by product, the sum, and how it fits what the customer may still order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from field_app.language import gettext as _
from field_app.presenters.session import Session
from field_app.services.habits import whole
from field_app.services.standing import Standing
from field_app.store.overlay import Shown
from sync_protocol.supply import pieces

MOST = 99_999


class Basket:
    """`quantities` is product -> how many, in the order in which they were chosen; `known` the products by id."""

    def __init__(self) -> None:
        self.quantities: dict[str, int] = {}
        self.known: dict[str, Shown] = {}

    def know(self, products: Iterable[Shown]) -> None:
        """Learn of these products what their lines need."""
        self.known.update({one.id: one for one in products})

    def put(self, product: str, number: int) -> None:
        """Order that many of a product; none takes it off the order."""
        if number > 0:
            self.quantities[product] = min(number, MOST)
        else:
            self.quantities.pop(product, None)

    def price_minor(self, product: str) -> int | None:
        """The price of a product, None if it has none."""
        found: int | None = self.known[product].fields.get("unit_price_minor")
        return found

    def total_minor(self) -> int:
        """The sum of the order."""
        return sum(number * (self.price_minor(product) or 0) for product, number in self.quantities.items())

    def pieces(self) -> Decimal:
        """How much it is in pieces, as the monthly limit counts."""
        found = (pieces(Decimal(n), self.known[product].fields.get("pack")) for product, n in self.quantities.items())
        return sum(found, Decimal(0))

    def lines(self) -> list[dict[str, Any]]:
        """The lines of the order."""
        return [
            {"product": product, "quantity": str(number), "unit_price_minor": self.price_minor(product)}
            for product, number in self.quantities.items()
        ]


def quick_quantities(product: Shown, usual: int) -> list[tuple[str, str]]:
    """Quantities to take by one tap: the usual one, then cases, or dozens where no case is known. (value, word)."""
    pack = product.fields.get("pack")
    step = pack if isinstance(pack, int) and pack > 1 else 6
    found = dict.fromkeys(number for number in (usual, *(step * n for n in (1, 2, 3, 5, 10))) if 0 < number <= MOST)
    return [(str(number), str(number)) for number in sorted(list(found)[:5])]


def supply_words(standing: Standing, asked: Decimal) -> tuple[str, str]:
    """(words, colour role) about the monthly limit; no words where there is none."""
    left, limit = standing.supply.left(asked), standing.supply.limit
    if left is None or limit is None:
        return "", "quiet"
    if left < 0:
        return _("{n} over the limit of {limit} this month").format(n=tenth(-left), limit=tenth(limit)), "wrong"
    return _("{n} of {limit} left this month").format(n=tenth(left), limit=tenth(limit)), "quiet"


def credit_words(standing: Standing, asked_minor: int, session: Session) -> tuple[str, str]:
    """(words, colour role) about credit and debt; no words where nothing is known."""
    parts = []
    if standing.credit_limit_minor is not None:
        parts.append(_("credit {sum}").format(sum=session.money(standing.credit_limit_minor)))
    if standing.owes_minor:
        parts.append(_("owes {sum}").format(sum=session.money(standing.owes_minor)))
    left = standing.credit_left_minor(asked_minor)
    if left is not None and left < 0:
        parts.append(_("{sum} over").format(sum=session.money(-left)))
        return " · ".join(parts), "wrong"
    return " · ".join(parts), "quiet"


def tenth(number: Decimal) -> str:
    """A number of pieces to a tenth: «38», «0.5»."""
    return f"{number:.1f}".removesuffix(".0")


def quantities_of(lines: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Product -> quantity of the lines of an order, as far as they can be ordered again."""
    found = {str(line.get("product") or ""): whole(line.get("quantity")) for line in lines}
    return {product: number for product, number in found.items() if product and number > 0}
