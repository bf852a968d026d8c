"""The customer file: edit what one maintains, apply for what others maintain, create a new customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from field_app.device import HOLD
from field_app.services.saving import creation, edits, refuse, save
from field_app.services.visits import customer_of
from sync_protocol.fields import FieldClass, Seat
from sync_protocol.records import record_type

if TYPE_CHECKING:
    from field_app.device import Device

EDIT, PROPOSE, COMPUTED = "edit", "propose", "computed"


def edit(device: Device, customer_id: str, values: Mapping[str, Any]) -> list[str]:
    """Change a customer's file: one set, with one change for each seat that maintains a field of it.

    Returns: ids of the sets saved; none, if nothing differs. Raises: Refused.
    """
    customer = customer_of(device, customer_id)
    changes = edits(device, customer, values)
    return [save(device, customer.book, "edit_customer", changes)] if changes else []


def create(device: Device, values: Mapping[str, Any], book: str | None = None) -> str:
    """A new customer in one's own book. Returns its id, when it is on the disk. Raises: Refused."""
    book = book or own_book(device)
    if book is None:
        raise refuse("book", "book.none")
    record_id = device.new_id()
    save(device, book, "create_customer", creation(device, book, "customer", record_id, record_id, values))
    return record_id


def own_book(device: Device) -> str | None:
    """The first book whose maintainer this user is."""
    books = [book for book in device.shown_books() if device.holds_seat(book, Seat.MAINTAINER)]
    return books[0] if books else None


def field_mode(device: Device, customer_id: str, field: str) -> str:
    """What an edit of a field will be, as far as the device knows: it counts at once, it is an application, or it cannot be.

    Raises: KeyError, for a field that is not declared.
    """
    spec = record_type("customer").specs()[field]
    if spec.klass is FieldClass.SYSTEM or spec.seat is None:
        return COMPUTED
    customer = customer_of(device, customer_id)
    access = device.scope.get(customer.book, {}).get("access")
    is_new = customer.ver is None  # a customer that this user makes himself: all of it counts at once
    if access != HOLD or not device.holds_seat(customer.book, spec.seat.value):
        return PROPOSE
    return EDIT if is_new or spec.klass is FieldClass.DYNAMIC else PROPOSE
