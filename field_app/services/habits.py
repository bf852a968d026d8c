"""What a shop usually buys, read from its last orders, and the products that the user of this device marked for himself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from field_app.services import reading
from field_app.store.overlay import Shown
from sync_protocol.supply import decimal_or_none

if TYPE_CHECKING:
    from field_app.device import Device

ORDERS_READ = 12
OWN_ORDERS_READ, OFTEN = 60, 8
_FAVOURITES = "favourites"


@dataclass(frozen=True, slots=True)
class Usual:
    """A product of a shop's habit. Args: quantity: what it ordered most often, the last one of several. times: in how many orders."""

    product: str
    quantity: int
    times: int


def usual(device: Device, customer_id: str) -> list[Usual]:
    """What the customer ordered in his last orders, the most frequent first, then the most recent."""
    return usual_of(reading.below(device, customer_id, "order", ORDERS_READ))


def usual_of(orders: Iterable[Shown]) -> list[Usual]:
    """The same of these orders, newest first."""
    quantities: dict[str, Counter[int]] = {}
    for order in orders:
        for line in order.fields.get("lines") or []:
            number = whole(line.get("quantity"))
            if line.get("product") and number:
                quantities.setdefault(str(line["product"]), Counter())[number] += 1
    found = [Usual(product, counted.most_common(1)[0][0], counted.total()) for product, counted in quantities.items()]
    return sorted(found, key=lambda one: -one.times)  # stable: of equal ones the most recent stays first


def favourites(device: Device) -> list[str]:
    """The products that the user marked, in the order in which he did. They are this device's alone: a new one offers `often`."""
    found: list[str] = device.settings.get(_FAVOURITES, [])
    return found


def often(device: Device) -> list[str]:
    """The products that were in most of the last orders of this user's customers: what a new device knows to offer."""
    return [one.product for one in usual_of(reading.recent(device, "order", OWN_ORDERS_READ))[:OFTEN]]


def mark(device: Device, product_id: str, *, is_favourite: bool) -> None:
    """Mark a product as a favourite, or no more."""
    others = [product for product in favourites(device) if product != product_id]
    device.settings.set(_FAVOURITES, [*others, product_id] if is_favourite else others)


def whole(quantity: Any) -> int:
    """A quantity as it travels as a whole number; 0 for what is none."""
    number = decimal_or_none(quantity) or Decimal(0)
    return int(number) if number > 0 else 0
