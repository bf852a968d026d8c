"""How a customer stands: what he may still order this month, his credit, what he owes. Works without a network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from field_app.services import reading
from field_app.services.company_days import day_of
from field_app.store.overlay import RETURNED, Shown
from sync_protocol.supply import Supply, limit_of, ordered_pieces

if TYPE_CHECKING:
    from field_app.device import Device

MONTH_ORDERS = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """Args: supply: of this month, in pieces. credit_limit_minor, owes_minor: as head office last knew them, if it did.
    owes_as_of_on: YYYY-MM-DD. open_minor: the orders that head office has not answered yet, which it cannot have counted.
    """

    supply: Supply
    credit_limit_minor: int | None
    owes_minor: int | None
    owes_as_of_on: str
    open_minor: int

    def credit_left_minor(self, asked_minor: int = 0) -> int | None:
        """What is left of the credit when that much more is ordered; below 0 is over it. None if none was set."""
        if self.credit_limit_minor is None:
            return None
        return self.credit_limit_minor - (self.owes_minor or 0) - self.open_minor - asked_minor


def standing(device: Device, customer_id: str, *, without: str = "") -> Standing:
    """How a customer stands now. Args: without: an order that is being corrected and does not count. Raises: KeyError."""
    fields = reading.shown(device, customer_id).fields
    time_zone = device.identity.time_zone
    orders = [
        order
        for order in reading.below(device, customer_id, "order", MONTH_ORDERS)
        if order.state != RETURNED and order.id != without
    ]
    packs = _packs(device, orders)
    by_day = [
        (
            day_of(int(order.fields.get("ordered_at") or 0), time_zone),
            [(line.get("quantity"), packs.get(str(line.get("product")))) for line in order.fields.get("lines") or []],
        )
        for order in orders
    ]
    return Standing(
        supply=Supply(limit_of(fields), ordered_pieces(by_day, day_of(device.clock_ms(), time_zone))),
        credit_limit_minor=fields.get("credit_limit_minor"),
        owes_minor=fields.get("owes_minor"),
        owes_as_of_on=str(fields.get("owes_as_of_on") or ""),
        open_minor=sum(int(order.fields.get("total_minor") or 0) for order in orders if order.ver is None),
    )


def _packs(device: Device, orders: Iterable[Shown]) -> dict[str, int | None]:
    wanted = {str(line.get("product")) for order in orders for line in order.fields.get("lines") or []}
    return {product.id: product.fields.get("pack") for product in reading.shown_all(device, wanted)}
