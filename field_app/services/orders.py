"""Orders: what a customer buys, with the prices of the catalogue, in whole minor units of the company's currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from field_app.services import photos, reading
from field_app.services.saving import Refused, creation, save
from field_app.services.signatures import Signature
from field_app.services.visits import customer_of
from field_app.store.overlay import Shown

if TYPE_CHECKING:
    from field_app.device import Device


def place(
    device: Device,
    customer_id: str,
    lines: Sequence[Mapping[str, Any]],
    visit_id: str | None = None,
    note: str = "",
    deliver_on: str | None = None,
    signature: Signature | None = None,
) -> str:
    """Place an order. Returns its id, when it is on the disk.

    Args: lines: {product, quantity, unit_price_minor?}; a price that is not given is the catalogue's.
        deliver_on: YYYY-MM-DD. signature: its picture is sealed first and saved in the same set, as a photo.
    Raises: Refused, by line: `lines.0.quantity`.
    """
    customer = customer_of(device, customer_id)
    made, reasons = _lines(device, lines)
    if not lines:
        reasons["lines"] = ["required"]
    if reasons:
        raise Refused(reasons)
    values = {
        "ordered_at": device.clock_ms(),
        "deliver_on": deliver_on,
        "lines": made,
        "total_minor": sum(line.get("amount_minor", 0) for line in made),
        "currency": device.identity.currency,
        "note": note,
        "visit": visit_id,
        "source": "device",
    }
    record_id = device.new_id()
    signed: list[dict[str, Any]] = []
    note_photo = None
    if signature:
        sealed = photos.seal(device, customer.book, signature.picture())
        about = {"step": "signature", "visit": visit_id, "caption": signature.person}
        values["signature"], signed, note_photo = photos.creation_of(device, customer.book, customer.id, sealed, about)
    changes = [*signed, *creation(device, customer.book, "order", record_id, customer.id, values)]
    save(device, customer.book, "place_order", changes, also=note_photo)
    return record_id


def last(device: Device, customer_id: str) -> Shown | None:
    """The newest order of a customer."""
    found = reading.below(device, customer_id, "order", 1)
    return found[0] if found else None


def _lines(device: Device, lines: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    made: list[dict[str, Any]] = []
    reasons: dict[str, list[str]] = {}
    for number, line in enumerate(lines):
        try:
            product = reading.shown(device, str(line["product"])).fields
        except KeyError:
            reasons[f"lines.{number}.product"] = ["product.unknown"]
            continue
        quantity = _quantity(line.get("quantity"))
        if quantity is None:
            reasons[f"lines.{number}.quantity"] = ["quantity.positive"]
            continue
        price = line.get("unit_price_minor")
        price = product.get("unit_price_minor") if price is None else price
        found = {
            "product": line["product"],
            "product_code": product.get("product_code"),
            "product_name": product.get("product_name"),
            "quantity": format(quantity, "f"),
            "unit": product.get("unit"),
            "unit_price_minor": price,
            "amount_minor": _amount(quantity, price),
        }
        made.append({name: value for name, value in found.items() if value is not None})
    return made, reasons


def _quantity(value: Any) -> Decimal | None:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and found > 0 else None


def _amount(quantity: Decimal, price_minor: int | None) -> int | None:
    if price_minor is None:
        return None
    return int((quantity * price_minor).quantize(Decimal(1), rounding=ROUND_HALF_UP))
